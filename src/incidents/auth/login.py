"""A login: what lets a browser read for some time without keeping the key.

It is signed with what every worker knows of its key anyway, so that no secret is shared and
nothing is stored: `ID.EXPIRES.SIGNATURE`. It ends when it expires, or with its key.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

# Signatures for anything else that a hash may ever sign are none of a login.
_ID = b"incidents login id"
_SIGNATURE = b"incidents login signature"

_TEXT = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Login:
    """A login that somebody showed. `key_id` is its key's, `expires` is in seconds of Unix time."""

    key_id: str
    expires: int
    signature: str

    def is_signed_by(self, hash_: bytes) -> bool:
        """Whether the holder of the key with that hash got it, as it is. In constant time."""
        return hmac.compare_digest(self.signature, _signature(hash_, self.key_id, self.expires))


def login_text(hash_: bytes, expires: int) -> str:
    """The login of the key with that hash, until then: characters that a cookie can have."""
    key_id = key_id_of(hash_)
    return f"{key_id}.{expires}.{_signature(hash_, key_id, expires)}"


def parse_login(text: str) -> Login | None:
    """The login that is written there; None when it is none."""
    found = _TEXT.fullmatch(text)
    return None if found is None else Login(found[1], int(found[2]), found[3])


def key_id_of(hash_: bytes) -> str:
    """Which key it is, without its hash: nobody can go back from one to the other."""
    return hmac.new(hash_, _ID, sha256).hexdigest()[:32]


def _signature(hash_: bytes, key_id: str, expires: int) -> str:
    said = b"%s %s %d" % (_SIGNATURE, key_id.encode(), expires)
    return hmac.new(hash_, said, sha256).hexdigest()
