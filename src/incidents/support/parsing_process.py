"""Parses heavy texts in a process beside the worker.

It is `python -m incidents.support.parsing_process`.

Python's JSON parser holds the interpreter's lock for the whole text: a thread would block the event
loop just the same.
"""

import asyncio
import logging
import os
import pickle
import signal
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, TypeVar, cast

from incidents.core.errors import Closing, Overloaded, Unavailable
from incidents.core.json_text import INTEGER_DIGITS_MAX

log = logging.getLogger(__name__)

T = TypeVar("T")

_LENGTH = struct.Struct(">Q")
# A call whose process died is repeated once only: the call itself may be what kills it.
_TRIES = 2
# Far longer than any call takes: it detects a process that hangs. A running call is not cancelled
# at its own deadline: under load every call would be cancelled half done.
_CALL_SECONDS_MAX = 60
# uvloop raises RuntimeError for a pipe that it has closed.
_DIED = (OSError, RuntimeError, asyncio.IncompleteReadError)
# The worker and PostgreSQL get the processor first.
_NICENESS = 5


class Parser:
    """Calls functions of this package in one other process, one call at a time.

    The first call starts the process. It ends with the worker, however that ends.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._closed = False

    async def call(
        self, deadline: float | None, function: Callable[..., T], *arguments: object
    ) -> T:
        """What the function returns, or raises.

        Raises Overloaded if the call cannot begin by the deadline (in time of the event loop, if
        given); Unavailable if the process died twice or does not answer; Closing.
        """
        try:
            async with asyncio.timeout_at(deadline):
                await self._turn.acquire()
        except TimeoutError as error:
            raise Overloaded("too many heavy requests are in flight: try again soon") from error
        try:
            answer = await self._answer(pickle.dumps((function, arguments)))
        finally:
            self._turn.release()
        if isinstance(answer, Exception):
            raise answer
        return cast("T", answer)

    async def close(self) -> None:
        """Ends the process at once. Running and later calls raise Closing."""
        self._closed = True
        await self._end()

    async def _answer(self, request: bytes) -> object:
        for _ in range(_TRIES):
            if self._closed:
                raise Closing("the server is stopping: try again soon")
            try:
                async with asyncio.timeout(_CALL_SECONDS_MAX):
                    return await self._ask(request)
            except _DIED as error:
                log.warning("the process that parses heavy texts is restarted: %r", error)
        raise Unavailable("the process that parses heavy texts failed twice: try again later")

    async def _ask(self, request: bytes) -> object:
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(_LENGTH.pack(len(request)) + request)
            await process.stdin.drain()
            (size,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
            return pickle.loads(await process.stdout.readexactly(size))  # noqa: S301 - our own
        except BaseException:
            # Its answer could be taken for that of the next call.
            await self._end()
            raise

    async def _start(self) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, stdin=PIPE, stdout=PIPE
        )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _run(asked: BinaryIO, told: BinaryIO) -> None:
    """Answers one call after another; returns when the worker is gone."""
    while len(head := asked.read(_LENGTH.size)) == _LENGTH.size:
        function, arguments = pickle.loads(asked.read(*_LENGTH.unpack(head)))  # noqa: S301
        try:
            answer = function(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            answer = error.with_traceback(None)
        text = pickle.dumps(answer)
        told.write(_LENGTH.pack(len(text)) + text)
        told.flush()


if __name__ == "__main__":
    # A signal to stop reaches all processes of the server; this one ends after its worker.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICENESS)
    sys.set_int_max_str_digits(INTEGER_DIGITS_MAX)
    with suppress(OSError):  # the worker is gone
        _run(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # nothing is left to be flushed, nor anybody to read it
