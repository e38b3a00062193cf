"""Everything that Apprise knows, in a process of its own.

Apprise blocks, connects wherever its URLs lead, and loads what its plugins need. So each message
has a process: it is killed at the deadline, and connects to no forbidden address (see
apprise_process.py). https://github.com/caronc/apprise
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from incidents.notifications.failure import DeliveryFailed
from incidents.notifications.message import Message
from incidents.notifications.senders.addresses import Network

# Processes at once: each takes some 60 MB of memory for a second or two.
_PROCESSES_MAX = 2
_SAID_BYTES_MAX = 4096


class AppriseProcess:
    """Sends through Apprise, if it is installed."""

    def __init__(self, forbidden: Sequence[Network]) -> None:
        self._forbidden = [str(each) for each in forbidden]
        self._turns = asyncio.Semaphore(_PROCESSES_MAX)

    async def send(self, fields: Mapping[str, Any], message: Message) -> None:
        """Returns when all services have taken it. Raises DeliveryFailed."""
        if find_spec("apprise") is None:
            raise DeliveryFailed("Apprise is not installed: `pip install incidents[apprise]`")
        task = {
            "urls": fields["urls"],
            "title": message.title,
            "body": message.text or message.title,
            "kind": "success" if message.is_resolved else "warning",
            "forbidden": self._forbidden,
        }
        async with self._turns:
            await _run(json.dumps(task).encode())


async def _run(task: bytes) -> None:
    # Isolated: it takes nothing from the working directory or the environment of Python.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-X", "utf8", "-m", "incidents.notifications.senders.apprise_process"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={},
    )
    try:
        said, _ = await process.communicate(task)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        shown = said[:_SAID_BYTES_MAX].decode(errors="replace").strip()
        raise DeliveryFailed(f"Apprise failed: {shown or 'without a message'}")
