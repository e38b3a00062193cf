"""Query lines with a name, for everybody of the server."""
