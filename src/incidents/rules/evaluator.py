"""Of all workers one evaluates the rules: who holds a lock of PostgreSQL."""

import asyncio
import logging

from incidents.core.errors import StorageError
from incidents.db.periodic_job import PeriodicJob, advisory_lock
from incidents.db.stream.following import Following
from incidents.rules.journal import Enqueue, Journal
from incidents.rules.own_incidents import OwnIncidents, StoreOnce
from incidents.rules.recorder import measure_nothing
from incidents.rules.turn import Turn
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# Any fixed number that no other program would choose: "incu" in ASCII.
_LOCK_KEY = 0x696E6375

# How often a worker tries to take over. PostgreSQL ends the session of an evaluator that is silent
# for longer than the idle time, and then the lock is free: together less than ten seconds.
_TAKE_OVER_SECONDS = 2.0
_SESSION = {
    "idle_session_timeout": "7s",
    "idle_in_transaction_session_timeout": "7s",
    "statement_timeout": "60s",
    "synchronous_commit": "on",
    "jit": "off",
}


class Evaluator:
    """Runs from `open` to `close`; of all workers one evaluates."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        following: Following,
        enqueue: Enqueue,
        store_once: StoreOnce,
    ) -> None:
        self._settings = settings
        self._url = url
        self._following = following
        self._enqueue = enqueue
        self._store_once = store_once
        self._parser = Parser()
        self._job = PeriodicJob(self._run, every_seconds=_TAKE_OVER_SECONDS, failed=_tell)

    def open(self) -> None:
        """Begins to evaluate, or to wait for its turn."""
        self._job.open()

    async def close(self) -> None:
        """Returns when it has stopped; another worker continues."""
        await self._job.close()
        await self._parser.close()

    async def _run(self) -> None:
        """Evaluates for as long as the connection holds the lock. Raises StorageError."""
        try:
            async with advisory_lock(
                self._url,
                name="rules",
                key=_LOCK_KEY,
                wait_seconds=self._settings.database_wait_seconds,
                session=_SESSION,
            ) as connection:
                if connection is None:
                    return
                turn = Turn(
                    Journal(connection, self._enqueue),
                    OwnIncidents(connection, self._store_once),
                    self._following,
                    self._parser,
                    self._settings,
                )
                while True:  # noqa: ASYNC110 - a step says how long to wait for the next one
                    await asyncio.sleep(await turn.step())
        except StorageError:
            raise
        except Exception:
            log.exception("the evaluation of rules met an unknown error; it begins anew")
        finally:
            measure_nothing()


def _tell(error: StorageError) -> None:
    log.warning("rules are not evaluated, which will be retried: %s", error)
