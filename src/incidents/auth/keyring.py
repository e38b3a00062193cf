"""What a worker knows of the keys: a table in memory, read again from the database all the time.

Looking a key up takes a hash and no wait. The table is never older than `key_cache_seconds_max`
when it is used: whoever asks while PostgreSQL is away waits until it was read again, as any
request waits for PostgreSQL. So neither does a revoked key live on, nor is a good one refused.
What is still answered when its key goes is told each time that the keys were read.
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

# Several tries fit into the time for which the table is good.
_READINGS = 4

_SCOPES = frozenset(Scope)

log = logging.getLogger(__name__)


class Grant(NamedTuple):
    """What a request may do: as much as the key with that hash, until then (Unix time)."""

    hash: bytes
    scope: Scope
    name: str
    expires: float = math.inf


# What an unknown key is compared with: nobody has it.
_NOBODY = Grant(secrets.token_bytes(32), Scope.REPORT, "")


class Keyring:
    """Says whose key it is. `required` is False as long as none is needed.

    `was_read` says whether anything is known of the keys, however old it is.
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
        """Begins to read the keys, and to read them again."""
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
        """Whether what is known may be used."""
        return monotonic() < self._good_until

    async def wait_until_current(self) -> None:
        """Returns when what is known may be used.

        Raises Unavailable when PostgreSQL is away for longer than the wait, Overloaded when
        too many wait.
        """
        with self._limit.permit():
            await in_time(self.until_current(), self._wait_seconds)

    async def until_current(self) -> None:
        """Returns when what is known may be used, however long that takes."""
        while not self.is_current:
            await self._read.wait()

    def grant_of(self, key: bytes) -> Grant | None:
        """What the key is for; None when it is not known. Takes the same time for either."""
        hash_ = hash_of(key)
        found = self._known.get(hash_, _NOBODY)
        return found if compare_digest(found.hash, hash_) else None

    def grant_of_login(self, login: Login, now: float) -> Grant | None:
        """What the login's key is for; None when it is forged, expired, or its key is not known.

        `now` is Unix time in seconds.
        """
        found = self._by_id.get(login.key_id, _NOBODY)
        if not (login.is_signed_by(found.hash) and now < login.expires):
            return None
        return found._replace(expires=login.expires)

    def signer(self, name: str) -> tuple[Grant, Signer] | None:
        """The key of that name, and what verifies the signatures that stand for it.

        None where there is no such key, or none that verifies signatures.
        """
        grant, signer = self._by_name.get(name), self._signers.of(name)
        return (grant, signer) if grant and signer else None

    @contextmanager
    def watch(self, grant: Grant | None, revoke: Callable[[], None]) -> Iterator[None]:
        """Within the block `revoke` is called each time the keys are read and refuse the grant.

        None is the grant of a request that needed no key.
        """
        self._watched[revoke] = grant
        try:
            yield
        finally:
            del self._watched[revoke]

    def measure(self) -> None:
        """Says how many wait for the keys now."""
        self._limit.measure()

    async def _read_again_and_again(self) -> None:
        retries = backoff()
        while True:
            pause = self._seconds_max / _READINGS
            try:
                # What is revoked after this moment is not known to be.
                begun = monotonic()
                self.take(await self._table.now(), begun + self._seconds_max)
                retries = backoff()
            except Exception as error:  # noqa: BLE001 - without this task nobody is answered
                pause = min(pause, next(retries))
                self._report(error)
            self._revoke_ended()
            await asyncio.sleep(pause)

    def take(self, now: KeysNow, good_until: float) -> None:
        """From now on these are the keys, until `good_until` on the monotonic clock."""
        known = {
            # A scope that a newer version made is none of ours: that key is not known here.
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
            return  # the next try may well succeed in time
        known = isinstance(error, StorageError)
        log.warning("the keys cannot be read: %s", error, exc_info=None if known else error)
