"""Which incidents are about the same problem."""
