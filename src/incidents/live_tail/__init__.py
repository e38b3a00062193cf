"""Sends new incidents to listeners."""
