"""The log: lines to stderr, and no key in any of them."""

import logging

from incidents.key import masked


class Formatter(logging.Formatter):
    """Writes lines without keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and what follows it, with each key in it replaced."""
        return masked(super().format(record))


def log_to_stderr(level: int) -> None:
    """From now on what is logged at `level` and above is a line on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=level)
