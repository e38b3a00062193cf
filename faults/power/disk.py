"""A file system that loses in a power cut what was not synced: volatile.c, built and mounted."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import psutil

_SOURCE = Path(__file__).with_name("volatile.c")
_SECONDS_MAX = 60
_POLL_SECONDS = 0.01


class Disk:
    """A mounted file system whose power can be cut."""

    def __init__(self, mount: Path) -> None:
        self.mount = mount
        self._switch = mount / ".power"

    def works(self) -> bool:
        """Whether the power is on."""
        return self._state()[0] == "on"

    @property
    def changes(self) -> int:
        """How often something was written, synced, made or removed since the last cut."""
        return int(self._state()[1])

    @property
    def kept(self) -> str:
        """What the last cut kept of what was not synced."""
        return " ".join(self._state()[2:])

    def cut_after(self, changes: int) -> None:
        """So many changes later everything fails; 0 is now."""
        self._switch.write_text(f"cut {changes}")

    def end_processes(self) -> None:
        """Returns when no process is left that has something to do with what is on it."""
        end = time.monotonic() + _SECONDS_MAX
        while left := [process for process in psutil.process_iter() if self._concerns(process)]:
            assert time.monotonic() < end, f"these processes cannot be ended: {left}"
            for process in left:
                _kill(process)
            time.sleep(_POLL_SECONDS)

    def restore(self, random: Random) -> None:
        """It works again, with what it has after the cut.

        In some cuts names are as on a file system with one journal, in others each directory's
        are for themselves.
        """
        self._switch.write_text(f"orderly {random.randrange(2)}")
        self._switch.write_text(f"back {random.randrange(1, 2**32)}")

    def _state(self) -> list[str]:
        return self._switch.read_text().split()

    def _concerns(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                return False
            inside = Path(process.cwd()).is_relative_to(self.mount)
            line = process.cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        return inside or any(str(self.mount) + "/" in each for each in line)


@contextmanager
def mounted(scratch: Path) -> Iterator[Disk]:
    """An empty disk. Raises PermissionError, and says why, where there can be none."""
    program, mount = _built(scratch), scratch / "disk"
    mount.mkdir(exist_ok=True)
    others = "allow_other," if os.geteuid() == 0 else ""
    # In the foreground (-f), one call after the other (-s).
    command = [str(program), str(mount), "-f", "-s", "-o", f"{others}default_permissions"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(mount, process)
        yield Disk(mount)
    finally:
        unmount = ["umount", "--lazy"] if os.geteuid() == 0 else ["fusermount3", "-u", "-z"]
        subprocess.run([*unmount, str(mount)], check=False, capture_output=True)
        process.terminate()
        process.communicate(timeout=_SECONDS_MAX)


def _built(scratch: Path) -> Path:
    program = scratch / "volatile"
    if program.exists():
        return program
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise PermissionError("there is no /dev/fuse, or it may not be used")
    for needed in ("gcc", "pkg-config"):
        if shutil.which(needed) is None:
            raise PermissionError(f"{needed} is not installed")
    flags = _output("pkg-config", "--cflags", "--libs", "fuse3").split()
    _output("gcc", "-O2", "-o", str(program), str(_SOURCE), *flags)
    return program


def _output(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise PermissionError(f"{command[0]}: {done.stderr.strip().splitlines()[0]}")
    return done.stdout


def _wait_for(mount: Path, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + _SECONDS_MAX
    while not os.path.ismount(mount):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise PermissionError(f"FUSE: {process.communicate()[1].strip()}")
        time.sleep(_POLL_SECONDS)


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()
