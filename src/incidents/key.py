"""A key: what lets its holder report, read, or both."""

import re
import secrets
from base64 import b64decode
from enum import StrEnum
from hashlib import sha256

# So that a scanner for secrets knows a key wherever it finds one:
# incidents_key_ and 64 hexadecimal digits.
PREFIX = "incidents_key_"

_PREFIX_BYTES = PREFIX.encode()
_RANDOM_BYTES = 32
_KEY = re.compile(rf"{PREFIX}[0-9a-fA-F]+")
_BASIC = b"basic "
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Scope(StrEnum):
    """What a key is for: `report` can only post, `read` can only find, `admin` can do both."""

    REPORT = "report"
    READ = "read"
    ADMIN = "admin"


def new_key() -> str:
    """A key that nobody can guess: 256 random bits. Only its hash is ever stored."""
    return PREFIX + secrets.token_hex(_RANDOM_BYTES)


def hash_of(key: bytes) -> bytes:
    """The 32 bytes that stand for a key in the database.

    One round of SHA-256 and no salt: both make guessing slow where words are guessed, and
    nobody guesses 256 random bits (docs/decisions/0011).
    """
    return sha256(key).digest()


def is_name(name: str) -> bool:
    """Whether a key can be called so: it must stand in a line of a list, and in a shell."""
    return _NAME.fullmatch(name) is not None


def masked(text: str) -> str:
    """The text without the keys in it, nor the beginnings of keys."""
    return _KEY.sub(f"{PREFIX}[redacted]", text) if PREFIX in text else text


def holds_key(value: bytes) -> bool:
    """Whether there is a key in a header's value, or the beginning of one; in Basic ones too."""
    if _PREFIX_BYTES in value:
        return _KEY.search(value.decode("latin-1")) is not None
    return value[:6].lower() == _BASIC and _PREFIX_BYTES in _unpacked(value[6:])


def key_in(authorization: bytes) -> bytes:
    """The key that an Authorization header brings; empty when it brings none.

    A Bearer token (RFC 6750), or the password of Basic credentials (RFC 7617): what senders can
    send that know user names and passwords alone, or a URL. Without a password it is the user.
    """
    scheme, _, credentials = authorization.partition(b" ")
    match scheme.lower():
        case b"bearer":
            return credentials.strip()
        case b"basic":
            user, _, password = _unpacked(credentials).partition(b":")
            return password or user
    return b""


def _unpacked(base64: bytes) -> bytes:
    """What is in there, with or without its padding; nothing when it is no base64."""
    try:
        return b64decode(base64 + b"==")
    except ValueError:
        return b""
