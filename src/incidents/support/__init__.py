"""What every part uses: settings, the log, metrics, limits."""
