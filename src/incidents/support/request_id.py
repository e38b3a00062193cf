"""The id of the request that is worked on: in each line of the log, and in each error's answer."""

import re
import secrets
from contextvars import ContextVar
from itertools import count

from incidents.core.api_key import holds_key

# What programs in front make of ids: hexadecimal, UUIDs, base64, `Root=1-67891233-abcdef`.
_SANE = re.compile(r"[A-Za-z0-9._:;/+=@~-]{1,128}")

# No other process has the first part, and no other request of this one the second.
_process = secrets.token_hex(6)
_numbers = count(1)

# A number of our own becomes text for who asks: hardly anybody does.
_current: ContextVar[str | int | None] = ContextVar("request_id", default=None)


def begin_request(given: bytes | None) -> None:
    """From now on, in this context, another request is worked on.

    Its id is `given`, what its client or a proxy called it (X-Request-Id), where that is 1 to
    128 harmless characters; else a new one.
    """
    _current.set(next(_numbers) if given is None else _sane(given) or next(_numbers))


def _sane(given: bytes) -> str | None:
    text = given.decode("latin-1")
    return text if _SANE.fullmatch(text) and not holds_key(given) else None


def request_id() -> str | None:
    """The id of the request that is worked on; None where it is none's work."""
    current = _current.get()
    return f"{_process}-{current:x}" if isinstance(current, int) else current
