"""All that knows PostgreSQL: the only importer of SQLAlchemy and of the driver."""
