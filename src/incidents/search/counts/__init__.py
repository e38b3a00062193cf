"""Counts of what matches: by time, by value, by field; exact, or estimated from a sample."""
