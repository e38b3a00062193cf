"""The driver asyncpg: plain connections, and its errors as the program's own."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit

import asyncpg

from incidents.core.errors import CannotStart, SessionsShared, StorageError, Unavailable
from incidents.db.backend.backend import Backend
from incidents.db.backend.citus import PRESENT, Citus
from incidents.db.database_url import parse
from incidents.db.refusals import SHARED, disk_full, translation
from incidents.support.metrics.wait import Wait

T = TypeVar("T")

log = logging.getLogger(__name__)

# The size of one WAL file (wal_segment_size).
_LOG_FILE_BYTES = 16 * 1024 * 1024

_OF_EVERY_SESSION = {
    # For Citus, which otherwise hides its shards from queries of the catalog: that makes the
    # queries with which asyncpg begins take seconds. Without Citus the setting is unknown and has
    # no effect.
    "citus.override_table_visibility": "off",
    # Backslashes in queries are literal, whatever the database or the role has configured.
    "standard_conforming_strings": "on",
}
# Set after connecting instead of at login: a pooler refuses, or drops, settings that it does not
# know.
_SET = f"""
    SELECT pg_backend_pid(), {PRESENT},
           array(
               SELECT set_config(name, value, false)
               FROM unnest($1::text[], $2::text[]) AS setting (name, value)
           )
"""  # noqa: S608 - a constant

_STATEMENTS_MAX = 32

_LOOKS = 5

# An unknown parameter. (PgBouncer has one code for all its errors, also for temporary ones.)
_OF_THE_URL = (asyncpg.UndefinedObjectError, asyncpg.ClientConfigurationError)
_PARAMETER_OF_POOLER = "unsupported startup parameter"

_RETRY_SECONDS_FIRST = 0.02
_RETRY_SECONDS_MAX = 0.5


# Types below this id are PostgreSQL's own, and the same in every database (FirstNormalObjectId in
# https://www.postgresql.org/docs/current/system-catalog-initial-data.html).
_FIRST_OTHER_TYPE = 16384


class _Asked(NamedTuple):
    """The statement that asked for types, as far as asyncpg looks at it: it may be kept."""

    name: str = "asked before"


_own_types: dict[frozenset[int], list[asyncpg.Record]] = {}


class Connection(asyncpg.Connection):
    """A connection that knows its backend, and its PostgreSQL process also through a pooler."""

    backend_pid = 0
    backend = Backend()

    def get_server_pid(self) -> int:
        """The id of the process that serves the connection."""
        return self.backend_pid

    @property
    def is_pooled(self) -> bool:
        """Whether a pooler answers in place of PostgreSQL."""
        return self.backend_pid != super().get_server_pid()

    async def _introspect_types(
        self,
        typeoids: Iterable[int],
        timeout: float | None,  # noqa: ASYNC109 - asyncpg hands it over
    ) -> tuple[list[asyncpg.Record], object]:
        """What asyncpg has to know of these types; of PostgreSQL's own it is asked for once.

        asyncpg asks on every connection that sends or gets an array, and the query takes longer to
        plan than opening the connection.
        """
        asked = frozenset(typeoids)
        if asked in _own_types:
            return _own_types[asked], _Asked()
        types, statement = await super()._introspect_types(typeoids, timeout)  # type: ignore[misc]
        if max(asked) < _FIRST_OTHER_TYPE:
            _own_types[asked] = types
        return types, statement


async def connect_driver(
    url: str, *, name: str, wait_seconds: float, session: dict[str, str] | None = None
) -> Connection:
    """A connection, opened within `wait_seconds`.

    `name` shows in pg_stat_activity; `session` are settings of the session. Raises the driver's
    errors, or CannotStart if `url` is not a PostgreSQL URL.
    """
    given = parse(url)
    wait_seconds = min(wait_seconds, given.connect_seconds or wait_seconds)
    try:
        connection: Connection = await asyncpg.connect(
            given.dsn,
            timeout=wait_seconds,
            connection_class=Connection,
            # Queries that name many partitions are long, and planning them takes longer than
            # executing: statements of any length are prepared. But each plan can take megabytes of
            # PostgreSQL's memory.
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
        if row[1]:
            connection.backend = Citus()
    except BaseException:
        connection.terminate()
        raise
    return connection


Connector = Callable[[], Awaitable[Connection]]


def connector(
    url: str, *, name: str, wait_seconds: float, session: dict[str, str] | None = None
) -> Connector:
    """Opens connections; the arguments are as for `connect_driver`."""
    return partial(connect_driver, url, name=name, wait_seconds=wait_seconds, session=session)


async def check_sessions(connection: Connection, url: str, wait_seconds: float) -> None:
    """Returns if each connection has its own session, as far as can be seen.

    Raises SessionsShared if a pooler shares sessions: then settings of one session affect others,
    locks belong to nobody, and prepared statements disappear.
    """
    if not connection.is_pooled:
        return
    other = await connect_driver(url, name="sessions", wait_seconds=wait_seconds)
    try:
        for _ in range(_LOOKS):
            # One after another, each in its own transaction: a pooler that shares sessions gives
            # both the same one.
            processes = [
                await each.fetchval("SELECT pg_backend_pid()") for each in (connection, other)
            ]
            if processes != [connection.backend_pid, other.backend_pid] or len(set(processes)) == 1:
                raise SessionsShared(SHARED)
    finally:
        await other.close(timeout=wait_seconds)


def _has_no_room(url: str) -> bool:
    """Whether the disk of the socket is too full for PostgreSQL to continue.

    The embedded PostgreSQL has its socket beside its data. It ends when it cannot write its log.
    """
    host = parse_qs(urlsplit(url).query).get("host", [""])[0]
    try:
        disk = os.statvfs(host)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LOG_FILE_BYTES


class Translating:
    """Raises the errors of the driver and PostgreSQL as StorageError.

    With `of_rows` the block sends rows: PostgreSQL's complaints about them are raised as Refused.
    (A class, because each report and find uses it several times: a generator costs more.)
    """

    def __init__(self, *, of_rows: bool) -> None:
        self.of_rows = of_rows

    def __enter__(self) -> None:
        """Has no state, so one instance serves all."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and (raised := self.translation(error)) is not None:
            raise raised from error

    def translation(self, error: BaseException) -> StorageError | None:
        """The StorageError to raise; None if the error is not the driver's."""
        match error:
            case asyncpg.PostgresError():
                return translation(error.sqlstate, str(error), of_rows=self.of_rows)
            case TimeoutError():
                return Unavailable("PostgreSQL did not answer in time")
            # InternalClientError: the connection was lost just before a query began.
            case (
                OSError() | asyncpg.InterfaceError() | asyncpg.InternalClientError() | ValueError()
            ):
                return Unavailable(f"PostgreSQL cannot be reached: {error}")
        return None


_OF_QUERIES, _OF_ROWS = Translating(of_rows=False), Translating(of_rows=True)


def driver_errors(*, of_rows: bool = False) -> Translating:
    """A context manager: see Translating."""
    return _OF_ROWS if of_rows else _OF_QUERIES


async def with_retry(
    attempt: Callable[[], Awaitable[T]], wait_seconds: float, *, waiter: str | None = None
) -> T:
    """The result of `attempt`, repeated while PostgreSQL is unavailable.

    Raises Unavailable after `wait_seconds`, and any other error at once. Metrics record the wait of
    each `waiter`.
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
    """The result of `work`. Raises Unavailable if it takes longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise Unavailable("PostgreSQL did not answer in time") from error


def backoff() -> Iterator[float]:
    """Endless waits between attempts, in seconds: short at first, then longer."""
    pause = _RETRY_SECONDS_FIRST
    while True:
        yield pause
        pause = min(pause * 2, _RETRY_SECONDS_MAX)
