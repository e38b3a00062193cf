"""When the power is cut: one function for each thing that is going on meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from faults.clients import crowd
from faults.power.machine import Machine

_REPORTERS = 8
_FILLING_BYTES_MAX = 2_000
_CHANGES_OF_FIRST_START = 8_000
_CHANGES_OF_START = 300
_CHANGES_UNDER_LOAD = 3_000
_LINES = 3_000
_OLDER_REVISIONS = ("0002", "0003", "0004", "0005")
_EXPIRED = timedelta(days=2)


@asynccontextmanager
async def clients(machine: Machine) -> AsyncIterator[None]:
    """In the block clients report and find. When it ends, so does the power cut, if there was one.

    What waits for an answer from behind the cut would wait for long.
    """
    others = machine.storytellers()
    async with crowd(
        [machine.port], _REPORTERS, machine.ledger, machine.random, _FILLING_BYTES_MAX, others
    ):
        yield
        await machine.restore_power()


async def in_first_start(machine: Machine) -> None:
    """In a data directory that was not there, at any moment until after it is ready."""
    changes = machine.random.randint(1, _CHANGES_OF_FIRST_START)
    machine.begin_server()
    async with clients(machine):
        await machine.until_cut(changes)


async def under_load(machine: Machine) -> None:
    """While clients report."""
    async with clients(machine):
        await machine.until_cut(machine.random.randint(1, _CHANGES_UNDER_LOAD))


async def in_recovery(machine: Machine) -> None:
    """While the server starts after a cut under load."""
    await under_load(machine)
    machine.begin_server()
    await machine.until_cut(machine.random.randint(1, _CHANGES_OF_START))


async def in_migration(machine: Machine) -> None:
    """While the server brings a database of an older revision to what it needs."""
    await machine.stop()
    revision = machine.random.choice(_OLDER_REVISIONS)
    code, said = await machine.command("migrate", "--to", revision, "--lose-data")
    assert code == 0, said
    machine.begin_server()
    await machine.until_cut(machine.random.randint(1, _CHANGES_OF_START))


async def in_import(machine: Machine) -> None:
    """While a file is imported beside clients that report."""
    file, reports = machine.export(_LINES, _received())
    async with clients(machine):
        importing = asyncio.create_task(machine.command("import", str(file)))
        await machine.until_cut(machine.random.randint(1, _CHANGES_UNDER_LOAD))
    code, _ = await importing
    if code == 0:
        machine.imported(reports)


async def in_change_of_keys(machine: Machine) -> None:
    """While keys are created and revoked."""
    enough = asyncio.Event()
    changing = asyncio.create_task(machine.change_keys(enough))
    async with clients(machine):
        await machine.until_cut(machine.random.randint(1, _CHANGES_UNDER_LOAD))
        enough.set()
    await changing


async def in_expiry(machine: Machine) -> None:
    """While incidents past the retention are deleted, beside clients that report."""
    file, _ = machine.export(_LINES, _received(_EXPIRED))
    code, said = await machine.command("import", str(file))
    assert code == 0, said
    async with clients(machine):
        await machine.until_cut(machine.random.randint(1, _CHANGES_UNDER_LOAD))


def _received(ago: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True, slots=True)
class Cut:
    """What goes on until the power is off. `fresh` is on an empty disk."""

    name: str
    until_off: Callable[[Machine], Awaitable[None]]
    fresh: bool = False
    # A client whose server is gone learns nothing.
    may_refuse: bool = True
    may_leave_unanswered: bool = True


# The first one is first: the others need what it made. The last one is last: an older revision has
# no rules, and what they said is gone.
CUTS = (
    Cut("power cut during the first start", in_first_start, fresh=True),
    Cut("power cut under load", under_load),
    Cut("power cut, and another one in the recovery", in_recovery),
    Cut("power cut during an import", in_import),
    Cut("power cut while keys are created and revoked", in_change_of_keys),
    Cut("power cut while incidents expire", in_expiry),
    Cut("power cut during a migration", in_migration),
)
