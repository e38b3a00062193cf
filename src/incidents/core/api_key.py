"""A key: what lets its holder report, read, or both."""

import re
import secrets
from base64 import b64decode, b64encode
from binascii import a2b_qp
from enum import StrEnum
from hashlib import sha256

# So that a scanner for secrets knows a key wherever it finds one:
# incidents_key_ and 64 hexadecimal digits.
PREFIX = "incidents_key_"

_RANDOM_BYTES = 32
_KEY = re.compile(rf"{PREFIX}[0-9a-fA-F]+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# What lets somebody in begins so, in small letters: a key, or a login in its cookie.
_SECRET = re.compile(rb"incidents_key_[0-9a-f]|incidents_login[=&][0-9a-f]")
_COMMON = b"incidents_"
# So often it may be percent-encoded.
_ROUNDS_MAX = 3
# For `a2b_qp`, which decodes =41 as others do %41, and stops at the end of a line.
_AS_QUOTED_PRINTABLE = bytes.maketrans(b"%=\r\n", b"=&  ")
_WORD = re.compile(r"""[^\s"'`,;<>(){}\\]+""")


class Scope(StrEnum):
    """What a key is for: `report` can only post, `read` can only find.

    `manage` can read, and change what is there for all; `admin` can do everything.
    """

    REPORT = "report"
    READ = "read"
    MANAGE = "manage"
    ADMIN = "admin"

    @property
    def takers(self) -> "frozenset[Scope]":
        """The scopes of which each is enough where this one is needed, itself among them."""
        return _TAKERS[self]


_TAKERS = {
    Scope.REPORT: frozenset({Scope.REPORT, Scope.ADMIN}),
    Scope.READ: frozenset({Scope.READ, Scope.MANAGE, Scope.ADMIN}),
    Scope.MANAGE: frozenset({Scope.MANAGE, Scope.ADMIN}),
    Scope.ADMIN: frozenset({Scope.ADMIN}),
}


def new_key() -> str:
    """A key that nobody can guess: 256 random bits. Only its hash is ever stored."""
    return PREFIX + secrets.token_hex(_RANDOM_BYTES)


def hash_of(key: bytes) -> bytes:
    """The 32 bytes that stand for a key in the database.

    One round of SHA-256 and no salt: both make guessing slow where words are guessed, and
    nobody guesses 256 random bits (docs/decisions/*-access.md).
    """
    return sha256(key).digest()


def is_name(name: str) -> bool:
    """Whether a key can be called so: it must stand in a line of a list, and in a shell."""
    return _NAME.fullmatch(name) is not None


def masked(text: str) -> str:
    """The text without the keys in it, nor the beginnings of keys, however they are written."""
    if not holds_key(text.encode(errors="replace")):
        return text
    plain = _KEY.sub(f"{PREFIX}[redacted]", text)
    return _WORD.sub(
        lambda word: "[redacted]" if holds_key(word[0].encode(errors="replace")) else word[0], plain
    )


def holds_key(text: bytes) -> bool:
    """Whether there is a key in it, the beginning of one, or a login, however it is written.

    In any case, in base64 (RFC 4648) of either alphabet, at whatever place of it, with or without
    padding, and all that percent-encoded (RFC 3986) up to _ROUNDS_MAX times.
    """
    if len(text) <= len(PREFIX):
        return False
    if _shows_key(text):
        return True
    for _ in range(_ROUNDS_MAX):
        if b"%" not in text:
            return False
        text = _percent_decoded(text)
        if _shows_key(text):
            return True
    return False


def _shows_key(text: bytes) -> bool:
    small = text.lower()
    if _COMMON in small and _SECRET.search(small):
        return True
    for literal, pattern in _IN_BASE64:  # noqa: SIM110 - as `any` it takes half as long again
        if literal in small and pattern.search(small):
            return True
    return False


def _percent_decoded(text: bytes) -> bytes:
    """What unquote_to_bytes makes of it, but for "=" and ends of lines, in a hundredth of its time.

    So long a header as one can send would keep the worker from everything else.
    """
    single = text.replace(b"%%", b"%25%").replace(b"%%", b"%25%")
    return a2b_qp(single.translate(_AS_QUOTED_PRINTABLE))


def _prefix_in_base64(before: int) -> tuple[bytes, re.Pattern[bytes]]:
    """Finds the prefix behind so many bytes (modulo 3), in base64 whose letters were made small.

    So it does whatever the case of the prefix, and of its base64: headers' names lose theirs. The
    first is a part of each match, and quickly looked for.
    """
    # A digit has a part of two letters at most: of these two each combination is there.
    mixed = [
        "".join(each.upper() if n % 2 == odd else each for n, each in enumerate(PREFIX))
        for odd in range(2)
    ]
    ways = [PREFIX, PREFIX.upper(), *mixed]
    written = [b64encode(bytes(before) + each.encode()).lower() for each in ways]
    # The first digits depend on what stands before, the last ones on what follows.
    first, end = (8 * before + 5) // 6, 8 * (before + len(PREFIX)) // 6
    columns = [bytes(sorted(set(column))) for column in zip(*written, strict=True)][first:end]
    pattern = b"".join(b"[%b]" % each for each in columns)
    single = b"".join(each if len(each) == 1 else b" " for each in columns).split()
    return max(single, key=lambda each: (len(each), each)), re.compile(pattern)


_IN_BASE64 = tuple(map(_prefix_in_base64, range(3)))


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
