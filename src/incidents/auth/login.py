"""Logins: they let a browser read for some time without storing the key.

A login is signed with the hash of its key, which every worker knows. So no other secret is needed
and nothing is stored: `ID.EXPIRES.SIGNATURE`. It ends when it expires or its key is revoked.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

# A prefix, so that signatures made with a hash for other purposes are not valid here.
_ID = b"incidents login id"
_SIGNATURE = b"incidents login signature"

_TEXT = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Login:
    """A login as a request contains it. `key_id` is that of its key, `expires` is Unix time."""

    key_id: str
    expires: int
    signature: str

    def is_signed_by(self, hash_: bytes) -> bool:
        """Whether it was issued for the key with that hash, unchanged. In constant time."""
        return hmac.compare_digest(self.signature, _signature(hash_, self.key_id, self.expires))


def login_text(hash_: bytes, expires: int) -> str:
    """The login for the key with that hash, until that time: only characters allowed in cookies."""
    key_id = key_id_of(hash_)
    return f"{key_id}.{expires}.{_signature(hash_, key_id, expires)}"


def parse_login(text: str) -> Login | None:
    """The login in the text; None if it is malformed."""
    found = _TEXT.fullmatch(text)
    return None if found is None else Login(found[1], int(found[2]), found[3])


def key_id_of(hash_: bytes) -> str:
    """Identifies the key without revealing its hash."""
    return hmac.new(hash_, _ID, sha256).hexdigest()[:32]


def _signature(hash_: bytes, key_id: str, expires: int) -> str:
    said = b"%s %s %d" % (_SIGNATURE, key_id.encode(), expires)
    return hmac.new(hash_, said, sha256).hexdigest()
