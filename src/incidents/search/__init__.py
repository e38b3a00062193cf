"""Finds incidents by example or hash, newest first, in widening windows of ids."""
