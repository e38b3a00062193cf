"""The keys whose requests are signed, with their secrets in memory."""

import logging
import secrets as random
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from incidents.auth.signatures.scheme import SECRETS_MAX, Scheme
from incidents.support.secret_box import CannotDecrypt, SecretBox

_SCHEMES = frozenset(Scheme)

log = logging.getLogger(__name__)


class Signer(NamedTuple):
    """How the requests of a key are verified, and whether signatures are required."""

    scheme: Scheme
    secrets: Sequence[str]
    is_required: bool


# As in the database: the scheme, the encrypted secrets, and whether a signature is required.
Encrypted = tuple[str, bytes, bool]


class Signers:
    """The current signers, by the names of their keys. `key_file` decrypts their secrets."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._given: Mapping[str, Encrypted] = {}
        self._known: dict[str, Signer] = {}
        self._wrong: dict[str, str] = {}

    def of(self, name: str) -> Signer | None:
        """The signer of that name. None too if its secrets cannot be decrypted."""
        return self._known.get(name)

    def take(self, given: Mapping[str, Encrypted]) -> None:
        """These are all from now on. What cannot be decrypted is logged and tried again."""
        if given == self._given and not self._wrong:
            return
        wrong: dict[str, str] = {}
        self._known = dict(self._decrypted(given, wrong))
        for name in sorted(wrong.keys() - self._wrong.keys()):
            log.error(
                "no signature for the key %s is valid: its secrets cannot be decrypted: %s "
                "(INCIDENTS_SIGNATURE_KEY_FILE)",
                name,
                wrong[name],
            )
        self._given, self._wrong = given, wrong

    def _decrypted(
        self, given: Mapping[str, Encrypted], wrong: dict[str, str]
    ) -> Iterator[tuple[str, Signer]]:
        for name, (scheme, encrypted, is_required) in given.items():
            if scheme not in _SCHEMES:  # made by a newer version
                continue
            try:
                secrets = SecretBox.read(self._key_file).decrypt(encrypted, name)
            except CannotDecrypt as error:
                wrong[name] = str(error)
            else:
                yield name, Signer(Scheme(scheme), padded(secrets), is_required)


def padded(secrets: Sequence[str]) -> list[str]:
    """The secrets, padded with random ones so that their number is constant."""
    missing = SECRETS_MAX - len(secrets)
    return [*secrets, *(b64encode(random.token_bytes(32)).decode() for _ in range(missing))]
