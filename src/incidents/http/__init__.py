"""The API: the only importer of Falcon."""
