"""Logs rejected reports and writes them in the background, at little cost for reports.

Its queue is bounded, and it pauses after each batch, so that PostgreSQL and the disk are little
used however many reports are rejected.
"""

import asyncio
import logging
from contextlib import suppress
from math import inf
from time import monotonic

from incidents.core.api_key import masked
from incidents.core.errors import StorageError
from incidents.core.report.query import sent_values
from incidents.db.driver import in_time
from incidents.rejected.log import RefusalLog
from incidents.rejected.queue import Queue
from incidents.rejected.rejection import RejectedReport, Rejection
from incidents.rejected.store import RejectedTable
from incidents.support.metrics.metrics import REJECTED_DROPPED, REJECTED_STORED
from incidents.support.own_headers import OwnHeaders
from incidents.support.settings import Settings

_QUEUE_BYTES_MAX = 4 * 1024 * 1024
_BATCH_BYTES = 256 * 1024
# The part of the time in which it and PostgreSQL work.
_SHARE = 1 / 20
_REST_SECONDS_MIN = 0.05
# It writes this many bytes a second on average, and a burst at once. So mistakes of a few senders
# are stored at once, and of a flood a sample.
_BYTES_PER_SECOND = 256 * 1024
_BURST_BYTES = 2 * 1024 * 1024
# Headers are prepared a few at a time, so that reports get their turn between.
_TURN = 16
# The part of the limits that may be exceeded before the excess is deleted.
_BEYOND = 1 / 50
# How often expired ones are deleted when nothing is written.
_LOOK_SECONDS_MAX = 60
_TOLD_SECONDS = 60
_DETAIL_CHARACTERS_MAX = 1000
_CLOSE_SECONDS_MAX = 5

log = logging.getLogger(__name__)


class Recorder:
    """Takes rejections from `open` to `close`, and stores those within the limits."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.table = RejectedTable(settings, url)
        self._headers = OwnHeaders(settings)
        self._keeps = settings.rejected_reports_max > 0
        self._wait_seconds = settings.database_wait_seconds
        self._reports_beyond = settings.rejected_reports_max * _BEYOND
        self._bytes_beyond = settings.rejected_bytes_max * _BEYOND
        self._look_seconds = min(_LOOK_SECONDS_MAX, settings.rejected_retention.total_seconds() / 2)
        self._log = RefusalLog()
        self._queue = Queue(_QUEUE_BYTES_MAX)
        self._has_work = asyncio.Event()
        self._written = self._written_bytes = 0  # since the excess was last deleted
        self._is_closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._burst = _Burst()
        self._told_at = -inf  # that some are not stored

    def open(self) -> None:
        """Starts to write."""
        if self._keeps:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Returns when all are written, or after a time limit."""
        self._is_closing.set()
        self._has_work.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_CLOSE_SECONDS_MAX)
            self._task.cancel()
            await asyncio.wait({self._task})
        self._log.close()
        await self.table.close()

    def record(self, rejection: Rejection, reason: str) -> None:
        """Logs it without waiting; it is written soon, unless there are too many."""
        self._log.add(rejection, reason)
        if not self._keeps:
            return
        dropped = self._queue.put(rejection)
        if dropped:
            self._drop(dropped)
        self._has_work.set()

    def _drop(self, count: int) -> None:
        REJECTED_DROPPED.add(count, "busy")
        now = monotonic()
        # Counting them in the log would cost more than dropping them.
        if now - self._told_at > _TOLD_SECONDS:
            self._told_at = now
            log.warning("rejected reports are not stored: more arrive than can be written")

    async def _run(self) -> None:
        while not self._is_closing.is_set():
            await _wait(self._has_work, self._look_seconds)
            try:
                rest = await self._write() if self._queue else await self._prune()
            except Exception:  # the others must still be written
                log.exception("the recorder met an unknown error")
                rest = _REST_SECONDS_MIN
            await _wait(self._is_closing, rest)
        while self._queue:
            await self._write()

    async def _write(self) -> float:
        """Writes a batch; returns the seconds to pause."""
        clock = asyncio.get_running_loop()
        begun = clock.time()
        batch = self._queue.take(_BATCH_BYTES)
        if not self._queue:
            self._has_work.clear()
        reports = await self._ready(batch)
        size = sum([each.size for each in reports])
        await self._write_all(reports, size)
        if self._written > self._reports_beyond or self._written_bytes > self._bytes_beyond:
            await self._prune()
        now = clock.time()
        return max(_REST_SECONDS_MIN, (now - begun) / _SHARE, self._burst.seconds_after(size, now))

    async def _write_all(self, reports: list[RejectedReport], size: int) -> None:
        try:
            is_written = await in_time(self.table.write(reports), self._wait_seconds)
        except StorageError as error:
            REJECTED_DROPPED.add(len(reports), "unavailable")
            log.warning("%d rejected reports are not stored: %s", len(reports), error)
            return
        if not is_written:
            REJECTED_DROPPED.add(len(reports), "full")
            log.warning("%d rejected reports are not stored: their table is full", len(reports))
            return
        REJECTED_STORED.add(len(reports))
        self._written += len(reports)
        self._written_bytes += size

    async def _prune(self) -> float:
        try:
            pruning = self.table.prune(are_too_many=self._written > 0)
            await in_time(pruning, self._wait_seconds)
        except StorageError as error:
            log.warning("expired and excess rejected reports could not be deleted: %s", error)
        else:
            self._written = self._written_bytes = 0
        return 0.0

    async def _ready(self, batch: list[Rejection]) -> list[RejectedReport]:
        reports: list[RejectedReport] = []
        for number, each in enumerate(batch):
            if number % _TURN == _TURN - 1:
                await asyncio.sleep(0)
            reports.append(self._report(each))
        return reports

    def _report(self, rejection: Rejection) -> RejectedReport:
        query = sent_values(rejection.query, self._headers.secret)
        return RejectedReport(
            received_at=rejection.received_at,
            status=rejection.status,
            detail=_stored_text(masked(rejection.detail)[:_DETAIL_CHARACTERS_MAX]),
            headers=self._headers.text(
                rejection.headers, rejection.key, query, rejection.signature
            ),
            address=rejection.address,
            key=rejection.key,
            body=rejection.body,
            is_truncated=rejection.is_truncated,
        )


class _Burst:
    """Calculates the pause that keeps to the rate, with a burst."""

    def __init__(self) -> None:
        self._bytes = 0.0
        self._since = 0.0

    def seconds_after(self, size: int, now: float) -> float:
        """The pause after so many bytes were written."""
        past = (now - self._since) * _BYTES_PER_SECOND
        self._bytes = max(0.0, self._bytes - past) + size
        self._since = now
        return max(0.0, self._bytes - _BURST_BYTES) / _BYTES_PER_SECOND


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _stored_text(text: str) -> str:
    """The text without characters that PostgreSQL's `text` cannot hold."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")
