"""Tells people: channels, an outbox in PostgreSQL, and the delivery of what is in it."""
