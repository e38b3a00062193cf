"""Builds, opens and closes all parts of a worker, in order."""

import asyncio
import sys
from http import HTTPStatus

from incidents import __version__
from incidents.auth.keyring import Keyring
from incidents.core.incident import Body
from incidents.core.json_text import INTEGER_DIGITS_MAX
from incidents.db.driver import connector
from incidents.db.partitions import Partitions
from incidents.db.pool import ConnectionPool
from incidents.db.readiness import Fitness
from incidents.db.stream.following import Following
from incidents.groups.filling import Filling
from incidents.groups.learning import Learning
from incidents.groups.states import GroupStates
from incidents.ingest import store
from incidents.ingest.gin_flusher import PendingList
from incidents.ingest.idempotency_expiry import IdempotencyExpiry
from incidents.ingest.idempotency_key import RequestKey
from incidents.ingest.idempotency_store import IdempotencyKeys
from incidents.ingest.service import Intake
from incidents.ingest.store import Store
from incidents.live_tail.tail import Tail
from incidents.maintenance.retention import Retention
from incidents.notifications.channel_store import ChannelStore
from incidents.notifications.delivery import Delivery
from incidents.notifications.outbox import Outbox, enqueue
from incidents.notifications.senders.senders import Senders
from incidents.rejected.recorder import Recorder
from incidents.rules.evaluator import Evaluator
from incidents.rules.store import RulesTable
from incidents.rules.trial import Trials
from incidents.saved_queries.store import SavedQueries
from incidents.search import session
from incidents.search.counts.counting import Counting
from incidents.search.group_search import GroupSearch
from incidents.search.indexing import Indexing
from incidents.search.readings import Readings
from incidents.search.search import Search
from incidents.search.settling import Settling
from incidents.support.logs import log_counted
from incidents.support.metrics.metrics import WORKER_STARTS, WORKERS
from incidents.support.parsing_process import Parser
from incidents.support.settings import TAIL_CONNECTIONS, Settings

# How often the gauges are updated, which other workers read for /metrics.
_MEASURE_SECONDS = 1


# PostgreSQL's work_mem for a search: the bitmaps of a partition stay exact instead of having a bit
# for each page.
_SEARCH_WORK_MEM_MIB = 64


class Runtime:
    """All parts of one worker. Needs a running event loop.

    PostgreSQL may be unavailable at any time, at the start too: connections are opened when they
    are needed, and whatever needs one waits.
    """

    def __init__(self, settings: Settings, database_url: str) -> None:
        # The hash must not depend on PYTHONINTMAXSTRDIGITS.
        sys.set_int_max_str_digits(INTEGER_DIGITS_MAX)
        self.settings = settings
        wait_seconds = settings.database_wait_seconds
        writing = connector(
            database_url,
            name="intake",
            wait_seconds=wait_seconds,
            # A batch whose clients got a 503 must not be stored later. And a worker that hangs in a
            # transaction must not keep its locks.
            session={
                "statement_timeout": f"{max(1, round(wait_seconds * 1000))}ms",
                "idle_in_transaction_session_timeout": f"{max(1, round(wait_seconds * 1000))}ms",
                **store.SESSION,
            },
        )
        reading = connector(
            database_url,
            name="search",
            wait_seconds=wait_seconds,
            session={
                **session.SESSION,
                "default_transaction_read_only": "on",
                "work_mem": f"{_SEARCH_WORK_MEM_MIB}MB",
                # PostgreSQL also cancels a query when the worker has disconnected.
                "client_connection_check_interval": "500ms",
            },
        )
        tailing = connector(
            database_url,
            name="tail",
            wait_seconds=wait_seconds,
            session={
                "default_transaction_read_only": "on",
                "statement_timeout": f"{max(1, round(wait_seconds * 1000))}ms",
                "jit": "off",
                "plan_cache_mode": "force_custom_plan",
            },
        )
        self._partitions = Partitions(writing, settings.partition_ids, wait_seconds)
        self._readers = ConnectionPool(
            reading,
            settings.search_connections,
            wait_seconds,
            settings.search_stagger_seconds,
            lambda: self.intake.is_busy,
        )
        pending = PendingList(ConnectionPool(writing, 1, wait_seconds))
        self._store = Store(writing, self._partitions, pending)
        self._keys = IdempotencyKeys(
            writing, self._partitions, pending, settings.idempotency_seconds
        )
        self.parser = Parser()
        self.intake = Intake(settings, self._store, self._keys, self.parser)
        readings, counting = Readings(self._readers), Counting(self._readers)
        self.search = Search(settings, readings, counting)
        self.groups = GroupSearch(settings, readings, counting, self.parser)
        self.group_states = GroupStates(settings, database_url)
        self._followers = ConnectionPool(tailing, TAIL_CONNECTIONS, wait_seconds)
        self._following = Following(self._followers, wait_seconds)
        self.tail = Tail(settings, self._following, lambda: self.intake.is_busy)
        self.keyring = Keyring(settings, database_url)
        self.recorder = Recorder(settings, database_url)
        self.rules = RulesTable(settings, database_url)
        self.trials = Trials(self._following, settings.page_address)
        self._evaluator = Evaluator(
            settings, database_url, self._following, enqueue, self._store_once
        )
        self.fitness = Fitness(database_url, wait_seconds)
        self.retention = Retention(settings, database_url)
        self._expiry = IdempotencyExpiry(settings, database_url)
        self._settling = Settling(settings, database_url)
        self._indexing = Indexing(settings, database_url, self.parser, lambda: self.intake.is_busy)
        self._learning = Learning(settings, database_url)
        self._filling = Filling(settings, database_url, self.parser)
        managing = connector(
            database_url,
            name="manage",
            wait_seconds=wait_seconds,
            session={"statement_timeout": f"{max(1, round(wait_seconds * 1000))}ms"},
        )
        self.channels = ChannelStore(managing, wait_seconds, settings.signature_key_path)
        self.outbox = Outbox(managing, wait_seconds)
        self.saved_queries = SavedQueries(managing, wait_seconds, settings.nesting_levels_max)
        self.senders = Senders(settings)
        self._delivery = Delivery(settings, database_url, self.senders)
        self._jobs = (
            *(self.retention, self._expiry, self._settling, self._indexing),
            *(self._learning, self._filling, self._delivery, self._evaluator),
        )
        self._measuring: asyncio.Task[None] | None = None

    async def open(self, *, with_jobs: bool = True) -> None:
        """Returns when reports are accepted. Without its jobs, they are left to other workers."""
        self.keyring.open()
        self.intake.open()
        self.recorder.open()
        for job in self._jobs if with_jobs else ():
            job.open()
        WORKER_STARTS.add(1)
        self._measuring = asyncio.create_task(self._measure_again_and_again())

    async def _store_once(self, headers: str, body: str, identity: bytes) -> None:
        """Returns when an incident of the server's own is on disk, once for that identity."""
        with self.intake.permit():
            await self.intake.store_once(RequestKey(identity), headers, Body(body), HTTPStatus.OK)

    def measure(self) -> None:
        """Updates the gauges for /metrics."""
        WORKERS.set(1, __version__)
        self.intake.measure()
        self.search.measure()
        self.tail.measure()
        self.keyring.measure()

    async def _measure_again_and_again(self) -> None:
        while True:
            self.measure()
            log_counted()
            await asyncio.sleep(_MEASURE_SECONDS)

    async def close(self) -> None:
        """Returns when everything accepted is completed and all connections are closed."""
        self.tail.end()
        for job in self._jobs:
            await job.close()
        await self.channels.close()
        await self.outbox.close()
        await self.saved_queries.close()
        await self.group_states.close()
        await self.intake.close()
        await self.parser.close()
        await self.tail.close()
        await self.recorder.close()
        await self.rules.close()
        await self.keyring.close()
        await self.fitness.close()
        await self._partitions.close()
        await self._keys.close()
        await self._store.close()
        await self._readers.close()
        await self._followers.close()
        if self._measuring is not None:
            self._measuring.cancel()
        log_counted(all_=True)
