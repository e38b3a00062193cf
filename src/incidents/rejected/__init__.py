"""Stores refused reports: the newest of each sender, a bounded number."""
