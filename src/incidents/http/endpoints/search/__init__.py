"""What finds, counts and follows incidents."""
