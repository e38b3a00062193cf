"""PostgreSQL for every slice: connections, errors, partitions, schema, migrations."""
