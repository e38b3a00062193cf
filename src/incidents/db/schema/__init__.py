"""The tables of a slice each, in files of their own; those of incidents are in tables.py."""
