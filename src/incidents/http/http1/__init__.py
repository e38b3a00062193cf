"""HTTP/1.1 (RFC 9112): from the bytes of a connection to an ASGI application."""
