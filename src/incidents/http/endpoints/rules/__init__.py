"""/rules and /mutes."""
