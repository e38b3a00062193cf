"""Who may do what: API keys, logins, signatures."""
