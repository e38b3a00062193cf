"""Keeps the worker processes of a server running."""

import logging
import math
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from incidents.core.errors import CannotStart

log = logging.getLogger(__name__)

Work = Callable[[socket.socket, Connection], None]

# Workers are spawned: forking a process that has threads can deadlock.
_SPAWN = multiprocessing.get_context("spawn")

_STOP = {signal.SIGINT, signal.SIGTERM}

# Loading the program takes a second, several on a busy machine. A worker that takes longer is
# considered hanging.
_START_SECONDS_MAX = 60

# A worker that lived shorter is replaced after a pause, which doubles each time.
_LIFE_SECONDS_MIN = 5
_PAUSE_SECONDS_MIN = 0.1
_PAUSE_SECONDS_MAX = 10

# Time for a worker to close its connections once everything is answered.
_CLOSE_SECONDS_MAX = 5


@dataclass(eq=False)
class _Worker:
    """One process. If `is_leaving`, another one will take its slot."""

    slot: int
    process: SpawnProcess
    ready: Connection
    started_at: float
    kill_at: float
    is_ready: bool = False
    is_leaving: bool = False

    @property
    def end(self) -> str:
        """How its process ended."""
        code = self.process.exitcode or 0
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class Supervisor:
    """Keeps one worker process running for each socket, and replaces one that ends.

    A worker is `work(socket, ready)`. It sends a byte to `ready` when it serves, and ends on
    SIGTERM within `drain_seconds`. The sockets stay open here, so clients that connect while a
    worker is replaced wait, and are not refused.
    """

    def __init__(self, work: Work, sockets: Sequence[socket.socket], drain_seconds: float) -> None:
        self._work = work
        self._sockets = sockets
        self._end_seconds_max = drain_seconds + _CLOSE_SECONDS_MAX
        self._workers: list[_Worker] = []
        self._start_at = [0.0] * len(sockets)
        self._short_lives = [0] * len(sockets)
        self._to_renew: list[_Worker] = []
        self._has_started = False

    def run(self, when_started: Callable[[], None]) -> None:
        """Returns after SIGINT or SIGTERM, when the sockets are closed and all workers have ended.

        Calls `when_started` once all workers are ready. SIGHUP replaces them one by one, each when
        its successor is ready. Raises CannotStart if a worker ends before all were ready for the
        first time.
        """
        with _signals() as signals:
            try:
                while True:
                    self._start_missing()
                    told = self._wait(signals)
                    if told & _STOP:
                        return
                    if signal.SIGHUP in told:
                        self._to_renew = list(self._workers)
                    for worker in list(self._workers):
                        self._look_at(worker)
                    if self._are_all_ready:
                        if not self._has_started:
                            self._has_started = True
                            when_started()
                        self._renew_next()
            finally:
                self._stop()

    @property
    def _are_all_ready(self) -> bool:
        ready = {each.slot for each in self._workers if each.is_ready and not each.is_leaving}
        return len(ready) == len(self._sockets)

    @property
    def _missing(self) -> list[int]:
        """Slots without a worker that stays."""
        taken = {each.slot for each in self._workers if not each.is_leaving}
        return [slot for slot in range(len(self._sockets)) if slot not in taken]

    def _start_missing(self) -> None:
        now = time.monotonic()
        for slot in self._missing:
            if self._start_at[slot] <= now:
                ready, says = _SPAWN.Pipe(duplex=False)
                process = _SPAWN.Process(target=self._work, args=(self._sockets[slot], says))
                process.start()
                says.close()
                self._workers.append(_Worker(slot, process, ready, now, now + _START_SECONDS_MAX))

    def _wait(self, signals: int) -> set[int]:
        """The signals that came, once anything happened."""
        kills = [each.kill_at for each in self._workers]
        next_ = min(kills + [self._start_at[slot] for slot in self._missing])
        happened = wait(
            [
                signals,
                *[each.process.sentinel for each in self._workers],
                *[each.ready for each in self._workers if not each.is_ready],
            ],
            None if next_ == math.inf else max(0, next_ - time.monotonic()),
        )
        return set(os.read(signals, 64)) if signals in happened else set()

    def _look_at(self, worker: _Worker) -> None:
        if worker.process.exitcode is not None:
            self._workers.remove(worker)
            self._replace(worker)
            worker.ready.close()
            worker.process.close()
        elif not worker.is_ready and worker.ready.poll():
            with suppress(EOFError):  # it ended just now
                worker.ready.recv_bytes()
                worker.is_ready, worker.kill_at = True, math.inf
                for other in self._beside(worker):
                    self._end(other)
        elif time.monotonic() > worker.kill_at:
            log.error("worker %s does not start, or does not end: killing it", worker.process.pid)
            worker.process.kill()
            worker.kill_at = math.inf

    def _replace(self, worker: _Worker) -> None:
        """Starts another worker for each slot without one."""
        others = self._beside(worker)
        if not self._has_started:
            raise CannotStart(f"a worker ended before it was ready ({worker.end})")
        if worker.is_leaving:
            return
        if others and not worker.is_ready:
            log.error(
                "a new worker ended before it was ready (%s): keeping the old one", worker.end
            )
            others[0].is_leaving = False
            self._to_renew.clear()
            return
        pause = self._pause(worker)
        self._start_at[worker.slot] = time.monotonic() + pause
        log.error(
            "Unexpected exit of worker %d (%s): starting another one in %.1f s",
            worker.process.pid,
            worker.end,
            pause,
        )

    def _pause(self, worker: _Worker) -> float:
        short = worker.started_at + _LIFE_SECONDS_MIN > time.monotonic()
        lives = self._short_lives[worker.slot] = self._short_lives[worker.slot] + 1 if short else 0
        return min(_PAUSE_SECONDS_MIN * 2.0 ** min(lives, 20), _PAUSE_SECONDS_MAX)

    def _renew_next(self) -> None:
        """Replaces the next worker after a SIGHUP, once the one before has ended."""
        if self._to_renew and not any(each.is_leaving for each in self._workers):
            self._to_renew.pop().is_leaving = True

    def _beside(self, worker: _Worker) -> list[_Worker]:
        return [each for each in self._workers if each.slot == worker.slot and each is not worker]

    def _end(self, worker: _Worker) -> None:
        worker.process.terminate()
        worker.kill_at = time.monotonic() + self._end_seconds_max

    def _stop(self) -> None:
        for each in self._sockets:
            each.close()
        for worker in self._workers:
            self._end(worker)
        for worker in self._workers:
            worker.process.join(max(0, worker.kill_at - time.monotonic()))
            if worker.process.exitcode is None:
                log.error("worker %s does not end: killing it", worker.process.pid)
                worker.process.kill()
                worker.process.join()


@contextmanager
def _signals() -> Iterator[int]:
    """A pipe to which the numbers of SIGINT, SIGTERM and SIGHUP are written."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def note(number: int, _: object) -> None:
        with suppress(BlockingIOError):  # thousands are in it
            os.write(writer, bytes([number]))

    before = {each: signal.signal(each, note) for each in (*_STOP, signal.SIGHUP)}
    try:
        yield reader
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
