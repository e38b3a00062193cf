"""Authentication and authorization: API keys, logins, signatures."""
