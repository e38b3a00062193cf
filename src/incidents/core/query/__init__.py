"""The query line: its grammar, its tree, and what the tree means."""
