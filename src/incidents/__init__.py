"""Collects incidents: any JSON in over HTTP, found again by example."""

from importlib.metadata import version

__version__ = version("incidents")
