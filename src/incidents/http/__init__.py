"""The HTTP API. Only this package imports Falcon."""
