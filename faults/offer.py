"""Load from a process of its own, whose answers are timed by the kernel.

Who makes the load needs the processors as much as who bears it. So that what is measured is the
server and not its client, an answer counts from when its request was handed to the kernel to when
the kernel had it for the client (SO_TIMESTAMPNS), however late the client comes to read it.
"""

import asyncio
import multiprocessing
import re
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

from faults.load import NO_ANSWER, REPORT, STORED, Tally
from faults.wire import HOST, SECONDS_MAX

T = TypeVar("T")

_NS = 1_000_000_000
_TIMESTAMP = 35  # SO_TIMESTAMPNS; elsewhere than on Linux the client's own clock must do
_TIMES = struct.Struct("@ll")
_PIECE_BYTES = 65536

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_RETRY_AFTER = re.compile(rb"\r\nretry-after: *\d+\r\n", re.IGNORECASE)


async def elsewhere(work: Callable[..., T], *arguments: object) -> T:
    """What `work` returns, done in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn) as process:
        return await asyncio.get_running_loop().run_in_executor(process, work, *arguments)


def as_fast_as_it_goes(port: int, connections: int, seconds: float) -> float:
    """Reports stored a second, when each connection sends the next once it has its answer."""
    with _opened(port, connections) as crowd:
        end = time.monotonic() + seconds
        for client in crowd.clients:
            client.send()
        while time.monotonic() < end:
            for client in crowd.answered(end - time.monotonic()):
                client.send()
        crowd.wait_for_rest()
        return crowd.tally.counts()[STORED] / seconds


def at_a_rate(port: int, connections: int, per_second: float, seconds: float) -> Tally:
    """What comes of so many reports a second, spread evenly over so many open connections.

    A connection that still waits for its answer when its turn comes lets it pass.
    """
    with _opened(port, connections) as crowd:
        begun, sent = time.monotonic(), 0
        while (now := time.monotonic() - begun) < seconds:
            while sent < now * per_second:
                client = crowd.clients[sent % connections]
                sent += 1
                if not client.waits:
                    client.send()
            crowd.take_answers(sent / per_second - (time.monotonic() - begun))
        crowd.wait_for_rest()
        return crowd.tally


class _Client:
    """One connection, which asks for one thing at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sent_ns = 0
        self._answer = b""
        self.connect()

    def connect(self) -> None:
        """A new connection."""
        self.socket = socket.create_connection((HOST, self._port), timeout=SECONDS_MAX)
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
        self.socket.setblocking(False)  # noqa: FBT003 - the method takes it so

    @property
    def waits(self) -> bool:
        """Whether an answer is still to come."""
        return self._sent_ns > 0

    def send(self) -> None:
        """Reports once."""
        self._answer, self._sent_ns = b"", time.time_ns()
        with suppress(ConnectionError):  # then there is no answer either
            self.socket.sendall(REPORT)

    def take(self, tally: Tally) -> bool:
        """Counts the answer once it is whole; False before."""
        try:
            piece, ancillary, *_ = self.socket.recvmsg(_PIECE_BYTES, socket.CMSG_SPACE(_TIMES.size))
        except ConnectionError:
            piece, ancillary = b"", []
        if not piece:
            self.give_up(tally)
            return True
        self._answer += piece
        head, end, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if not end or length is None or len(body) < int(length[1]):
            return False
        retry_after = _RETRY_AFTER.search(head + b"\r\n") is not None
        tally.add(int(head.split(None, 2)[1]), self._seconds(ancillary), retry_after=retry_after)
        self._sent_ns = 0
        return True

    def give_up(self, tally: Tally) -> None:
        """Counts that there is no answer; the next report goes over a new connection."""
        if self.waits:
            tally.add(NO_ANSWER, self._seconds([]))
        self._sent_ns = 0
        self.socket.close()

    def _seconds(self, ancillary: list[tuple[int, int, bytes]]) -> float:
        came_ns = time.time_ns()
        for _, kind, data in ancillary:
            if kind == _TIMESTAMP:
                seconds, nanoseconds = _TIMES.unpack(data)
                came_ns = seconds * _NS + nanoseconds
        return (came_ns - self._sent_ns) / _NS


class _Crowd:
    """Clients, and what they were told."""

    def __init__(self, port: int, connections: int) -> None:
        self.tally = Tally()
        self.clients = [_Client(port) for _ in range(connections)]
        self._selector = selectors.DefaultSelector()
        for client in self.clients:
            self._selector.register(client.socket, selectors.EVENT_READ, client)

    def answered(self, seconds_max: float) -> Iterator[_Client]:
        """Those who have their answer now; waits for one."""
        for key, _ in self._selector.select(max(0, seconds_max)):
            client: _Client = key.data
            before = client.socket
            if not client.take(self.tally):
                continue
            if before.fileno() < 0:  # it was lost
                self._selector.unregister(before)
                client.connect()
                self._selector.register(client.socket, selectors.EVENT_READ, client)
            yield client

    def take_answers(self, seconds_max: float) -> None:
        """Counts what has come."""
        for _ in self.answered(seconds_max):
            pass

    def wait_for_rest(self) -> None:
        """Returns when all have their answer, or never will."""
        end = time.monotonic() + SECONDS_MAX
        while any(client.waits for client in self.clients):
            if time.monotonic() > end:
                for client in self.clients:
                    client.give_up(self.tally)
            self.take_answers(0.1)

    def close(self) -> None:
        """Ends every connection."""
        self._selector.close()
        for client in self.clients:
            client.socket.close()


@contextmanager
def _opened(port: int, connections: int) -> Iterator[_Crowd]:
    crowd = _Crowd(port, connections)
    try:
        yield crowd
    finally:
        crowd.close()
