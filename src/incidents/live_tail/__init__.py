"""Incidents to those who listen."""
