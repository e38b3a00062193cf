"""The id of the request that is worked on: in each line of the log, and in each error's answer."""

import re
import secrets
from contextvars import ContextVar
from itertools import count

from incidents.key import holds_key

# What programs in front make of ids: hexadecimal, UUIDs, base64, `Root=1-67891233-abcdef`.
_SANE = re.compile(r"[A-Za-z0-9._:;/+=@~-]{1,128}")

# No other process has the first part, and no other request of this one the second.
_process = secrets.token_hex(6)
_numbers = count(1)

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def begin_request(given: bytes | None) -> None:
    """From now on, in this context, another request is worked on.

    Its id is `given`, what its client or a proxy called it (X-Request-Id), where that is 1 to
    128 harmless characters; else a new one.
    """
    text = "" if given is None or holds_key(given) else given.decode("latin-1")
    if _SANE.fullmatch(text) is None:
        text = f"{_process}-{next(_numbers):x}"
    _current.set(text)


def request_id() -> str | None:
    """The id of the request that is worked on; None where it is none's work."""
    return _current.get()
