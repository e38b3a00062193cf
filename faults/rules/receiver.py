"""A receiver of notifications in a process of its own, which can be killed like everything else."""

import asyncio
import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple

from tests.ports import free_port

from faults.rules import receiving
from faults.rules.receiving import FAIR, HOST, MOOD, READY, RECEIVED

_START_SECONDS_MAX = 60
_POLL_SECONDS = 0.02


class Delivery(NamedTuple):
    """One notification that came, alone or joined with others, under its id."""

    id: str
    payload: dict[str, Any]


class Receiver:
    """Started and killed by a fault run. What it got is in a file that outlives it."""

    def __init__(self, scratch: Path) -> None:
        self.secret = f"whsec_{b64encode(bytes(range(32))).decode()}"
        self._directory = scratch / "receiver"
        self._directory.mkdir()
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.set_mood(FAIR)

    @property
    def url(self) -> str:
        """Where it receives."""
        return f"http://{HOST}:{self._port}/in"

    def set_mood(self, mood: str) -> None:
        """From now on it answers so; see faults/rules/receiving.py."""
        new = self._directory / "mood.new"
        new.write_text(mood)
        new.rename(self._directory / MOOD)

    async def start(self) -> None:
        """Returns when it receives."""
        ready = self._directory / READY
        ready.unlink(missing_ok=True)
        self._process = self._begun()
        async with asyncio.timeout(_START_SECONDS_MAX):
            while not ready.exists():
                await asyncio.sleep(_POLL_SECONDS)

    def _begun(self) -> subprocess.Popen[bytes]:
        arguments = str(self._port), str(self._directory), self.secret
        return subprocess.Popen([sys.executable, "-m", receiving.__name__, *arguments])

    def kill(self) -> None:
        """Returns when it has ended, in the middle of whatever it did."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def received(self) -> list[Delivery]:
        """Everything that came, in its order. Raises AssertionError for a signature that is not."""
        deliveries: list[Delivery] = []
        for got in map(json.loads, (self._directory / RECEIVED).read_bytes().splitlines()):
            assert got["valid"], f"a signature is not valid: {got}"
            deliveries += _parts(got["id"], got["payload"])
        return deliveries


def _parts(id_: str, payload: dict[str, Any]) -> list[Delivery]:
    """A message, and those that were joined in it."""
    joined = payload["data"].get("notifications", ())
    return [
        Delivery(id_, payload),
        *(Delivery(each["id"], {key: each[key] for key in each if key != "id"}) for each in joined),
    ]
