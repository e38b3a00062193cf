"""Stores reports in the database."""
