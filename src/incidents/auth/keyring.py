"""A worker's cache of the keys, read again from the database all the time.

Looking up a key takes one hash and no wait. The cache is never older than `key_cache_seconds_max`
when it is used: while PostgreSQL is unavailable requests wait until it was read again. So a revoked
key stops working in time, and a valid one is not refused. Long responses are told after each
reading, and end when their key is revoked.
"""

import asyncio
import logging
import math
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hmac import compare_digest
from time import monotonic, time
from typing import NamedTuple

from incidents.auth.key_table import KeysNow, KeyTable
from incidents.auth.login import Login, key_id_of
from incidents.auth.signatures.signer import Signer, Signers
from incidents.core.api_key import Scope, hash_of
from incidents.core.errors import StorageError
from incidents.db.driver import backoff, in_time
from incidents.support.admission import ConcurrencyLimit
from incidents.support.settings import Settings

# Attempts to read within the time for which the cache is valid.
_READINGS = 4

_SCOPES = frozenset(Scope)

log = logging.getLogger(__name__)


class Grant(NamedTuple):
    """What the key with that hash permits, until a time (Unix time)."""

    hash: bytes
    scope: Scope
    name: str
    expires: float = math.inf


# Compared with unknown keys; no key has this hash.
_NOBODY = Grant(secrets.token_bytes(32), Scope.REPORT, "")


class Keyring:
    """Finds the grant of a key. `required` is False until the first key is created.

    `was_read` is whether anything is known of the keys, however old.
    """

    def __init__(self, settings: Settings, database_url: str) -> None:
        self._off = settings.auth == "off"
        self._only_this_machine = settings.only_this_machine
        self._seconds_max = settings.key_cache_seconds_max
        self._wait_seconds = settings.database_wait_seconds
        self._table = KeyTable(database_url, settings.key_cache_seconds_max)
        self._limit = ConcurrencyLimit("requests waiting for keys", settings.intake_reports_max, 0)
        self._known: dict[bytes, Grant] = {}
        self._by_id: dict[str, Grant] = {}
        self._by_name: dict[str, Grant] = {}
        self._signers = Signers(settings.signature_key_path)
        self._good_until = math.inf if self._off else -math.inf
        self._watched: dict[Callable[[], None], Grant | None] = {}
        self._read = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self.required = not self._off
        self.was_read = False

    def open(self) -> None:
        """Starts to read the keys, and repeats it."""
        if not self._off:
            self._reading = asyncio.create_task(self._read_again_and_again())

    async def close(self) -> None:
        """Returns when the connection is closed."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        await self._table.close()

    @property
    def is_current(self) -> bool:
        """Whether the cache is recent enough to be used."""
        return monotonic() < self._good_until

    async def wait_until_current(self) -> None:
        """Returns when the cache can be used.

        Raises Unavailable if PostgreSQL is unavailable for longer than the wait, Overloaded if too
        many wait.
        """
        with self._limit.permit():
            await in_time(self.until_current(), self._wait_seconds)

    async def until_current(self) -> None:
        """Returns when the cache can be used, however long that takes."""
        while not self.is_current:
            await self._read.wait()

    def grant_of(self, key: bytes) -> Grant | None:
        """The grant of the key; None if it is unknown. Takes the same time for both."""
        hash_ = hash_of(key)
        found = self._known.get(hash_, _NOBODY)
        return found if compare_digest(found.hash, hash_) else None

    def grant_of_login(self, login: Login, now: float) -> Grant | None:
        """The grant of the login's key; None if it is forged or expired, or its key unknown.

        `now` is Unix time in seconds.
        """
        found = self._by_id.get(login.key_id, _NOBODY)
        if not (login.is_signed_by(found.hash) and now < login.expires):
            return None
        return found._replace(expires=login.expires)

    def signer(self, name: str) -> tuple[Grant, Signer] | None:
        """The grant of the key of that name, and the signer that verifies its requests.

        None if there is no such key, or it has no signatures.
        """
        grant, signer = self._by_name.get(name), self._signers.of(name)
        return (grant, signer) if grant and signer else None

    @contextmanager
    def watch(self, grant: Grant | None, revoke: Callable[[], None]) -> Iterator[None]:
        """In this block, `revoke` is called whenever the keys were read and refuse the grant.

        None is the grant of a request that needed no key.
        """
        self._watched[revoke] = grant
        try:
            yield
        finally:
            del self._watched[revoke]

    def measure(self) -> None:
        """Updates the metric of requests that wait for the keys."""
        self._limit.measure()

    async def _read_again_and_again(self) -> None:
        retries = backoff()
        while True:
            pause = self._seconds_max / _READINGS
            try:
                # Revocations after this moment may be missing.
                begun = monotonic()
                self.take(await self._table.now(), begun + self._seconds_max)
                retries = backoff()
            except Exception as error:  # noqa: BLE001 - without this task nobody is answered
                pause = min(pause, next(retries))
                self._report(error)
            self._revoke_ended()
            await asyncio.sleep(pause)

    def take(self, now: KeysNow, good_until: float) -> None:
        """These are the keys from now on, until `good_until` on the monotonic clock."""
        known = {
            # A key with a scope of a newer version is unknown to this one.
            key.hash: Grant(key.hash, Scope(key.scope), key.name)
            for key in now.live
            if key.scope in _SCOPES
        }
        if known != self._known:
            self._known = known
            self._by_id = {key_id_of(each.hash): each for each in known.values()}
            self._by_name = {each.name: each for each in known.values()}
        self._signers.take({key.name: key.signing for key in now.live if key.signing})
        self.required = now.ever or not self._only_this_machine
        self._good_until = good_until
        self.was_read = True
        self._read.set()
        self._read = asyncio.Event()

    def _revoke_ended(self) -> None:
        now = time()
        for revoke, grant in list(self._watched.items()):
            if not self._holds(grant, now):
                revoke()

    def _holds(self, grant: Grant | None, now: float) -> bool:
        if grant is None:
            return not self.required
        return grant.hash in self._known and now < grant.expires

    def _report(self, error: Exception) -> None:
        if self.is_current:
            return  # the next attempt may still succeed in time
        known = isinstance(error, StorageError)
        log.warning("the keys cannot be read: %s", error, exc_info=None if known else error)
