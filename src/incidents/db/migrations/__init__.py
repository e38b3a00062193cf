"""The revisions of the tables, and what makes them."""
