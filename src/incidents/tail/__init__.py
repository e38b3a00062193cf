"""Who is listening, and what they are owed."""
