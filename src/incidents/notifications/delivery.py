"""The delivery of the outbox, by one process at a time."""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from incidents.core.errors import StorageError
from incidents.db.driver import Connection, driver_errors
from incidents.db.periodic_job import PeriodicJob, advisory_lock
from incidents.notifications.courier import Courier
from incidents.notifications.delivery_store import DeliveryStore
from incidents.notifications.senders.senders import Senders
from incidents.support.metrics.metrics import (
    CHANNELS_FAILING,
    NOTIFICATIONS_DEAD,
    NOTIFICATIONS_OLDEST,
    NOTIFICATIONS_PENDING,
)
from incidents.support.settings import Settings

# Any fixed number that no other program would choose: "incn" in ASCII.
_LOCK_KEY = 0x696E636E

# How often a process tries to take over, and how often the owner looks for what is due.
_TAKE_OVER_SECONDS = 5.0
_LOOK_SECONDS = 0.25
# How often dead letters are looked for, and how often what is old is deleted.
_KEEP_HOUSE_SECONDS = 5.0
_DELETE_SECONDS = 60.0

log = logging.getLogger(__name__)


class Delivery:
    """Sends notifications from `open` to `close`, in one process at a time."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        senders: Senders,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._settings = settings
        self._url = url
        self._senders = senders
        self._clock = clock
        self._job = PeriodicJob(self.look, every_seconds=_TAKE_OVER_SECONDS, failed=_tell)

    def open(self) -> None:
        """Starts the job."""
        self._job.open()

    async def close(self) -> None:
        """Returns when nothing is in flight; another process continues."""
        await self._job.close()
        self._senders.close()

    async def look(self) -> None:
        """Delivers until it is cancelled, unless another process does. Raises StorageError."""
        wait_seconds = self._settings.database_wait_seconds
        session = {"statement_timeout": f"{max(1, round(wait_seconds * 1000))}ms", "jit": "off"}
        async with advisory_lock(
            self._url, name="notify", key=_LOCK_KEY, wait_seconds=wait_seconds, session=session
        ) as connection:
            if connection is not None:
                try:
                    await self._deliver(connection)
                except StorageError:
                    raise
                except Exception:
                    log.exception("an unknown error stopped the delivery; it starts again")
                finally:
                    _set_gauges(0, 0, 0)

    async def _deliver(self, connection: Connection) -> None:
        store = DeliveryStore(connection, self._clock)
        courier = Courier(store, self._senders, self._settings.signature_key_path)
        kept_house_at = deleted_at = float("-inf")
        try:
            while True:
                if monotonic() >= kept_house_at + _KEEP_HOUSE_SECONDS:
                    await self.keep_house(store)
                    kept_house_at = monotonic()
                if monotonic() >= deleted_at + _DELETE_SECONDS:
                    await self._delete(store)
                    deleted_at = monotonic()
                await courier.start_due()
                await courier.wait(_LOOK_SECONDS)
        finally:
            await courier.close()

    async def keep_house(self, store: DeliveryStore) -> None:
        """What cannot be sent is a dead letter, and the gauges are set.

        It comes before any delivery: what was restored from a backup is not sent.
        """
        with driver_errors():
            now = await store.now()
            for reason, count in (await store.bury(now)).items():
                if count:
                    NOTIFICATIONS_DEAD.add(count, reason)
                    log.warning("%d notifications are dead letters: %s", count, reason)
            _set_gauges(*await store.numbers(now))

    async def _delete(self, store: DeliveryStore) -> None:
        with driver_errors():
            await store.delete(await store.now() - self._settings.notifications_retention)


def _set_gauges(pending: int, oldest_seconds: float, failing: int) -> None:
    NOTIFICATIONS_PENDING.set(pending)
    NOTIFICATIONS_OLDEST.set(oldest_seconds)
    CHANNELS_FAILING.set(failing)


def _tell(error: StorageError) -> None:
    log.warning("no notification can be delivered now; it will be retried: %s", error)
