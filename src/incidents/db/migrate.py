"""Brings the tables to the revision that this version of the program needs."""

import asyncio
from pathlib import Path
from time import monotonic

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from incidents.core.errors import CannotStart, OutOfTime, Unavailable
from incidents.db.engine import connect, driver_of, translated
from incidents.db.readiness import check_may_change
from incidents.db.revision import BASE, HEAD, ONE_BACK, current_revision

# Any fixed number that no other program would choose: "inci" in ASCII.
_LOCK_KEY = 0x696E6369

# Reports queue behind a migration that waits for a lock.
LOCK_SECONDS_MAX = 10.0

_LOOK_AGAIN_SECONDS = 0.1


async def migrate(
    url: str,
    *,
    wait_seconds: float,
    statement_seconds: float,
    to: str = HEAD,
    may_lose_data: bool = False,
) -> tuple[str | None, str | None]:
    """Returns the revisions (before, after) when the database is at revision `to`.

    `to` may be `-1`: one revision back.

    One process migrates at a time; others wait for it. A statement fails if it does not get its
    lock within ten seconds, so that running servers are not blocked behind it, or if it runs longer
    than `statement_seconds`. Each migration is one transaction.

    Raises CannotStart if the database is unsuitable or newer than this program, or if going to `to`
    loses data without `may_lose_data`; Unavailable if PostgreSQL cannot be reached.
    """
    engine = connect(url, name="migrate", wait_seconds=wait_seconds)
    try:
        with translated():
            async with engine.connect() as connection:
                await _prepare(connection, statement_seconds)
                driver = await driver_of(connection)
                before = await current_revision(driver)
                if before != (None if to == BASE else to):
                    await check_may_change(driver)
                    await connection.run_sync(_run, before, to, may_lose_data)
                if to != BASE:
                    await driver.backend.distribute(driver)
                return before, await current_revision(driver)
    except OutOfTime as error:
        raise CannotStart(f"the migration took longer than it may: {error}") from error
    finally:
        await engine.dispose()  # closing the connection releases the lock


async def _prepare(connection: AsyncConnection, statement_seconds: float) -> None:
    version = int(await connection.scalar(text("SHOW server_version_num")) or 0)
    if version < 140000:  # noqa: PLR2004 - as PostgreSQL numbers its versions
        raise CannotStart(f"PostgreSQL 14 or later is needed; this server is {version // 10000}")
    encoding = await connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise CannotStart(f"the database must have the encoding UTF8; this one has {encoding}")
    driver = await driver_of(connection)
    await driver.backend.check_fit(driver)
    await _lock(connection, statement_seconds)
    await _set(connection, "lock_timeout", LOCK_SECONDS_MAX)
    await _set(connection, "statement_timeout", statement_seconds)
    await connection.commit()


async def _lock(connection: AsyncConnection, seconds: float) -> None:
    """Returns when no other process migrates. Raises Unavailable if that takes too long."""
    # Asked again and again: a statement that waited would have a snapshot, for whose end the other
    # process waits when it builds an index.
    give_up_at = monotonic() + seconds
    key = {"key": _LOCK_KEY}
    while not await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
        await connection.commit()
        if monotonic() >= give_up_at:
            raise Unavailable(f"another process has been migrating for {seconds:g} s")
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _set(connection: AsyncConnection, setting: str, seconds: float) -> None:
    await connection.execute(
        text("SELECT set_config(:setting, :value, false)"),
        {"setting": setting, "value": f"{round(seconds * 1000)}ms"},
    )


def _run(connection: Connection, before: str | None, to: str, may_lose_data: bool) -> None:  # noqa: FBT001
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    known = [script.revision for script in scripts] + [BASE]
    if before is not None and before not in known:
        raise CannotStart(
            f"the database is at revision {before}, which this version of incidents "
            "does not know: use the version that migrated it, or a newer one"
        )
    at = known.index(before or BASE)
    if to == ONE_BACK:
        to = known[min(at + 1, len(scripts))]
    if to not in known:
        raise CannotStart(f"there is no revision {to}; there are {', '.join(reversed(known))}")
    if before is None and inspect(connection).has_table("incidents"):
        raise CannotStart(
            "the database has a table incidents of another program: "
            "give incidents a database of its own"
        )
    connection.commit()  # each migration begins and commits its own transaction
    if known.index(to) > at:
        if not may_lose_data:
            lost = "; ".join(script.doc.rstrip(".") for script in scripts[at : known.index(to)])
            raise CannotStart(
                f"going back from {before} to {to} loses data: {lost}. "
                "Nothing was changed; --lose-data allows it"
            )
        command.downgrade(config, to)
    elif to != BASE:
        command.upgrade(config, to)
