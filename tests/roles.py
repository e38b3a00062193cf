"""Roles of PostgreSQL for a test: none is left behind."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.sql import rows_of, run_sql


def as_role(url: str, role: str) -> str:
    """The same database, for another role (of the password x, where one is asked for)."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:x@{host}"))


@contextmanager
def roles(url: str, *names: str) -> Iterator[list[str]]:
    """A role for each of the names, which only this test has, until the end of the block."""
    ((database,),) = rows_of(url, "SELECT current_database()")
    made = [f"{database}_{name}" for name in names]
    run_sql(url, *(f"CREATE ROLE {role} LOGIN PASSWORD 'x'" for role in made))
    try:
        yield made
    finally:
        for role in made:
            with suppress(asyncpg.UndefinedObjectError):
                run_sql(url, f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")
