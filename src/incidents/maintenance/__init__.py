"""Tasks of an operator: retention, status, verification, export, import."""
