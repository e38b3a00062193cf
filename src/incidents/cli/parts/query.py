"""The query line as an argument of commands."""

import click

# Whoever does not quote the whole line gives its terms as several arguments.
query_argument = click.argument("query", nargs=-1, metavar="[QUERY...]")


def line_of(query: tuple[str, ...]) -> str:
    """The query line that the arguments are."""
    return " ".join(query).encode(errors="surrogateescape").decode(errors="replace")
