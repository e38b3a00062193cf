"""The benchmark of finding, `python -m bench.find`: every class of question, at a size given."""
