"""Parts of requests and responses."""
