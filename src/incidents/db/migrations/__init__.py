"""The revisions of the tables, and how they are created."""
