"""Other ways to report: NDJSON, Sentry, OpenTelemetry, GELF."""
