"""Reports that were refused, and are kept: a bounded number of the newest of everybody."""
