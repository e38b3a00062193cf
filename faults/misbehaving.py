"""Clients without manners: slow, huge, cut short, idle. The others must notice nothing."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from faults.deployments import proxied
from faults.load import STORED, Tally, beside
from faults.report import aligned
from faults.wire import HOST

_SETTINGS = {"HEADER_SECONDS_MAX": 3, "BODY_SECONDS_MAX": 3}
_QUIET_SECONDS = 4.0
_SLOW = 300
_IDLE = 10_000
_OTHER_FILES = 200
_AT_ONCE = 100
_PATIENCE_SECONDS = 20.0

_HEAD = b"POST /problems HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[str]]


@dataclass(slots=True)
class Misbehaviour:
    """What some clients did, what they were told, and what the others noticed."""

    name: str
    connections: int
    told: dict[str, int] = field(default_factory=dict)
    seconds_max: float = 0
    others: Tally = field(default_factory=Tally)


async def slow_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """A byte a second."""
    return await _drip(_HEAD, reader, writer)


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """A byte a second, after a header as it should be."""
    writer.write(_HEAD + b"Content-Length: 1000\r\n\r\n")
    return await _drip(b"[" + b"1," * 500, reader, writer)


async def huge_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """A megabyte of it."""
    with suppress(ConnectionError):
        writer.write(_HEAD + b"X-Long: " + b"x" * 1024 * 1024 + b"\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
    return await _told(reader)


async def body_ends_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """Half of it comes, and then the end of the connection."""
    writer.write(_HEAD + b'Content-Length: 100\r\n\r\n{"half": 1')
    writer.write_eof()
    return await _told(reader)


async def idle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> str:
    """Not a word."""
    return await _told(reader)


KINDS: tuple[tuple[str, Talk, int], ...] = (
    ("header, a byte a second", slow_header, _SLOW),
    ("body, a byte a second", slow_body, _SLOW),
    ("header of a megabyte", huge_header, _SLOW),
    ("body that ends early", body_ends_early, _SLOW),
    ("idle connections", idle, _IDLE),
)


async def misbehaviour(scratch: Path) -> list[Misbehaviour]:
    """First nobody is rude, then one kind after the other, while another client reports."""
    done = []
    async with proxied(scratch, servers=1, **_SETTINGS) as deployment:
        (port,) = deployment.ports
        quiet = Misbehaviour("(nobody)", 0)
        async with beside(port) as quiet.others:
            await asyncio.sleep(_QUIET_SECONDS)
        done.append(quiet)
        for name, talk, count in KINDS:
            one = Misbehaviour(name, min(count, _files() - _OTHER_FILES))
            async with beside(port) as one.others:
                await _all(one, talk, port)
            done.append(one)
    return done


async def _all(one: Misbehaviour, talk: Talk, port: int) -> None:
    opening = asyncio.Semaphore(_AT_ONCE)

    async def run() -> None:
        async with _connected(port, opening) as (reader, writer):
            begun = time.monotonic()
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    told = await talk(reader, writer)
            except TimeoutError:
                told = "nothing, for ever"
            except ConnectionError:
                told = "cut off"
            one.seconds_max = max(one.seconds_max, time.monotonic() - begun)
        one.told[told] = one.told.get(told, 0) + 1

    await asyncio.gather(*(run() for _ in range(one.connections)))


@asynccontextmanager
async def _connected(
    port: int, opening: asyncio.Semaphore
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with opening:
        reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _drip(text: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    async def drip() -> None:
        with suppress(ConnectionError):
            for number in range(len(text)):
                writer.write(text[number : number + 1])
                await writer.drain()
                await asyncio.sleep(1)

    dripping = asyncio.create_task(drip())
    try:
        return await _told(reader)
    finally:
        dripping.cancel()


async def _told(reader: asyncio.StreamReader) -> str:
    line = await reader.readline()
    return line.split()[1].decode() if line else "cut off"


def _files() -> int:
    """How many files may be open here, after as many were asked for as there can be."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else _IDLE + _OTHER_FILES


def table(done: list[Misbehaviour]) -> str:
    """What they were told, and how long the others waited meanwhile."""
    head = (
        "others send",
        "connections",
        "they are told",
        "after at most",
        "a report, median",
        "p99",
    )
    return aligned([head, *map(_row, done)])


def _row(one: Misbehaviour) -> tuple[str, ...]:
    told = ", ".join(f"{what}: {count:,}" for what, count in sorted(one.told.items()))
    return (
        one.name,
        f"{one.connections:,}",
        told,
        f"{one.seconds_max:.1f} s",
        f"{one.others.median_ms(STORED):.1f} ms",
        f"{one.others.p99_ms(STORED):.1f} ms",
    )


def broken_promises(done: list[Misbehaviour]) -> Iterator[str]:
    """What went wrong, a line each."""
    for one in done:
        for status, count in one.others.counts().items():
            if status != STORED:
                yield f"{one.name}: {count} of the others' reports were told {status}"
        if "nothing, for ever" in one.told or "201" in one.told:
            yield f"{one.name}: they were told {one.told}"
