"""The database of a command: a given one, or the embedded one."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from incidents.auth.key_table import KeysNow, KeyTable
from incidents.core.errors import CannotStart, NeedsOperator, Unavailable
from incidents.db.driver import with_retry
from incidents.db.durability import lapses
from incidents.db.revision import HEAD, check_revision, is_ready, revision_of
from incidents.embedded.postgresql import Embedded
from incidents.embedded.supervisor import supervised
from incidents.support.run import run
from incidents.support.settings import Settings

T = TypeVar("T")


def lapses_of(settings: Settings, url: str) -> list[str]:
    """Settings that make this PostgreSQL unsafe, as from `lapses`. Raises StorageError."""
    with _told():
        return run(lapses(url, settings.database_wait_seconds))


@contextmanager
def _told() -> Iterator[None]:
    """Raises CannotStart for errors of PostgreSQL; Unavailable if another attempt may help."""
    try:
        yield
    except (NeedsOperator, Unavailable) as error:
        kind = CannotStart if isinstance(error, NeedsOperator) else Unavailable
        raise kind(f"the database cannot be used: {error}") from error


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of a PostgreSQL that runs until the end of the block. Raises CannotStart."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with started(embedded_of(settings)) as embedded:
        yield embedded.url


@contextmanager
def existing_database(settings: Settings) -> Iterator[str]:
    """As `database`, for one that has incidents already: nothing is created or migrated.

    Raises CannotStart if there is none; Unavailable if it cannot be reached, or has another
    revision.
    """
    if settings.database_url is None:
        check_made(settings)
    with database(settings) as url:
        check_revision(run(revision_of(url, settings.database_wait_seconds)))
        yield url


def embedded_of(settings: Settings) -> Embedded:
    """The embedded PostgreSQL of the settings, not started yet."""
    return Embedded(settings.data, settings.embedded_start_seconds, settings.embedded_connections)


@contextmanager
def started(embedded: Embedded) -> Iterator[Embedded]:
    """Runs it until the end of the block. Raises CannotStart."""
    try:
        embedded.start()
        with supervised(embedded):
            yield embedded
    finally:
        embedded.stop()


def check_made(settings: Settings) -> None:
    """Returns if the data directory has a database. Raises CannotStart."""
    if not embedded_of(settings).is_made:
        raise CannotStart(
            f"there are no incidents in {settings.data.expanduser().absolute()}: choose another "
            "database with --data or --database-url"
        )


def migrate_database(
    settings: Settings, url: str, *, to: str = HEAD, may_lose_data: bool = False
) -> tuple[str | None, str | None]:
    """The revisions before and after. Waits for an unavailable PostgreSQL, as reports do.

    Raises CannotStart, and Unavailable if it was unavailable for too long.
    """

    async def is_at_head() -> bool:
        with _told():
            return await is_ready(url, settings.database_wait_seconds)

    async def work() -> tuple[str | None, str | None]:
        at_head = await with_retry(is_at_head, settings.database_wait_seconds)
        if to == HEAD and at_head:
            return HEAD, HEAD
        # Imported here: if the database is migrated already, SQLAlchemy and Alembic are not loaded,
        # and the start is faster.
        from incidents.db.migrate import migrate  # noqa: PLC0415

        return await migrate(
            url,
            wait_seconds=settings.database_wait_seconds,
            statement_seconds=settings.migrate_statement_seconds,
            to=to,
            may_lose_data=may_lose_data,
        )

    with _told():
        return run(work())


def with_keys(settings: Settings, url: str, work: Callable[[KeyTable], Awaitable[T]]) -> T:
    """The result of `work` with the keys of a database. Raises StorageError, CannotStart."""

    async def with_table() -> T:
        table = KeyTable(url, settings.database_wait_seconds)
        try:
            return await work(table)
        finally:
            await table.close()

    with _told():
        return run(with_table())


def keys_of(settings: Settings, url: str) -> KeysNow:
    """The keys of a migrated database. Raises CannotStart."""
    return with_keys(settings, url, lambda table: table.now())
