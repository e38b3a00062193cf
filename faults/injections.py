"""The faults: one small thing each."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import asyncpg
import psutil
from tests.proxy import Proxy

from faults.deployments import Deployment

Strike = Callable[[Deployment, Random], Awaitable[None]]

_AWAY_SECONDS_MAX = 1.5
_TOO_LONG_SECONDS = 1.5
_CUT_SECONDS_MAX = 20
_SETTLED_SECONDS = 12
_END_SECONDS_MAX = 20
_POLL_SECONDS = 0.01
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is done to a deployment, and what it may cost those who ask meanwhile."""

    name: str
    injection: Strike
    may_refuse: bool = False
    may_leave_unanswered: bool = False


async def kill_a_worker(deployment: Deployment, random: Random) -> None:
    """Nobody but its server is there to start another one."""
    await _end([random.choice(deployment.workers(0))], signal.SIGKILL)


async def pause_a_worker(deployment: Deployment, random: Random) -> None:
    """For so long that the ids that it has are settled meanwhile (see search/settling.py)."""
    worker = random.choice(deployment.workers(0))
    worker.suspend()
    try:
        await asyncio.sleep(_SETTLED_SECONDS)
    finally:
        worker.resume()


async def kill_a_parser(deployment: Deployment, random: Random) -> None:
    """The process beside a worker that parses what is heavy: the worker starts another one."""
    async with asyncio.timeout(_END_SECONDS_MAX):
        while not (parsers := deployment.parsers(0)):
            await asyncio.sleep(_POLL_SECONDS)
    await _end([random.choice(parsers)], signal.SIGKILL)


async def kill_the_server(deployment: Deployment, random: Random) -> None:
    """All its processes; somebody starts it again, as systemd or Docker would."""
    number = random.randrange(len(deployment.ports))
    await asyncio.to_thread(deployment.servers[number].kill)
    await deployment.start(number)


async def stop_the_server(deployment: Deployment, random: Random) -> None:
    """SIGTERM, in the middle of its work; somebody starts it again."""
    number = random.randrange(len(deployment.ports))
    code = await asyncio.to_thread(deployment.servers[number].stop)
    assert code == 0, f"exit code {code} after SIGTERM:\n{deployment.servers[number].output}"
    await deployment.start(number)


async def kill_postgresql(deployment: Deployment, _: Random) -> None:
    """Every process of it."""
    postmaster = deployment.postmaster()
    await _end([postmaster, *postmaster.children(recursive=True)], signal.SIGKILL)


async def kill_the_postmaster(deployment: Deployment, _: Random) -> None:
    """Its children notice, and end by themselves."""
    await _end([deployment.postmaster()], signal.SIGKILL)


async def kill_a_backend(deployment: Deployment, random: Random) -> None:
    """PostgreSQL then ends every other, and recovers."""
    await _end([random.choice(deployment.postmaster().children())], signal.SIGKILL)


async def kill_everything(deployment: Deployment, random: Random) -> None:
    """The server and its PostgreSQL at once, as when a machine loses its power."""
    postmaster = deployment.postmaster()
    processes = [postmaster, *postmaster.children(recursive=True)]
    await asyncio.gather(_end(processes, signal.SIGKILL), kill_the_server(deployment, random))


async def stop_postgresql_fast(deployment: Deployment, _: Random) -> None:
    """As pg_ctl does it in fast mode; the server starts it again."""
    await _end([deployment.postmaster()], signal.SIGINT)


async def stop_postgresql_at_once(deployment: Deployment, _: Random) -> None:
    """As pg_ctl does it in immediate mode; the server starts it again."""
    await _end([deployment.postmaster()], signal.SIGQUIT)


async def restart_fast(deployment: Deployment, _: Random) -> None:
    """By its administrator."""
    await deployment.pg_ctl("restart", "--wait", "--mode=fast")


async def restart_at_once(deployment: Deployment, _: Random) -> None:
    """By its administrator; it recovers from its log."""
    await deployment.pg_ctl("restart", "--wait", "--mode=immediate")


async def cut(deployment: Deployment, _: Random) -> None:
    """Every connection to PostgreSQL at once."""
    await _proxy(deployment).cut_all()


async def cut_in_commit(deployment: Deployment, _: Random) -> None:
    """A batch is committed, and its answer never comes."""
    await _cut_in_commit(deployment)


async def cut_in_commit_and_stay_away(deployment: Deployment, random: Random) -> None:
    """The same, and PostgreSQL is away for a moment."""
    await _cut_in_commit(deployment)
    await _stay_away(deployment, random.uniform(0.2, _AWAY_SECONDS_MAX))


async def cut_in_commit_and_stay_away_long(deployment: Deployment, _: Random) -> None:
    """The same, and PostgreSQL is away for longer than anybody waits."""
    await _cut_in_commit(deployment)
    await _stay_away(deployment, deployment.wait_seconds + _TOO_LONG_SECONDS)


async def away_long(deployment: Deployment, _: Random) -> None:
    """For longer than anybody waits."""
    await _stay_away(deployment, deployment.wait_seconds + _TOO_LONG_SECONDS)


async def delay(deployment: Deployment, random: Random) -> None:
    """What PostgreSQL answers comes late for a while."""
    proxy = _proxy(deployment)
    proxy.delay_seconds = random.uniform(0.05, 0.3)
    await asyncio.sleep(1)
    proxy.delay_seconds = 0


async def hold(deployment: Deployment, random: Random) -> None:
    """PostgreSQL says nothing for a while, and then everything."""
    proxy = _proxy(deployment)
    proxy.hold_answers()
    await asyncio.sleep(random.uniform(0.2, _AWAY_SECONDS_MAX))
    proxy.let_answers_pass()


async def half_close_to_the_server(deployment: Deployment, _: Random) -> None:
    """The server hears that nothing more comes; what it says still arrives."""
    _proxy(deployment).half_close(to_the_program=True)


async def half_close_to_postgresql(deployment: Deployment, _: Random) -> None:
    """PostgreSQL hears that nothing more comes; what it says still arrives."""
    _proxy(deployment).half_close(to_the_program=False)


async def fill_the_disk(deployment: Deployment, random: Random) -> None:
    """Not a byte is left under the data directory for a while."""
    async with _full_disk(deployment):
        await asyncio.sleep(random.uniform(1, 2))


async def fill_the_disk_for_long(deployment: Deployment, _: Random) -> None:
    """The same, for longer than anybody waits."""
    async with _full_disk(deployment):
        await asyncio.sleep(deployment.wait_seconds + _TOO_LONG_SECONDS)


async def fill_the_disk_and_end_the_log(deployment: Deployment, _: Random) -> None:
    """The same, and PostgreSQL needs a new file for its log: it cannot go on without."""
    async with _full_disk(deployment):
        await _end_the_log(deployment)
        await asyncio.sleep(deployment.wait_seconds + _TOO_LONG_SECONDS)


async def _end(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    async with asyncio.timeout(_END_SECONDS_MAX):
        while not all(map(_has_ended, processes)):
            await asyncio.sleep(_POLL_SECONDS)


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _proxy(deployment: Deployment) -> Proxy:
    assert deployment.proxy is not None
    return deployment.proxy


async def _cut_in_commit(deployment: Deployment) -> None:
    proxy = _proxy(deployment)
    proxy.cut_when_answered(b"INSERT 0 ")
    async with asyncio.timeout(_CUT_SECONDS_MAX):
        await proxy.cut.wait()


async def _stay_away(deployment: Deployment, seconds: float) -> None:
    await _proxy(deployment).go_away()
    await asyncio.sleep(seconds)
    await _proxy(deployment).come_back()


@asynccontextmanager
async def _full_disk(deployment: Deployment) -> AsyncIterator[None]:
    filling = deployment.data.parent / "filling"
    try:
        await asyncio.to_thread(_fill, filling)
        yield
    finally:
        filling.unlink()


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filling:
        for size in (_MIB, 1):
            with suppress(OSError):
                while True:
                    filling.write(bytes(size))


async def _end_the_log(deployment: Deployment) -> None:
    """Begins new files of the log until there is no room for one."""
    with suppress(asyncpg.PostgresError, OSError):
        connection = await asyncpg.connect(deployment.database_url)
        try:
            while True:
                await connection.execute("SELECT pg_logical_emit_message(true, '', '')")
                await connection.execute("SELECT pg_switch_wal()")
        finally:
            connection.terminate()
