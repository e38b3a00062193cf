"""Signatures that providers put on their webhooks: schemes, and where their secrets are kept."""
