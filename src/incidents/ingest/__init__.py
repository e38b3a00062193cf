"""Reports into the database."""
