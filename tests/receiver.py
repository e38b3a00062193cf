"""Receivers of notifications: real sockets that answer as a test says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Request:
    """What came, and the headers by lower-case name."""

    line: str
    headers: dict[str, str]
    body: bytes


def answer(status: int, body: str = "", **headers: str) -> bytes:
    """The bytes of an answer."""
    all_headers = {"Content-Length": str(len(body)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in all_headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} Said", *lines, "", body]).encode()


OK = answer(200)


@dataclass
class Receiver:
    """Answers with `answers`, the last one again and again; None is never answered."""

    port: int = 0
    scheme: str = "http"
    answers: list[bytes | None] = field(default_factory=lambda: [OK])
    requests: list[Request] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/in"

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.requests]

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            named = {
                name.lower(): value for name, _, value in (each.partition(": ") for each in rest)
            }
            body = await reader.readexactly(int(named.get("content-length", "0")))
            self.requests.append(Request(line, named, body))
            said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if said is None:
                await reader.read()  # until the client leaves
            else:
                self.before_answer()
                writer.write(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def receiver(
    *answers: bytes | None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """One that runs for as long as the block."""
    made = Receiver(answers=list(answers) or [OK], scheme="https" if tls else "http")
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await asyncio.gather(*made.serving)
