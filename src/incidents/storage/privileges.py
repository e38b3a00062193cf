"""What the role of a connection may do, asked before it is tried."""

import asyncpg

from incidents.errors import NoPrivilege, ReadOnly

_MAY_CHANGE = """
    SELECT quote_ident(current_user) AS role, quote_ident(current_schema()) AS schema,
           current_setting('search_path') AS path, pg_is_in_recovery() AS standby,
           current_setting('transaction_read_only') = 'on' AS read_only,
           coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create
"""


async def check_may_change(driver: asyncpg.Connection) -> None:
    """Returns when tables can be made here. Raises NeedsOperator, which says what to change."""
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
