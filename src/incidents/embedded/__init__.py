"""The PostgreSQL inside: made, started, supervised, backed up."""
