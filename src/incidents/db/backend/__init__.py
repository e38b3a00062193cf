"""The differences between one PostgreSQL and Citus."""
