"""Channels, and the outbox of notifications."""
