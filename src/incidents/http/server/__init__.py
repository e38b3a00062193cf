"""The processes of the server, and its port."""
