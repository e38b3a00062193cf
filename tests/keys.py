"""Keys for tests."""

from base64 import b64encode

from incidents.auth.key_table import KeyTable
from incidents.core.api_key import hash_of, new_key


async def make(table: KeyTable, scope: str, name: str = "") -> str:
    """A new key, called like its scope unless it has a name."""
    key = new_key()
    assert await table.create(name or scope, scope, hash_of(key.encode()), keys_max=100)
    return key


def bearer(key: str) -> dict[str, str]:
    """The header that a key is sent in."""
    return {"Authorization": f"Bearer {key}"}


def basic(credentials: str) -> dict[str, str]:
    """The header of a user, a colon and a password."""
    return {"Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}
