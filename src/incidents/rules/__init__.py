"""Rules: what fires when incidents come, or when none come; and mutes."""
