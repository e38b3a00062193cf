"""Breaks the program on purpose, and looks whether it kept its promises. `python -m faults`."""
