"""The parts of a request and a response."""
