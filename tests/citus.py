"""Databases on a real Citus for tests, spread over its machines.

INCIDENTS_TEST_CITUS_URL is the URL of a database on its coordinator, as a superuser; the extension
is in it and the machines are known to it. A new database is needed on each machine, and knows
nothing of the others. So one is prepared once, and then cloned on every machine: what Citus keeps
of the machines is in the clones, too, and is right there. That takes seconds; so a migrated one
is used again and again, and emptied after each test.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Self

import asyncpg
import pytest

from incidents.cli.parts.database import migrate_database
from incidents.support.settings import Settings
from tests.sql import at_database, rows_of, run_sql

# Read before a fixture takes all such variables away.
URL = os.environ.get("INCIDENTS_TEST_CITUS_URL")

needed = pytest.mark.skipif(
    URL is None,
    reason="INCIDENTS_TEST_CITUS_URL names no Citus: the URL of a database on its coordinator",
)

# These are run twice where there is a Citus: the second time on it.
FILES = (
    "test_bulk",
    "test_compensating_delete",
    "test_export_import",
    "test_fields",
    "test_find",
    "test_find_by_query",
    "test_get_incident",
    "test_groups",
    "test_groups_stored",
    "test_intake",
    "test_keys",
    "test_page",
    "test_partitions",
    "test_problems",
    "test_retention",
    "test_rule_evaluation",
    "test_search_oracle",
    "test_search_times",
    "test_status",
    "test_stream",
    "test_tail",
    "test_timeline",
    "test_values",
    "test_values",
    "test_verify",
)

# But these, of what a single PostgreSQL has; tests/test_cluster.py has what a cluster has instead.
NOT_THERE = {
    # Citus detaches no partition concurrently.
    "test_reports_and_searches_do_not_wait_while_a_partition_is_detached",
    "test_what_was_interrupted_is_ended_by_the_next",
    # There a batch has a transaction on each machine.
    "test_what_arrives_together_shares_one_commit",
    # These wait for the answer to the INSERT, which is a commit without a cluster only.
    "test_a_report_that_was_refused_after_its_commit_is_taken_back",
    "test_what_cannot_be_taken_back_before_the_end_is_said",
    # There are no triggers on a table that is spread.
    "test_a_commit_that_comes_late_is_taken_back",
    # There each window is of the moment when it is read.
    "test_it_is_one_snapshot_behind_a_gap_too",
    # Nothing is settled there.
    "test_blocks_go_with_the_partitions_that_they_are_in",
    "test_a_block_keeps_the_times_of_what_is_in_it",
    "test_a_report_whose_block_was_settled_meanwhile_gets_a_new_id",
    "test_settling_waits_for_who_is_storing",
    "test_what_is_kept_of_settled_blocks_says_the_same",
    "test_settled_blocks_are_counted_by_what_is_kept_of_them",
    "test_a_running_server_says_what_it_has",
    "test_full_partitions_are_estimated_once_postgresql_knows_them",
    # A second or less must be enough for a commit.
    "test_postgresql_away_ends_the_request_and_says_from_which_line_on",
    "test_a_postgresql_that_does_not_answer_is_503_too",
    "test_postgresql_away_for_longer_than_the_wait_is_503_and_nothing_is_stored",
    "test_reports_with_time_left_are_stored_though_older_ones_failed",
    "test_while_the_keys_cannot_be_read_for_too_long_nobody_gets_in",
}

KIND = "citus"
KINDS = ("postgresql", pytest.param(KIND, marks=[pytest.mark.citus, pytest.mark.timeout(900)]))

# The partitions, whatever a test called them, and those that it detached.
_TABLES = r"""
    SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'incidents'::regclass
    UNION SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^incidents_\d+$'
"""
# What is not one row that is always there.
_LISTS = r"""
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relname ~ '^incidents_' AND relname <> ALL (ARRAY[
        'incidents_alembic_version', 'incidents_clock', 'incidents_generation',
        'incidents_rules_position', 'incidents_settled'
    ])
"""
_RESET = (
    "UPDATE incidents_settled SET below = 0, groups_below = 0, groups_full = false",
    """
    UPDATE incidents_clock SET seen_at = NULL, waits_until = NULL, stopped_at = NULL,
        reason = NULL, confirmed_at = NULL
    """,
    """
    UPDATE incidents_rules_position SET version = 0, position = '0', clock = now(),
        alive_at = now(), downtimes = '{}'
    """,
)
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
        AND application_name NOT LIKE 'citus%' AND pid <> pg_backend_pid()
"""
_TRIES_MAX = 5

_numbers = itertools.count(1)


def is_for(test: Callable[..., object]) -> bool:
    """Whether the test holds on Citus as well, and there is one."""
    if URL is None or test.__name__ in NOT_THERE:
        return False
    return test.__module__.rpartition(".")[2] in FILES


def is_asked_for(request: pytest.FixtureRequest) -> bool:
    """Whether this run of the test is the one on Citus."""
    return getattr(request, "param", None) == KIND


class Citus:
    """The cluster, and databases on it: two that are migrated, and one to clone with nothing in it.

    One of the two is for a test, the other one for what tests of a module share.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._empty = f"incidents_{os.getpid()}_empty"
        self._migrated = f"incidents_{os.getpid()}_migrated"
        self._shared = f"incidents_{os.getpid()}_shared"

    def __enter__(self) -> Self:
        """Makes them."""
        self._everywhere(f"CREATE DATABASE {self._empty}")
        self.connect_machines(at_database(self._url, self._empty))
        self._close(self._empty)
        for name in (self._migrated, self._shared):
            self._clone(name)
            migrate_database(Settings(), at_database(self._url, name))
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self._migrated, self._shared, self._empty):
            self._drop(name)

    def database(self, *, shared: bool = False) -> Iterator[str]:
        """The URL of a migrated database, which is as new."""
        name = self._shared if shared else self._migrated
        url = at_database(self._url, name)
        with pytest.MonkeyPatch.context() as patch:
            # What a few machines agree upon takes them longer.
            patch.setenv("INCIDENTS_DATABASE_WAIT_SECONDS", "60")
            yield url
        run_sql(
            url,
            _END_OTHERS,
            "SELECT recover_prepared_transactions()",
            *(f"DROP TABLE {table}" for (table,) in rows_of(url, _TABLES)),
        )
        run_sql(
            url,
            "ALTER SEQUENCE incidents_id_seq RESTART",
            *(f"DELETE FROM {table}" for (table,) in rows_of(url, _LISTS)),
            *_RESET,
            f"ALTER DATABASE {name} RESET ALL",
        )

    def empty_database(self) -> Iterator[str]:
        """The URL of a database with nothing but the extension in it."""
        name = f"incidents_{os.getpid()}_{next(_numbers)}"
        self._clone(name)
        yield at_database(self._url, name)
        self._drop(name)

    def bare_database(self) -> Iterator[str]:
        """The URL of a database that is on every machine, and has not even the extension."""
        name = f"incidents_{os.getpid()}_{next(_numbers)}"
        self._everywhere(f"CREATE DATABASE {name} TEMPLATE template0")
        yield at_database(self._url, name)
        self._drop(name)

    def _clone(self, name: str) -> None:
        self._everywhere(f"CREATE DATABASE {name} TEMPLATE {self._empty}")

    def _drop(self, name: str) -> None:
        # One of its users is a process of Citus that was just started.
        command = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        _again_after(asyncpg.ObjectInUseError, lambda: self._everywhere(command))

    def _close(self, name: str) -> None:
        """Nobody may be connected to what is cloned; Citus's own processes are, always."""
        self._everywhere(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self._everywhere(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            f"WHERE datname = '{name}'"
        )

    def connect_machines(self, url: str) -> None:
        """Does in a new database what was done in that of the URL."""
        nodes = rows_of(
            self._url,
            "SELECT nodename, nodeport, groupid FROM pg_dist_node WHERE noderole = 'primary'",
        )
        run_sql(url, "CREATE EXTENSION citus")
        for name, port, group in nodes:
            if group == 0:
                rows_of(url, "SELECT citus_set_coordinator_host($1, $2)", name, port)
                continue
            created = "SELECT success, result FROM master_run_on_worker($1, $2, $3, false)"
            extension = ["CREATE EXTENSION IF NOT EXISTS citus"]
            ((success, result),) = rows_of(url, created, [name], [port], extension)
            assert success, result
            self._add(url, name, port)

    def _add(self, url: str, name: str, port: int) -> None:
        # It writes roles, which are of all databases: a test beside may do so, too.
        add = partial(rows_of, url, "SELECT citus_add_node($1, $2)", name, port)
        _again_after(asyncpg.InternalServerError, add)

    def _everywhere(self, command: str) -> None:
        run_sql(self._url, command)
        done = rows_of(
            self._url, "SELECT nodename, success, result FROM run_command_on_workers($1)", command
        )
        assert all(success for _, success, _ in done), done


def _again_after(error: type[asyncpg.PostgresError], work: Callable[[], object]) -> None:
    """Does it, and again after that error, `_TRIES_MAX` times at most."""
    for tries_left in reversed(range(_TRIES_MAX)):
        try:
            work()
        except error:
            if not tries_left:
                raise
        else:
            return
