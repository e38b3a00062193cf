"""POST /problems/in/NAME: a valid signature counts as the key of that name.

Nobody learns whether a key exists: without its key or a valid signature the response is the same,
after the same work, as for an unknown name.
"""

import asyncio
import secrets
from collections.abc import Mapping
from hmac import compare_digest
from time import time
from typing import Any, NamedTuple

from incidents.auth.keyring import Grant, Keyring
from incidents.auth.signatures.scheme import Outcome, Scheme, check, scheme_in
from incidents.auth.signatures.signer import Signer, padded
from incidents.core.api_key import Scope, key_in
from incidents.core.errors import Forbidden, KeyNeeded
from incidents.http.message.address import Addresses
from incidents.http.message.body import read_body
from incidents.http.message.client import Client
from incidents.http.middleware.authorizer import Authorizer
from incidents.ingest.service import Intake
from incidents.support.metrics.metrics import SIGNATURES
from incidents.support.settings import Settings

PREFIX = "/problems/in/"
TEMPLATE = "/problems/in/{name}"

# For unknown names: nobody has this key or these secrets.
_NOBODY = Grant(secrets.token_bytes(32), Scope.REPORT, "")
_NO_KEY = secrets.token_bytes(32)
_NO_SECRETS = padded([])
# Longer bodies are hashed in a thread: others would wait for some milliseconds.
_AT_ONCE_BYTES_MAX = 128 * 1024
_REFUSED = (
    "a valid signature is needed here, or the key of this name: sign the request with the secret "
    "that the key was made with, or send the key as `Authorization: Bearer KEY`"
)


class Signed(NamedTuple):
    """An admitted body, and the result of its signature check."""

    raw: bytes
    outcome: Outcome


class SignedPlaces:
    """Admits requests with a valid signature, or with the key."""

    def __init__(
        self, authorizer: Authorizer, keyring: Keyring, intake: Intake, settings: Settings
    ) -> None:
        self._authorizer = authorizer
        self._keyring = keyring
        self._intake = intake
        self._settings = settings
        self._addresses = Addresses(settings)

    async def admit(self, scope: Mapping[str, Any], client: Client) -> Signed:
        """The body, read within limits. From now on the client has the grant of the key.

        A request with neither a signature nor the key is refused before its body is read. Raises as
        `Authorizer.check` and `read_body` do, and KeyNeeded, which is logged too.
        """
        self._authorizer.check(scope, client.headers)
        if not self._keyring.is_current:
            await self._authorizer.wait()
        known = self._keyring.signer(scope["path"].removeprefix(PREFIX).removesuffix("/"))
        scheme = scheme_in(client.headers)
        grant, signer = known or (
            _NOBODY,
            Signer(scheme or Scheme.GITHUB, _NO_SECRETS, is_required=True),
        )
        holds_key = self._holds_key(client, grant)
        if scheme is None and not holds_key:
            raise self._refused(scope)
        # Limits are shared by address: shares by key would reveal which keys exist.
        with self._intake.unverified(str(self._addresses.of(scope)).encode()) as permit:
            raw = await read_body(client, permit, self._settings)
            outcome = await _checked(signer, scheme, client.headers, raw)
        if known is not None:
            SIGNATURES.add(1, signer.scheme, outcome)
        if outcome is not Outcome.VALID and (signer.is_required or not holds_key):
            raise self._refused(scope)
        client.grant = grant
        return Signed(raw, outcome)

    def _holds_key(self, client: Client, grant: Grant) -> bool:
        given = self._keyring.grant_of(key_in(client.headers.get(b"authorization", b"")))
        return compare_digest(given.hash if given else _NO_KEY, grant.hash)

    def _refused(self, scope: Mapping[str, Any]) -> Forbidden:
        error = KeyNeeded(_REFUSED)
        self._authorizer.report(scope, error)
        return error


async def _checked(
    signer: Signer, scheme: Scheme | None, headers: Mapping[bytes, bytes], raw: bytes
) -> Outcome:
    """The result of the signature check, after the same work for every scheme."""

    def work() -> Outcome:
        outcome = check(signer.scheme, signer.secrets, headers, raw, time())
        if outcome is Outcome.MISSING and scheme is not None:
            check(scheme, _NO_SECRETS, headers, raw, time())
        return outcome

    return work() if len(raw) <= _AT_ONCE_BYTES_MAX else await asyncio.to_thread(work)
