"""The database of a command: the one it was given, or the embedded one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from incidents.errors import CannotStart, Unavailable
from incidents.settings import Settings
from incidents.storage.embedded import Embedded
from incidents.storage.engine import connect
from incidents.storage.migrate import HEAD, migrate


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of a PostgreSQL that runs until the end of the block. Raises CannotStart."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    embedded = Embedded(settings.data, settings.embedded_start_seconds)
    try:
        embedded.start()
        yield embedded.url
    finally:
        embedded.stop()


def migrate_database(
    settings: Settings, url: str, *, to: str = HEAD, may_lose_data: bool = False
) -> tuple[str | None, str | None]:
    """The revisions before and after. Raises CannotStart."""

    async def run() -> tuple[str | None, str | None]:
        engine = connect(
            url,
            name="migrate",
            connections=1,
            wait_seconds=settings.database_wait_seconds,
            isolation="READ COMMITTED",
        )
        try:
            return await migrate(
                engine,
                lock_seconds=settings.migrate_lock_seconds,
                statement_seconds=settings.migrate_statement_seconds,
                to=to,
                may_lose_data=may_lose_data,
            )
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except Unavailable as error:
        raise CannotStart(f"the database cannot be used: {error}") from error
