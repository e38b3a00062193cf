"""Whether the database lets this program migrate tables and store reports."""

import asyncio
from time import monotonic

import asyncpg

from incidents.core.errors import NoPrivilege, ReadOnly
from incidents.db.driver import Connection, connect_driver, driver_errors, in_time
from incidents.db.names import ID_SEQUENCE, LAST_ID
from incidents.db.partitions import list_partitions
from incidents.db.revision import check_revision, current_revision

_MAY_CHANGE = """
    SELECT quote_ident(current_user) AS role, quote_ident(current_schema()) AS schema,
           current_setting('search_path') AS path, pg_is_in_recovery() AS standby,
           current_setting('transaction_read_only') = 'on' AS read_only,
           coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create
"""


async def check_may_change(driver: asyncpg.Connection) -> None:
    """Returns if tables can be created. Raises NeedsOperator, which says what to change."""
    found = await driver.fetchrow(_MAY_CHANGE)
    assert found is not None
    if found["standby"]:
        raise ReadOnly("this PostgreSQL is a standby: give the database URL of its primary")
    if found["read_only"]:
        raise ReadOnly(
            f"the database is read-only for {found['role']} (default_transaction_read_only is on): "
            f"ALTER ROLE {found['role']} SET default_transaction_read_only = off"
        )
    if found["schema"] is None:
        raise NoPrivilege(
            f"the search_path of {found['role']} leads to no schema that it may use (it is "
            f"{found['path'] or 'empty'!r}): ALTER ROLE {found['role']} SET search_path = public, "
            f"and GRANT USAGE, CREATE ON SCHEMA public TO {found['role']}"
        )
    if not found["may_create"]:
        raise NoPrivilege(
            f"{found['role']} may not make tables in the schema {found['schema']}: as its owner, "
            f"GRANT CREATE ON SCHEMA {found['schema']} TO {found['role']}, or run "
            "`incidents migrate` as a role that may"
        )


# The privileges on each table, as granted in docs/how-to/least-privilege.md. (An INSERT through a
# partitioned table needs no privilege on its partitions.)
_NEEDED = {
    "incidents": ("SELECT", "INSERT", "DELETE"),
    "incidents_keys": ("SELECT",),
    "incidents_settled": ("SELECT", "UPDATE"),
    "incidents_blocks": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_block_groups": ("SELECT", "INSERT"),
    "incidents_words": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_numbers": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_groups": ("SELECT", "INSERT", "DELETE"),
    "incidents_group_changes": ("SELECT", "INSERT", "DELETE"),
    "incidents_saved_queries": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_clock": ("SELECT", "UPDATE"),
    "incidents_idempotency_keys": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_rules": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_rule_states": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_rule_history": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_mutes": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_rules_position": ("SELECT", "UPDATE"),
    "incidents_imported": ("SELECT", "INSERT", "DELETE"),
    "incidents_rejected": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"),
    "incidents_channels": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "incidents_notifications": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}
_NEEDED_ROWS = ", ".join(
    f"('{table}', '{privilege}')" for table, each in _NEEDED.items() for privilege in each
)
# Only the table's owner can create partitions.
_MAY_STORE = f"""
    SELECT pg_is_in_recovery() AS standby,
           current_setting('transaction_read_only') = 'on' AS read_only,
           array(
               SELECT format('%s on the table %s', privilege, name)
               FROM (VALUES {_NEEDED_ROWS}) AS needed (name, privilege)
               WHERE NOT has_table_privilege(name, privilege)
           ) AS lacking,
           has_sequence_privilege('{ID_SEQUENCE}', 'USAGE') AS may_take_ids,
           pg_has_role(relowner, 'USAGE') AND has_schema_privilege(relnamespace, 'CREATE')
               AS may_make_partitions
    FROM pg_class WHERE oid = 'incidents'::regclass
"""  # noqa: S608 - a constant

_EVERY_SECONDS = 1.0


class Fitness:
    """Whether a report could be stored now, checked at most once a second.

    It opens a connection of its own with the first check, so that it neither waits nor makes others
    wait.
    """

    def __init__(self, url: str, wait_seconds: float) -> None:
        self._url = url
        self._wait_seconds = wait_seconds
        self._held: Connection | None = None
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = 0.0
        self._partitions_end = 0  # the next ids, below this one, have a partition

    async def check(self) -> None:
        """Returns if a report could be stored, as of a second ago at most.

        Raises StorageError with a reason that can be shown.
        """
        if self._asking is None or (
            self._asking.done() and monotonic() >= self._asked_at + _EVERY_SECONDS
        ):
            self._asked_at = monotonic()
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_forgive)
        await asyncio.shield(self._asking)

    async def close(self) -> None:
        """Returns when no check is in flight and the connection is closed."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
        self._drop()

    async def _ask(self) -> None:
        try:
            with driver_errors():
                await in_time(self._look(), self._wait_seconds)
        except BaseException:
            self._drop()
            raise

    async def _look(self) -> None:
        if self._held is None or self._held.is_closed():
            self._held = await connect_driver(
                self._url, name="ready", wait_seconds=self._wait_seconds
            )
        check_revision(await current_revision(self._held))
        found = await self._held.fetchrow(_MAY_STORE)
        assert found is not None
        if found["standby"] or found["read_only"]:
            raise ReadOnly("PostgreSQL is read-only")
        if lacking := _lacking(found):
            raise _no_privilege(lacking)
        if not await self._has_partition(self._held) and not found["may_make_partitions"]:
            raise _no_privilege(
                "the next ids have no partition, and only the owner of the table incidents, with "
                "CREATE on its schema, can make one"
            )

    async def _has_partition(self, driver: Connection) -> bool:
        """Whether the next id has a partition. Reads the list only if that is not known yet."""
        next_id = await driver.fetchval(LAST_ID) + 1
        if next_id >= self._partitions_end:
            there = await list_partitions(driver)
            self._partitions_end = max(
                (each.end for each in there if each.start <= next_id < each.end), default=0
            )
        return bool(next_id < self._partitions_end)

    def _drop(self) -> None:
        if self._held is not None:
            self._held.terminate()
            self._held = None


def _lacking(found: asyncpg.Record) -> str:
    """The missing privileges, in words; empty if none is missing."""
    lacking = list(found["lacking"])
    if not found["may_take_ids"]:
        lacking.append(f"USAGE on the sequence {ID_SEQUENCE}")
    return ", ".join(lacking)


def _no_privilege(lacking: str) -> NoPrivilege:
    said = f"the server's role lacks what it needs to store: {lacking}"
    return NoPrivilege(said, shown=f"{said}. docs/how-to/least-privilege.md has the grants")


def _forgive(asking: asyncio.Task[None]) -> None:
    """Ignores the error of a check whose callers have all left."""
    if not asking.cancelled():
        asking.exception()
