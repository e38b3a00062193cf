"""What the bytes of a report mean: the body decides, not its declared type."""
