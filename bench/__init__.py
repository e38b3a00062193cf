"""The benchmark, `python -m bench`: durable reports a second, beside two others' to judge by."""
