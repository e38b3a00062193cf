"""The program as its users run it: a process, a socket."""

import http.client
import json
import os
import re
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from tests.command import SECONDS_MAX, Command
from tests.ports import free_port


@dataclass
class Reply:
    """One reply, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Sends requests to `port` of the loopback address, each over a connection of its own."""

    port = 0

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Reply:
        return self.request(
            "POST", path, body, {"Content-Type": "application/json", **(headers or {})}
        )

    def report(self, body: Any) -> str:
        """The hash of an incident with that body."""
        reply = self.post("/problems", json.dumps(body).encode())
        assert reply.status == 201, reply.body
        return str(reply.json["hash"])

    def find(self, example: Any) -> list[Any]:
        """The bodies of what matches."""
        reply = self.post("/find", json.dumps(example).encode())
        assert reply.status == 200, reply.body
        return [incident["body"] for incident in reply.json["incidents"]]


class Server(Client):
    """One `incidents serve` on a free port of the loopback address, or the one it is given."""

    def __init__(self, *flags: str) -> None:
        self.output = ""
        self._ready = threading.Event()
        output, own = os.pipe()
        said = ("serve", "--port", str(free_port()), *flags)  # of two --port the last holds
        with open(os.devnull) as nothing:  # noqa: PTH123 - there is no path to it
            self.process = Command(said, [nothing.fileno(), own, own], {})
        os.close(own)
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()

    def _read(self, output: int) -> None:
        with open(output) as lines:
            for line in lines:
                self.output += line
                if found := re.search(r"ready on https?://127\.0\.0\.1:(\d+)", line):
                    self.port = int(found[1])
                if "/find" in line or self.process.poll() is not None:
                    self._ready.set()
        self._ready.set()

    def wait_until_said(self, text: str) -> None:
        assert self._ready.wait(SECONDS_MAX), self.output
        assert text in self.output

    def wait_until_ready(self, seconds: float = SECONDS_MAX) -> None:
        assert self._ready.wait(seconds), self.output
        assert self.port, self.output

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """The exit code, once the process and what it printed are at their end."""
        code = self.process.wait(SECONDS_MAX)
        self._reader.join(SECONDS_MAX)
        return code

    def stop(self) -> int:
        self.signal()
        return self.wait()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        children = psutil.Process(self.process.pid).children()
        return [each for each in children if "spawn_main" in " ".join(each.cmdline())]
