"""What the bytes of a report mean: the body decides, not what the sender says of it."""
