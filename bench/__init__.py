"""The benchmark, `python -m bench`: how reports are taken in, beside others to judge by."""
