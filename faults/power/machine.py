"""A machine whose power can be cut: one server with its own PostgreSQL on a volatile disk."""

import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import asyncpg
from tests.ports import free_port
from tests.server import Server

from faults.ledger import Ledger, Outcome, Report
from faults.power.disk import Disk
from faults.rules.oracle import Judged
from faults.rules.receiver import Receiver
from faults.rules.stories import Storyteller, set_up, storytellers
from incidents.core.api_key import hash_of
from incidents.embedded.postgresql import Embedded

_POLL_SECONDS = 0.01
_CUT_SECONDS_MAX = 5.0
_START_SECONDS_MAX = 300

# Partitions are soon full, and what is a day old soon expires: no report of a client's is.
_SETTINGS = {
    "AUTH": "off",
    "EMBEDDED_START_SECONDS": _START_SECONDS_MAX,
    "PARTITION_IDS": 1000,
    "RETENTION": "1d",
    "RETENTION_CHECK_SECONDS": 1,
}


@dataclass(slots=True)
class Machine:
    """One server, which starts again after each cut as it would at boot."""

    disk: Disk
    scratch: Path
    ledger: Ledger
    random: Random
    port: int = field(default_factory=free_port)
    server: Server | None = None
    keys: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    imports: int = 0
    # Where rules tell, which outlives every cut; whether there are any, and what was found of them.
    receiver: Receiver = field(init=False)
    has_rules: bool = False
    judged: Judged = field(default_factory=Judged)

    def __post_init__(self) -> None:
        self.receiver = Receiver(Path(tempfile.mkdtemp(dir=self.scratch)))

    @property
    def data(self) -> Path:
        """The data directory, somewhere on the way to which are new directories, too."""
        return self.disk.mount / "var" / "lib" / "incidents"

    def begin_server(self) -> Server:
        """It begins; whether it becomes ready is another question."""
        env_file = self.scratch / "settings.env"
        env_file.write_text(
            "".join(f"INCIDENTS_{name}={each}\n" for name, each in _SETTINGS.items())
        )
        where = "--data", str(self.data), "--port", str(self.port), "--env-file", str(env_file)
        self.server = Server(*where)
        return self.server

    async def start(self) -> None:
        """Returns when the server is ready. Raises AssertionError when it does not become so."""
        await asyncio.to_thread(self.begin_server().wait_until_ready, _START_SECONDS_MAX)

    async def set_rules(self) -> None:
        """Returns when there are rules, which whoever reports from now on feeds."""
        await set_up(self.port, self.receiver)
        self.has_rules = True

    def storytellers(self) -> list[Storyteller]:
        """Those that feed the rules, if there are any."""
        return storytellers([self.port], self.ledger, self.random) if self.has_rules else []

    async def stop(self) -> None:
        """Returns when the server has stopped, as it should on SIGTERM."""
        if self.server is not None:
            code = await asyncio.to_thread(self.server.stop)
            assert code == 0, f"exit code {code} after SIGTERM:\n{self.server.output}"
            self.server = None

    async def until_cut(self, changes: int) -> None:
        """Returns when the power is off: after so many changes, or before long."""
        self.disk.cut_after(changes)
        end = time.monotonic() + _CUT_SECONDS_MAX
        while self.disk.works() and time.monotonic() < end:
            await asyncio.sleep(_POLL_SECONDS)
        self.disk.cut_after(0)

    async def restore_power(self) -> None:
        """If the power is off, every process ends; the disk is what the cut left of it."""
        if self.disk.works():
            return
        if self.server is not None:
            await asyncio.to_thread(self.server.kill)
        await asyncio.to_thread(self.disk.end_processes)
        self.disk.restore(self.random)

    async def command(self, *arguments: str) -> tuple[int, str]:
        """The exit code of a command of incidents, and what it printed, or why it failed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "incidents", *arguments, "--data", str(self.data)),
            env={**os.environ, "INCIDENTS_PARTITION_IDS": str(_SETTINGS["PARTITION_IDS"])},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        printed, said = await process.communicate()
        code = await process.wait()
        return code, (said if code else printed).decode()

    async def change_keys(self, enough: asyncio.Event) -> None:
        """Creates and revokes keys until that event; what was said is written down.

        The disk cannot say when to end: it works again soon after the cut.
        """
        while not enough.is_set():
            name = f"key-{len(self.keys)}-{self.random.getrandbits(32):08x}"
            code, printed = await self.command("keys", "create", name, "--scope", "report")
            if code == 0:
                self.keys[name] = printed.strip()
            valid = sorted(self.keys.keys() - self.revoked)
            if valid and not enough.is_set() and self.random.randrange(2):
                name = self.random.choice(valid)
                code, _ = await self.command("keys", "revoke", name)
                if code == 0:
                    self.revoked.add(name)

    async def check_keys(self) -> None:
        """Writes down as wrong each key that is not as its command said."""
        stored = await self._keys()
        for name, key in self.keys.items():
            revoked = stored.get(hash_of(key.encode()))
            if revoked is None:
                self.ledger.wrong.append(f"{self.ledger.during}: the key {name} is lost")
            elif name in self.revoked and not revoked:
                self.ledger.wrong.append(f"{self.ledger.during}: {name} is revoked no more")

    async def _keys(self) -> dict[bytes, bool]:
        connection = await asyncpg.connect(Embedded(self.data, _START_SECONDS_MAX).url)
        try:
            rows = await connection.fetch("SELECT hash, revoked_at FROM incidents_keys")
        finally:
            await connection.close()
        return {bytes(row["hash"]): row["revoked_at"] is not None for row in rows}

    def export(self, count: int, received_at: str) -> tuple[Path, list[Report]]:
        """A file of so many incidents with ids of their own, and the incidents."""
        self.imports += 1
        file, reports = self.scratch / f"{self.imports}.ndjson", []
        with file.open("w") as lines:
            for number in range(count):
                marker = f"i{self.imports}-{number}-{self.random.getrandbits(64):016x}"
                body = f'{{"marker":"{marker}", "n": 1.50}}'
                report = Report(marker, {"Host": "there"}, body.encode())
                id_ = 10_000_000 * self.imports + number
                lines.write(
                    f'{{"id": {id_}, "hash": "{report.hash}", "received_at": "{received_at}", '
                    f'"body": {body}, "headers": {json.dumps(report.headers)}}}\n'
                )
                self.ledger.reports[marker] = report
                report.during = self.ledger.during
                reports.append(report)
        return file, reports

    def imported(self, reports: list[Report]) -> None:
        """Their import was acknowledged."""
        for report in reports:
            report.outcome = Outcome.STORED
            self.ledger.end(self.ledger.begin(), 0, "report", Outcome.STORED)
