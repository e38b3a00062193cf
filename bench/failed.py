"""Why there is no result."""

import click


class Failed(click.ClickException):
    """Something went wrong that makes the figures worthless: its text is shown, exit code 1."""
