"""What is struck: servers, and the PostgreSQL that they share."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tests.ports import free_port
from tests.proxy import Proxy
from tests.server import Server

from faults.rules.receiver import Receiver
from incidents.embedded import system_user
from incidents.embedded.postgresql import Embedded
from incidents.embedded.programs import PROGRAMS

_START_SECONDS_MAX = 120
# Short, so that a PostgreSQL that is away for longer is soon over.
_WAIT_SECONDS = 6.0
_DISK_MIB = 600
# Where servers are several, they have several processes, too.
_WORKERS = 2


@dataclass
class Deployment:
    """Servers on ports of their own, which they have again when they are started again."""

    data: Path
    flags: list[str]
    ports: list[int]
    wait_seconds: float
    receiver: Receiver
    proxy: Proxy | None = None
    servers: list[Server] = field(default_factory=list)
    output: list[Server] = field(default_factory=list)

    async def start(self, number: int) -> None:
        """Returns when that server answers, as under whatever starts programs at boot."""
        server = await asyncio.to_thread(Server, *self.flags, "--port", str(self.ports[number]))
        self.servers[number : number + 1] = [server]
        self.output.append(server)
        await asyncio.to_thread(server.wait_until_ready)

    async def end(self) -> None:
        """Returns when every server has stopped, as it should on SIGTERM."""
        for server in self.servers:
            code = await asyncio.to_thread(server.stop)
            assert code == 0, f"a server ended with exit code {code}:\n{server.output}"

    @property
    def log(self) -> str:
        """What all servers said."""
        return "".join(server.output for server in self.output)

    @property
    def database_url(self) -> str:
        """PostgreSQL itself, past every proxy."""
        return Embedded(self.data, _START_SECONDS_MAX).url

    def workers(self, number: int) -> list[psutil.Process]:
        """The processes of that server that answer requests."""
        return self.servers[number].workers()

    def parsers(self, number: int) -> list[psutil.Process]:
        """The processes beside them that parse what is heavy."""
        beside = [each for worker in self.workers(number) for each in worker.children()]
        return [each for each in beside if "incidents.support.parsing_process" in each.cmdline()]

    def postmaster(self) -> psutil.Process:
        """The first process of PostgreSQL."""
        lines = (self.data / "postgres" / "postmaster.pid").read_text().splitlines()
        return psutil.Process(int(lines[0]))

    async def pg_ctl(self, *arguments: str) -> None:
        """Runs PostgreSQL's own pg_ctl, as an administrator would."""
        log = self.data / "postgres" / "start.log"
        where = [f"--pgdata={self.data / 'postgres'}", f"--log={log}"]
        pg_ctl = await asyncio.create_subprocess_exec(
            system_user.usable(PROGRAMS, self.data) / "pg_ctl",
            *where,
            *arguments,
            cwd="/",
            # PostgreSQL inherits them, and would hold a pipe open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **system_user.of_process(),
        )
        async with asyncio.timeout(_START_SECONDS_MAX):
            assert await pg_ctl.wait() == 0, f"pg_ctl failed: see {log}"


@asynccontextmanager
async def embedded(scratch: Path) -> AsyncIterator[Deployment]:
    """One server, with the PostgreSQL that comes with it, as it is started by default."""
    data = scratch / "embedded"
    async with _running(
        Deployment(data, ["--data", str(data)], _free_ports(1), 10, Receiver(scratch))
    ) as deployment:
        yield deployment


@asynccontextmanager
async def proxied(scratch: Path, servers: int = 2, **settings: float) -> AsyncIterator[Deployment]:
    """Servers on one database, which they reach through a proxy."""
    data = scratch / "proxied"
    cluster = Embedded(data, start_seconds=_START_SECONDS_MAX)
    await asyncio.to_thread(cluster.start)
    try:
        async with Proxy(cluster.url) as proxy:
            workers = ("--workers", str(_WORKERS))
            flags = ["--database-url", proxy.url, *workers, *_impatient(scratch, **settings)]
            ports, receiver = _free_ports(servers), Receiver(scratch)
            deployment = Deployment(data, flags, ports, _WAIT_SECONDS, receiver, proxy)
            async with _running(deployment):
                yield deployment
    finally:
        await asyncio.to_thread(cluster.stop)


@asynccontextmanager
async def on_a_small_disk(scratch: Path) -> AsyncIterator[Deployment]:
    """One server, whose data directory is a file system of its own.

    Raises PermissionError where mounting is not permitted: only root may.
    """
    disk = scratch / "disk"
    disk.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m,mode=755", "incidents-faults", str(disk))
    try:
        data = disk / "data"
        flags = ["--data", str(data), *_impatient(scratch)]
        ports, receiver = _free_ports(1), Receiver(scratch)
        async with _running(Deployment(data, flags, ports, _WAIT_SECONDS, receiver)) as deployment:
            yield deployment
    finally:
        _run("umount", "--lazy", str(disk))


def _impatient(scratch: Path, **settings: float) -> list[str]:
    """Flags for a server that waits for a shorter time, so that its waiting is soon over.

    Its partitions are soon full.
    """
    soon = {"DATABASE_WAIT_SECONDS": _WAIT_SECONDS, "PARTITION_IDS": 1000}
    all_settings = {**soon, **settings}
    file = scratch / "settings.env"
    file.write_text("".join(f"INCIDENTS_{name}={each}\n" for name, each in all_settings.items()))
    return ["--env-file", str(file)]


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PermissionError(getattr(error, "stderr", "").strip() or str(error)) from error


@asynccontextmanager
async def _running(deployment: Deployment) -> AsyncIterator[Deployment]:
    try:
        await deployment.receiver.start()
        for number in range(len(deployment.ports)):
            await deployment.start(number)
        yield deployment
        await deployment.end()
    finally:
        deployment.receiver.kill()
        for server in deployment.output:
            await asyncio.to_thread(server.kill)


def _free_ports(count: int) -> list[int]:
    return [free_port() for _ in range(count)]
