"""Translates PostgreSQL's errors by their SQLSTATE, and says what to do about them."""

import logging

from incidents.core.errors import (
    DiskFull,
    LoginRefused,
    NeedsOperator,
    NoPartition,
    NoPrivilege,
    OutOfTime,
    ReadOnly,
    Refused,
    SessionsShared,
    StorageError,
    Unavailable,
)

log = logging.getLogger(__name__)

# SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)
_QUERY_CANCELED = "57014"
_DISK_FULL = "53100"
_CHECK_VIOLATION = "23514"  # the table has no CHECK: this is "no partition found for row"
# data exception, integrity constraint violation, program limit exceeded
_OF_THE_ROW = ("22", "23", "54")

# Syntax error or access rule violation, and feature not supported: the statement is wrong, or wrong
# at this moment, as when a partition was just dropped.
_OF_THE_STATEMENT = ("42", "0A")
_NO_PRIVILEGE = "42501"
_READ_ONLY = "25006"
_OF_THE_LOGIN = ("28", "3D")  # invalid authorization, no such database
# A prepared statement that was made is not there, or one is that was not made.
_OF_ANOTHER_SESSION = ("26000", "42P05")

SHARED = (
    "a pooler gives each transaction another session: have it pool sessions (PgBouncer: "
    "pool_mode = session), or give the database URL of PostgreSQL itself"
)


def translation(sqlstate: str | None, message: str, *, of_rows: bool) -> StorageError:
    """The StorageError for an error of PostgreSQL."""
    if sqlstate is None:
        return Unavailable(f"PostgreSQL: {message}")
    if of_rows and sqlstate.startswith(_OF_THE_ROW) and sqlstate != _CHECK_VIOLATION:
        return Refused(f"PostgreSQL refused it: {message}")
    return _by_state(sqlstate, message)


def _by_state(sqlstate: str, message: str) -> StorageError:
    if sqlstate == _QUERY_CANCELED:
        return OutOfTime(message)
    if sqlstate == _DISK_FULL:
        return disk_full()
    if sqlstate == _CHECK_VIOLATION:
        return NoPartition(message)
    return _for_the_operator(sqlstate, message) or _away(sqlstate, message)


def _away(sqlstate: str, message: str) -> Unavailable:
    if sqlstate.startswith(_OF_THE_STATEMENT):
        # Logged, because a retry would hide it.
        log.warning("PostgreSQL refused a statement, it may be tried again: %s", message)
    return Unavailable(f"PostgreSQL: {message}")


def _for_the_operator(sqlstate: str, message: str) -> NeedsOperator | None:
    """The error for what PostgreSQL refuses until an operator changes something; it says what."""
    if sqlstate == _NO_PRIVILEGE:
        return NoPrivilege(f"PostgreSQL: {message}. docs/how-to/least-privilege.md has the grants")
    if sqlstate == _READ_ONLY:
        return ReadOnly(
            f"PostgreSQL is read-only ({message}): give the URL of the primary, "
            "or set default_transaction_read_only to off"
        )
    if sqlstate in _OF_ANOTHER_SESSION:
        return SessionsShared(f"{SHARED} ({message})")
    if sqlstate.startswith(_OF_THE_LOGIN):
        return LoginRefused(f"PostgreSQL: {message}. Check the database URL, and pg_hba.conf")
    return None


def disk_full() -> DiskFull:
    """The error for a full disk under PostgreSQL."""
    return DiskFull("the disk under PostgreSQL is full: try again when there is room on it")
