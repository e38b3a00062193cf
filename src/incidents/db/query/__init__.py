"""A query as SQL: whether a row matches it."""
