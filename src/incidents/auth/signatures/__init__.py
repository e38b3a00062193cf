"""Signatures of webhooks: the schemes of providers, and the storage of their secrets."""
