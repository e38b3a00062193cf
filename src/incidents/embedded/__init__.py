"""The embedded PostgreSQL: created, started, supervised, backed up."""
