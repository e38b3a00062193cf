"""Secrets in the database, encrypted with a key from a file of the server.

A backup or the database alone does not reveal them (docs/decisions/*-access.md).
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
    """The key file is missing or unreadable, or the secrets were encrypted with another one."""


class SecretBox:
    """Encrypts and decrypts the secrets of an API key, bound to its name (AES-256-GCM)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def made(cls, path: Path) -> Self:
        """A box with the key of that file, which is created (0600) if it does not exist.

        The file is on disk then. Raises OSError, and CannotDecrypt if it has other content.
        """
        with Directory.opened(path.parent) as directory:
            with os.fdopen(directory.lock_file(path.name), "r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # of two concurrent calls one creates it
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
        """A box with the key of that file. Raises CannotDecrypt."""
        try:
            with Directory.opened(path.parent) as directory:
                text = directory.read(path.name)
        except OSError as error:
            raise CannotDecrypt(f"{path} cannot be read: {error.strerror}") from error
        return cls(_key_of(text, path))

    def encrypt(self, secrets: Sequence[str], name: str) -> bytes:
        """What is stored in the database, valid only for the API key of that name."""
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
        raise CannotDecrypt(
            f"{path} is not a key file: that has {2 * _KEY_BYTES} hexadecimal digits"
        )
    return bytes.fromhex(text.strip())
