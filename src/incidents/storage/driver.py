"""The driver, asyncpg: plain connections, and its errors in the program's own words."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import asyncpg

from incidents.errors import (
    DiskFull,
    NoPartition,
    OutOfTime,
    Refused,
    StorageError,
    Unavailable,
)
from incidents.metrics.wait import Wait

T = TypeVar("T")

log = logging.getLogger(__name__)

_SCHEMES = ("postgresql://", "postgres://")

# SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)
_QUERY_CANCELED = "57014"
_DISK_FULL = "53100"
_CHECK_VIOLATION = "23514"  # the table has no check: it is "no partition found for row"
_OF_THE_ROW = ("22", "23", "54")  # data exception, constraint violation, program limit

# Syntax error or access rule violation, feature not supported: a fault of the statement, or of its
# moment, as where a partition has just gone.
_OF_THE_STATEMENT = ("42", "0A")
_NOT_ALLOWED = "42501"  # of the role

# One file of PostgreSQL's log (wal_segment_size).
_LOG_FILE_BYTES = 16 * 1024 * 1024

# Where Citus is: it hides its shards from whoever reads the catalog, which takes seconds for what
# asyncpg asks first. Elsewhere PostgreSQL takes the name as one that nobody uses.
_OF_EVERY_SESSION = {"citus.override_table_visibility": "off"}

_STATEMENTS_MAX = 32

_RETRY_SECONDS_FIRST = 0.02
_RETRY_SECONDS_MAX = 0.5


async def connect_driver(
    url: str, *, name: str, wait_seconds: float, session: dict[str, str] | None = None
) -> asyncpg.Connection:
    """A connection, opened within `wait_seconds`.

    `name` shows in pg_stat_activity, `session` are settings of the session. Raises what the
    driver raises, or Unavailable when `url` is none of PostgreSQL's.
    """
    if not url.startswith(_SCHEMES):
        raise Unavailable(
            "the database URL must begin with postgresql://, "
            "for example postgresql://user:password@host:5432/incidents"
        )
    try:
        return await asyncpg.connect(
            url,
            timeout=wait_seconds,
            # A query that names many partitions is long, and to plan it takes longer than to answer
            # it: no length is too much. But a plan can take megabytes of PostgreSQL's memory.
            max_cacheable_statement_size=0,
            statement_cache_size=_STATEMENTS_MAX,
            server_settings={
                "application_name": f"incidents {name}",
                **_OF_EVERY_SESSION,
                **(session or {}),
            },
        )
    except (OSError, asyncpg.CannotConnectNowError) as error:
        if _has_no_room(url):
            raise _disk_full() from error
        raise


def _has_no_room(url: str) -> bool:
    """Whether the disk that the socket lies on is too full for PostgreSQL to go on.

    The embedded PostgreSQL has its socket beside its data, and ends when it cannot write its log.
    """
    host = parse_qs(urlsplit(url).query).get("host", [""])[0]
    try:
        disk = os.statvfs(host)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LOG_FILE_BYTES


def _disk_full() -> DiskFull:
    return DiskFull("the disk under PostgreSQL is full: try again when there is room on it")


class Translating:
    """Whatever the driver or PostgreSQL raises inside comes out as a StorageError.

    With `of_rows` rows are sent inside: it is Refused when PostgreSQL finds fault with them.
    (A class, since every report and every find is in it several times: a generator costs more.)
    """

    def __init__(self, *, of_rows: bool) -> None:
        self.of_rows = of_rows

    def __enter__(self) -> None:
        """Nothing is kept: one is enough for all."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and (raised := self.translation(error)) is not None:
            raise raised from error

    def translation(self, error: BaseException) -> StorageError | None:
        """The error that comes out; None for one that is not of the driver."""
        match error:
            case asyncpg.PostgresError():
                return translation(error.sqlstate, str(error), of_rows=self.of_rows)
            case TimeoutError():
                return Unavailable("PostgreSQL did not answer in time")
            # InternalClientError: the connection was lost just as a query was to begin.
            case (
                OSError() | asyncpg.InterfaceError() | asyncpg.InternalClientError() | ValueError()
            ):
                return Unavailable(f"PostgreSQL cannot be reached: {error}")
        return None


_OF_QUERIES, _OF_ROWS = Translating(of_rows=False), Translating(of_rows=True)


def driver_errors(*, of_rows: bool = False) -> Translating:
    """To be used `with`: see Translating."""
    return _OF_ROWS if of_rows else _OF_QUERIES


def translation(sqlstate: str | None, message: str, *, of_rows: bool) -> StorageError:
    """The error that stands for what PostgreSQL answered."""
    if sqlstate == _QUERY_CANCELED:
        return OutOfTime(message)
    if sqlstate == _DISK_FULL:
        return _disk_full()
    if sqlstate == _CHECK_VIOLATION:
        return NoPartition(message)
    if of_rows and sqlstate is not None and sqlstate.startswith(_OF_THE_ROW):
        return Refused(f"PostgreSQL refused it: {message}")
    if sqlstate is not None and sqlstate.startswith(_OF_THE_STATEMENT) and sqlstate != _NOT_ALLOWED:
        # Whoever tries again, as if the connection was lost, would hide it.
        log.warning("PostgreSQL refused a statement, it may be tried again: %s", message)
    return Unavailable(f"PostgreSQL: {message}")


async def patiently(
    attempt: Callable[[], Awaitable[T]], wait_seconds: float, *, waiter: str | None = None
) -> T:
    """What `attempt` returns, tried again while PostgreSQL is away.

    Raises Unavailable when it was away for `wait_seconds`, and whatever else `attempt` does.
    A server's metrics say how long each `waiter` had to wait.
    """
    clock = asyncio.get_running_loop()
    deadline = clock.time() + wait_seconds
    wait = Wait(waiter)
    try:
        for pause in pauses():
            try:
                return await in_time(attempt(), deadline - clock.time())
            except Unavailable:
                wait.goes_on()
                if clock.time() + pause >= deadline:
                    raise
            await asyncio.sleep(pause)
    finally:
        wait.over()
    raise AssertionError("pauses never end")


async def in_time(work: Awaitable[T], seconds: float) -> T:
    """What `work` returns. Raises Unavailable when it takes longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise Unavailable("PostgreSQL did not answer in time") from error


def pauses() -> Iterator[float]:
    """How long to wait before each next try, in seconds: short first, then longer, no end."""
    pause = _RETRY_SECONDS_FIRST
    while True:
        yield pause
        pause = min(pause * 2, _RETRY_SECONDS_MAX)
