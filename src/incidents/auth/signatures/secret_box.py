"""Secrets as the database has them: encrypted with a key that lies in a file of the server.

Who has a backup, or the database, has no secret (docs/decisions/*-access.md).
"""

import fcntl
import json
import os
import re
import secrets as random
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from incidents.core.errors import IncidentsError
from incidents.support.directory import Directory

_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY = re.compile(rf"[0-9a-f]{{{2 * _KEY_BYTES}}}")


class CannotDecrypt(IncidentsError):
    """The key file is missing, cannot be read, or is not the one that they were encrypted with."""


class SecretBox:
    """Encrypts and decrypts the secrets of a key, by its name (AES-256-GCM)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def made(cls, path: Path) -> Self:
        """With the key of that file, which is made (0600) where there is none.

        Then it is on disk. Raises OSError, and CannotDecrypt where it holds something else.
        """
        with Directory.opened(path.parent) as directory:
            with os.fdopen(directory.lock_file(path.name), "r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # of two at once one makes it
                text = file.read()
                if not text:
                    text = random.token_hex(_KEY_BYTES)
                    file.write(f"{text}\n")
                    file.flush()
                    os.fsync(file.fileno())
            directory.sync()
        return cls(_key_of(text, path))

    @classmethod
    def read(cls, path: Path) -> Self:
        """With the key of that file. Raises CannotDecrypt."""
        try:
            with Directory.opened(path.parent) as directory:
                text = directory.read(path.name)
        except OSError as error:
            raise CannotDecrypt(f"{path} cannot be read: {error.strerror}") from error
        return cls(_key_of(text, path))

    def encrypt(self, secrets: Sequence[str], name: str) -> bytes:
        """What the database may have. It is good for the key of that name alone."""
        nonce = random.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(secrets).encode(), name.encode())

    def decrypt(self, encrypted: bytes, name: str) -> list[str]:
        """The secrets. Raises CannotDecrypt."""
        nonce, rest = encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:]
        try:
            found: list[str] = json.loads(self._cipher.decrypt(nonce, rest, name.encode()))
        except (InvalidTag, ValueError) as error:
            raise CannotDecrypt("they were encrypted with another key file") from error
        return found


def _key_of(text: str, path: Path) -> bytes:
    if _KEY.fullmatch(text.strip()) is None:
        raise CannotDecrypt(f"{path} is no key file: it holds {2 * _KEY_BYTES} hexadecimal digits")
    return bytes.fromhex(text.strip())
