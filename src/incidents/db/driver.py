"""The driver, asyncpg: plain connections, and its errors in the program's own words."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import asyncpg

from incidents.core.errors import CannotStart, SessionsShared, StorageError, Unavailable
from incidents.db.database_url import parse
from incidents.db.refusals import SHARED, disk_full, translation
from incidents.support.metrics.wait import Wait

T = TypeVar("T")

log = logging.getLogger(__name__)

# One file of PostgreSQL's log (wal_segment_size).
_LOG_FILE_BYTES = 16 * 1024 * 1024

_OF_EVERY_SESSION = {
    # Where Citus is: it hides its shards from whoever reads the catalog, which takes seconds for
    # what asyncpg asks first. Elsewhere PostgreSQL takes the name as one that nobody uses.
    "citus.override_table_visibility": "off",
    # A backslash in the text of a query is a backslash, whatever the database or the role says.
    "standard_conforming_strings": "on",
}
# Said once connected, not with the login: there a pooler refuses, or drops, what it does not know.
_SET = """
    SELECT pg_backend_pid(),
           array(
               SELECT set_config(name, value, false)
               FROM unnest($1::text[], $2::text[]) AS setting (name, value)
           )
"""

_STATEMENTS_MAX = 32

_LOOKS = 5

# A parameter that PostgreSQL or the driver does not know. (PgBouncer has one code for all that it
# says, also for what is over soon.)
_OF_THE_URL = (asyncpg.UndefinedObjectError, asyncpg.ClientConfigurationError)
_PARAMETER_OF_POOLER = "unsupported startup parameter"

_RETRY_SECONDS_FIRST = 0.02
_RETRY_SECONDS_MAX = 0.5


class Connection(asyncpg.Connection):
    """One that knows the process of PostgreSQL behind it, through a pooler too."""

    backend_pid = 0

    def get_server_pid(self) -> int:
        """The process that works on what is sent."""
        return self.backend_pid

    @property
    def is_pooled(self) -> bool:
        """Whether something stands between that gives itself out as PostgreSQL."""
        return self.backend_pid != super().get_server_pid()


async def connect_driver(
    url: str, *, name: str, wait_seconds: float, session: dict[str, str] | None = None
) -> Connection:
    """A connection, opened within `wait_seconds`.

    `name` shows in pg_stat_activity, `session` are settings of the session. Raises what the
    driver raises, or CannotStart when `url` is none of PostgreSQL's.
    """
    given = parse(url)
    wait_seconds = min(wait_seconds, given.connect_seconds or wait_seconds)
    try:
        connection: Connection = await asyncpg.connect(
            given.dsn,
            timeout=wait_seconds,
            connection_class=Connection,
            # A query that names many partitions is long, and to plan it takes longer than to answer
            # it: no length is too much. But a plan can take megabytes of PostgreSQL's memory.
            max_cacheable_statement_size=0,
            statement_cache_size=_STATEMENTS_MAX,
            server_settings={"application_name": f"{given.application_name or 'incidents'} {name}"},
        )
    except (OSError, asyncpg.CannotConnectNowError) as error:
        if _has_no_room(url):
            raise disk_full() from error
        raise
    except _OF_THE_URL as error:
        raise CannotStart(f"the database URL cannot be used: {error}") from error
    except asyncpg.ProtocolViolationError as error:
        if _PARAMETER_OF_POOLER in str(error):
            raise CannotStart(f"the database URL cannot be used: {error}") from error
        raise
    try:
        settings = {**_OF_EVERY_SESSION, **(session or {})}
        row = await connection.fetchrow(
            _SET, list(settings), list(settings.values()), timeout=wait_seconds
        )
        assert row is not None
        connection.backend_pid = row[0]
    except BaseException:
        connection.terminate()
        raise
    return connection


async def check_sessions(connection: Connection, url: str, wait_seconds: float) -> None:
    """Returns when each connection has a session of its own, as far as one can see.

    Raises SessionsShared when a pooler makes sessions common: what was set in one holds for
    others, locks are nobody's, and statements that were prepared are gone.
    """
    if not connection.is_pooled:
        return
    other = await connect_driver(url, name="sessions", wait_seconds=wait_seconds)
    try:
        for _ in range(_LOOKS):
            # In turn, each in a transaction of its own: such a pooler gives both the same.
            processes = [
                await each.fetchval("SELECT pg_backend_pid()") for each in (connection, other)
            ]
            if processes != [connection.backend_pid, other.backend_pid] or len(set(processes)) == 1:
                raise SessionsShared(SHARED)
    finally:
        await other.close(timeout=wait_seconds)


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


async def with_retry(
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
        for pause in backoff():
            try:
                return await in_time(attempt(), deadline - clock.time())
            except Unavailable:
                wait.goes_on()
                if clock.time() + pause >= deadline:
                    raise
            await asyncio.sleep(pause)
    finally:
        wait.over()
    raise AssertionError("the backoff never ends")


async def in_time(work: Awaitable[T], seconds: float) -> T:
    """What `work` returns. Raises Unavailable when it takes longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise Unavailable("PostgreSQL did not answer in time") from error


def backoff() -> Iterator[float]:
    """How long to wait before each next try, in seconds: short first, then longer, no end."""
    pause = _RETRY_SECONDS_FIRST
    while True:
        yield pause
        pause = min(pause * 2, _RETRY_SECONDS_MAX)
