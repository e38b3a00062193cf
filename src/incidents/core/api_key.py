"""API keys: their format, their scopes, and finding them in text that must not keep them."""

import re
import secrets
from base64 import b64decode, b64encode
from binascii import a2b_qp
from enum import StrEnum
from hashlib import sha256

# Secret scanners recognize a key by this prefix. 64 hexadecimal digits follow.
PREFIX = "incidents_key_"

_RANDOM_BYTES = 32
_KEY = re.compile(rf"{PREFIX}[0-9a-fA-F]+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# The beginnings of a credential, in lower case: a key, or a login in its cookie.
_SECRET = re.compile(rb"incidents_key_[0-9a-f]|incidents_login[=&][0-9a-f]")
_COMMON = b"incidents_"
# A key is found although it was percent-encoded up to so many times.
_ROUNDS_MAX = 3
# Turns percent-encoding into quoted-printable, which `a2b_qp` decodes fast: `=41` as `%41`. It
# stops at line ends, so these are replaced.
_AS_QUOTED_PRINTABLE = bytes.maketrans(b"%=\r\n", b"=&  ")
_WORD = re.compile(r"""[^\s"'`,;<>(){}\\]+""")


class Scope(StrEnum):
    """What a key permits: `report` only posts, `read` only finds.

    `manage` reads, and changes what all users share. `admin` permits everything.
    """

    REPORT = "report"
    READ = "read"
    MANAGE = "manage"
    ADMIN = "admin"

    @property
    def takers(self) -> "frozenset[Scope]":
        """All scopes that permit what this one permits, including itself."""
        return _TAKERS[self]


_TAKERS = {
    Scope.REPORT: frozenset({Scope.REPORT, Scope.ADMIN}),
    Scope.READ: frozenset({Scope.READ, Scope.MANAGE, Scope.ADMIN}),
    Scope.MANAGE: frozenset({Scope.MANAGE, Scope.ADMIN}),
    Scope.ADMIN: frozenset({Scope.ADMIN}),
}


def new_key() -> str:
    """A new key from 256 random bits. Only its hash is ever stored."""
    return PREFIX + secrets.token_hex(_RANDOM_BYTES)


def hash_of(key: bytes) -> bytes:
    """The 32 bytes that stand for a key in the database.

    One round of SHA-256 without a salt: salts and slow hashes protect guessable passwords, and 256
    random bits cannot be guessed (docs/decisions/*-access.md).
    """
    return sha256(key).digest()


def is_name(name: str) -> bool:
    """Whether a key can have this name: it must be safe in a line of a list and in a shell."""
    return _NAME.fullmatch(name) is not None


def masked(text: str) -> str:
    """The text with every key, or beginning of one, replaced, however it is encoded."""
    if not holds_key(text.encode(errors="replace")):
        return text
    plain = _KEY.sub(f"{PREFIX}[redacted]", text)
    return _WORD.sub(
        lambda word: "[redacted]" if holds_key(word[0].encode(errors="replace")) else word[0], plain
    )


def holds_key(text: bytes) -> bool:
    """Whether the text contains a key, the beginning of one, or a login, in any encoding of these.

    Found in any case; in base64 (RFC 4648) of both alphabets, at any offset, with or without
    padding; and all of that percent-encoded (RFC 3986) up to _ROUNDS_MAX times.
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
    """The same as unquote_to_bytes, except for "=" and line ends, in a hundredth of the time.

    With unquote_to_bytes the longest allowed header would block the worker noticeably.
    """
    single = text.replace(b"%%", b"%25%").replace(b"%%", b"%25%")
    return a2b_qp(single.translate(_AS_QUOTED_PRINTABLE))


def _prefix_in_base64(before: int) -> tuple[bytes, re.Pattern[bytes]]:
    """A pattern for the prefix in lower-cased base64, behind so many bytes (modulo 3).

    It matches whatever the case of the prefix and of its base64, because names of headers lose
    theirs. The pattern begins with a literal, so that a search for it is fast.
    """
    # A base64 digit depends on two letters at most: every combination of their cases is listed.
    mixed = [
        "".join(each.upper() if n % 2 == odd else each for n, each in enumerate(PREFIX))
        for odd in range(2)
    ]
    ways = [PREFIX, PREFIX.upper(), *mixed]
    written = [b64encode(bytes(before) + each.encode()).lower() for each in ways]
    # The first digits also depend on the bytes before the prefix, the last ones on those behind it.
    first, end = (8 * before + 5) // 6, 8 * (before + len(PREFIX)) // 6
    columns = [bytes(sorted(set(column))) for column in zip(*written, strict=True)][first:end]
    pattern = b"".join(b"[%b]" % each for each in columns)
    single = b"".join(each if len(each) == 1 else b" " for each in columns).split()
    return max(single, key=lambda each: (len(each), each)), re.compile(pattern)


_IN_BASE64 = tuple(map(_prefix_in_base64, range(3)))


def key_in(authorization: bytes) -> bytes:
    """The key of an Authorization header; empty if it has none.

    Either a Bearer token (RFC 6750) or the password of Basic credentials (RFC 7617), for senders
    that only know user names and passwords. Without a password the user name is the key.
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
    """The decoded base64, with or without padding; empty if it is not base64."""
    try:
        return b64decode(base64 + b"==")
    except ValueError:
        return b""
