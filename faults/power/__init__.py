"""Power cuts: a file system that loses what was not synced, and a program that must not."""
