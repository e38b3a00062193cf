"""Sends what is due: one message of each channel at a time, so that a slow one delays no other."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import random as random_number
from time import monotonic

from incidents.core.errors import StorageError
from incidents.db.driver import driver_errors
from incidents.notifications.channel_store import channel_of
from incidents.notifications.delivery_store import TOLD_AFTER, DeliveryStore, Due, Waiting
from incidents.notifications.failure import DeliveryFailed
from incidents.notifications.joined import JOINED_MAX, fitting, is_joined, joined_payload
from incidents.notifications.message import Message
from incidents.notifications.pauses import channel_pause, pause
from incidents.notifications.senders.senders import Senders
from incidents.support.metrics.metrics import NOTIFICATIONS, NOTIFICATIONS_JOINED

log = logging.getLogger(__name__)

# What is sent in a row: then other channels, changes and what is new are looked for.
_AT_ONCE_SECONDS = 1.0


class Courier:
    """Delivers for as long as its store's connection holds the lock."""

    def __init__(
        self,
        store: DeliveryStore,
        senders: Senders,
        key_file: Path,
        random: Callable[[], float] = random_number,
    ) -> None:
        self._store = store
        self._senders = senders
        self._key_file = key_file
        self._random = random
        self._in_flight: dict[str, asyncio.Task[None]] = {}

    async def start_due(self) -> None:
        """Starts a delivery for each channel that has something due and none in flight."""
        with driver_errors():
            now = await self._store.now()
            for due in await self._store.due(now, list(self._in_flight)):
                self._in_flight[due.name] = asyncio.create_task(self._deliver(due))

    async def wait(self, seconds: float) -> None:
        """Returns when a delivery is over, or after that time. Raises StorageError."""
        if not self._in_flight:
            await asyncio.sleep(seconds)
            return
        tasks = self._in_flight.values()
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for name, task in list(self._in_flight.items()):
            if task.done():
                del self._in_flight[name]
                task.result()

    async def drain(self) -> None:
        """Returns when nothing is due and nothing in flight."""
        await self.start_due()
        while self._in_flight:
            await self.wait(1)
            await self.start_due()

    async def close(self) -> None:
        """Returns when nothing is in flight. What was not recorded is sent again, same id."""
        for task in self._in_flight.values():
            task.cancel()
        await asyncio.gather(*self._in_flight.values(), return_exceptions=True)
        self._in_flight.clear()

    async def _deliver(self, due: Due) -> None:
        """Sends for a moment what waits for a channel; one message while the channel fails."""
        until = monotonic() + _AT_ONCE_SECONDS
        with driver_errors():
            for waiting in await self._next(due):
                is_sent = await self._send(due, waiting)
                if not is_sent or due.failures or monotonic() > until:
                    return

    async def _send(self, due: Due, waiting: Waiting) -> bool:
        """Whether the receiver has it. Either is recorded."""
        try:
            channel = channel_of(due.row, self._key_file)
            await self._senders.send(channel, Message(waiting.message_id, waiting.payload))
        except StorageError as error:  # the key file
            await self._failed(due, waiting, DeliveryFailed(str(error)))
        except DeliveryFailed as error:
            await self._failed(due, waiting, error)
        except Exception as error:
            log.exception("an unknown error of the channel %s", due.name, exc_info=error)
            await self._failed(due, waiting, DeliveryFailed("unknown error: see the log"))
        else:
            await self._sent(due, waiting)
            return True
        return False

    async def _next(self, due: Due) -> Sequence[Waiting]:
        """What to send now: what waits, or many as one where the channel takes fewer."""
        now = await self._store.now()
        waiting = await self._store.waiting(due.name, now, JOINED_MAX)
        if len(waiting) <= due.free:
            return waiting
        members = waiting[: fitting([each.payload for each in waiting])]
        if len(members) == 1 or is_joined(waiting[0].payload):
            return members[:1]
        payload = joined_payload({each.message_id: each.payload for each in members}, now)
        NOTIFICATIONS_JOINED.add(len(members))
        return [await self._store.join(due.name, members, payload, now)]

    async def _sent(self, due: Due, waiting: Waiting) -> None:
        NOTIFICATIONS.add(1, due.kind, "sent")
        await self._store.sent(due, waiting.id, await self._store.now())
        if due.failures >= TOLD_AFTER:
            log.warning("the channel %s works again", due.name)

    async def _failed(self, due: Due, waiting: Waiting, error: DeliveryFailed) -> None:
        NOTIFICATIONS.add(1, due.kind, "failed")
        failures = due.failures + 1
        if failures == TOLD_AFTER:
            log.warning("the channel %s failed %d times: %s", due.name, failures, error)
        await self._store.failed(
            due,
            waiting.id,
            str(error),
            await self._store.now(),
            row=pause(waiting.attempts + 1, self._random),
            channel=max(
                channel_pause(failures, self._random), timedelta(seconds=error.after_seconds)
            ),
        )
