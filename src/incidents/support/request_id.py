"""The id of the current request: in each line of the log, and in each error response."""

import re
import secrets
from contextvars import ContextVar
from itertools import count

from incidents.core.api_key import holds_key

# The ids of proxies: hexadecimal, UUIDs, base64, `Root=1-67891233-abcdef`.
_SANE = re.compile(r"[A-Za-z0-9._:;/+=@~-]{1,128}")

# The first part is unique to this process, the second within it.
_process = secrets.token_hex(6)
_numbers = count(1)

# Our own ids are numbers until somebody asks for their text, which is rare.
_current: ContextVar[str | int | None] = ContextVar("request_id", default=None)


def begin_request(given: bytes | None) -> None:
    """From now on this context works for another request.

    Its id is `given`, the X-Request-Id of its client or a proxy, if that is 1 to 128 harmless
    characters; otherwise a new one.
    """
    _current.set(next(_numbers) if given is None else _sane(given) or next(_numbers))


def _sane(given: bytes) -> str | None:
    text = given.decode("latin-1")
    return text if _SANE.fullmatch(text) and not holds_key(given) else None


def request_id() -> str | None:
    """The id of the current request; None outside of requests."""
    current = _current.get()
    return f"{_process}-{current:x}" if isinstance(current, int) else current
