"""What an operator does: retention, status, verification, export, import."""
