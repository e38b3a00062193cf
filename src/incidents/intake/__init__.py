"""From a report to the disk: a bounded queue, and a writer that settles what is in it."""
