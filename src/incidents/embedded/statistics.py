"""Collects the planner's statistics again after PostgreSQL's version changed."""

import logging
import threading
from pathlib import Path

from incidents.core.errors import CannotStart, StorageError
from incidents.db.driver import connect_driver, driver_errors
from incidents.support.directory import Directory
from incidents.support.run import run

log = logging.getLogger(__name__)

# A file in the data directory: the version of PostgreSQL that collected them last.
_FILE = "analyzed-by"
_WAIT_SECONDS = 60

# Only partitions: ANALYZE of a partitioned table takes a lock for which new partitions, and reports
# behind them, would wait.
_TABLES = """
    SELECT string_agg(oid::regclass::text, ', ' ORDER BY oid DESC)
    FROM pg_class
    WHERE relkind = 'r' AND relpersistence <> 't' AND relnamespace = 'public'::regnamespace
"""


def collect_after_new_version(data: Path, url: str) -> threading.Thread:
    """Returns at once. A thread runs ANALYZE if another version did so last.

    An error is logged, and the next start tries again.
    """
    thread = threading.Thread(target=_collect, args=(data, url), daemon=True)
    thread.start()
    return thread


def _collect(data: Path, url: str) -> None:
    try:
        with Directory.opened(data) as directory:
            version = run(_analyze(url, _collected_by(directory)))
            if version is not None:
                directory.write(_FILE, version)
    except (CannotStart, StorageError, OSError) as error:
        log.info("the statistics were not collected: %s", error)


def _collected_by(directory: Directory) -> str | None:
    try:
        return directory.read(_FILE)
    except OSError:
        return None


async def _analyze(url: str, before: str | None) -> str | None:
    """The version of PostgreSQL that collected them now; None if nothing had to be done."""
    with driver_errors():
        connection = await connect_driver(url, name="statistics", wait_seconds=_WAIT_SECONDS)
        try:
            version = str(await connection.fetchval("SHOW server_version"))
            if version == before:
                return None
            if tables := await connection.fetchval(_TABLES):
                await connection.execute(f"ANALYZE {tables}")
            return version
        finally:
            await connection.close(timeout=_WAIT_SECONDS)
