"""What all parts use: settings, the log, metrics, limits."""
