"""Metrics, in numbers that all workers of a server share."""
