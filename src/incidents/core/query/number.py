"""Numbers in queries, and in strings that are one."""

import re
from decimal import Decimal

# As JSON writes them, and so short that every PostgreSQL reads them.
NUMBER = "-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?0*[0-9]{1,3})?"
_NUMBER = re.compile(NUMBER)
CHARACTERS_MAX = 400

# From here on a double is infinite: no incident has such a number.
LIMIT = Decimal(2**1024 - 2**970)


def parse_number(text: str) -> Decimal | None:
    """The number that the text is as JSON writes it, or None."""
    if len(text) > CHARACTERS_MAX or _NUMBER.fullmatch(text) is None:
        return None
    number = Decimal(text)
    return number if number.copy_abs() < LIMIT else None


def number_text(number: int | Decimal) -> str:
    """The number without an exponent, as PostgreSQL writes it: 1e3 is 1000, 1.0 is 1.0."""
    if number:
        return str(number) if isinstance(number, int) else f"{number:f}"
    places = 0 if isinstance(number, int) else -int(number.as_tuple().exponent)
    return f"0.{'0' * places}" if places > 0 else "0"
