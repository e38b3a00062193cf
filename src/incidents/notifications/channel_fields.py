"""The fields that each kind of channel has, and the check of each value.

A check returns the value as it is stored. Raises ValueError that says what would be right.
"""

import re
import secrets as random
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from incidents.core.duration import parse_duration

_URL_CHARACTERS_MAX = 2000
_LIST_MAX = 20
_DURATION_MAX = timedelta(days=3650)
_WHSEC = "whsec_"
# Of a signing secret, as Standard Webhooks asks for.
_SECRET_BYTES = range(24, 65)
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,255}")

Check = Callable[[Any], Any]


class Field(NamedTuple):
    """How a value is checked, whether it may be missing, and whether it is never shown."""

    check: Check
    is_needed: bool = False
    is_secret: bool = False


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _URL_CHARACTERS_MAX:
        raise ValueError(f"a text of 1 to {_URL_CHARACTERS_MAX} characters")
    if not value.isprintable():
        raise ValueError("a text without control characters")
    return value


def http_url(value: Any) -> str:
    """An address to POST to, without credentials, which have a field of their own."""
    text = _text(value)
    parts = _split(text, ("http", "https"), "https://ops.example/in")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL without user and password: use `authorization`")
    if parts.fragment or not text.isascii() or " " in text:
        raise ValueError("an ASCII URL without spaces and fragment")
    return text


def smtp_url(value: Any) -> str:
    """Where e-mail is handed in."""
    text = _text(value)
    _split(text, ("smtp", "smtps"), "smtps://user:password@mail.example:465")
    return text


def _split(text: str, schemes: tuple[str, ...], example: str) -> Any:
    try:
        parts = urlsplit(text)
        is_right = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError(f"a URL like {example}")
    return parts


def _signing_secret(value: Any) -> str:
    text = _text(value)
    try:
        key = b64decode(text.removeprefix(_WHSEC), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(_WHSEC) or len(key) not in _SECRET_BYTES:
        fresh = _WHSEC + b64encode(random.token_bytes(32)).decode()
        raise ValueError(f"`whsec_` and 24 to 64 bytes in base64, such as this new one: {fresh}")
    return text


def _authorization(value: Any) -> str:
    text = _text(value)
    if not text.isascii() or " " not in text.strip():
        raise ValueError("a whole Authorization header, such as `Bearer TOKEN`")
    return text


def _address(value: Any) -> str:
    if not isinstance(value, str) or _ADDRESS.fullmatch(value) is None:
        raise ValueError("an e-mail address like ops@example.com, without a name")
    return value


def _several(check: Check) -> Check:
    def checked(value: Any) -> list[Any]:
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not 1 <= len(values) <= _LIST_MAX:
            raise ValueError(f"a list of 1 to {_LIST_MAX}")
        return [check(each) for each in values]

    return checked


def _apprise_url(value: Any) -> str:
    text = _text(value)
    if "://" not in text:
        raise ValueError("an Apprise URL like ntfy://topic")
    return text


def _duration(value: Any) -> str:
    try:
        found = parse_duration(value) if isinstance(value, str) else None
    except OverflowError:
        found = None
    if not found or found > _DURATION_MAX:
        raise ValueError(f"a number and a unit, such as 90m, 24h or 30d, up to {_DURATION_MAX}")
    return str(value)


KINDS: Mapping[str, Mapping[str, Field]] = {
    "webhook": {
        "url": Field(http_url, is_needed=True),
        "secret": Field(_signing_secret, is_needed=True, is_secret=True),
        "authorization": Field(_authorization, is_secret=True),
    },
    "email": {
        "to": Field(_several(_address), is_needed=True),
        "from": Field(_address),
        "smtp": Field(smtp_url, is_secret=True),
    },
    "slack": {"url": Field(http_url, is_needed=True, is_secret=True)},
    "alertmanager": {
        "url": Field(http_url, is_needed=True),
        "authorization": Field(_authorization, is_secret=True),
        "ends_after": Field(_duration),
    },
    "apprise": {"urls": Field(_several(_apprise_url), is_needed=True, is_secret=True)},
}
