"""How well groups fit what people call one problem."""
