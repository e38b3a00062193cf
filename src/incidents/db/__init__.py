"""PostgreSQL for all slices: connections, errors, partitions, schema, migrations."""
