"""The receiver, as a program: `python -m faults.rules.receiving PORT DIRECTORY SECRET`.

It writes down what it gets before it answers, so what a sender was told is in the file. How it
answers stands in the file `mood`.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

HOST = "127.0.0.1"
RECEIVED, MOOD, READY = "received.ndjson", "mood", "ready"
FAIR, HANGS, SLOW, FAILS, REDIRECTS = "fair", "hangs", "slow", "fails", "redirects"
SLOW_SECONDS = 0.7

_ANSWERS = {
    FAILS: "HTTP/1.1 500 Said\r\nContent-Length: 0\r\n\r\n",
    REDIRECTS: "HTTP/1.1 307 Said\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
}
_OK = "HTTP/1.1 200 Said\r\nContent-Length: 0\r\n\r\n"


class Receiving:
    """Answers one request a connection."""

    def __init__(self, directory: Path, secret: str) -> None:
        self._mood = directory / MOOD
        self._file = os.open(directory / RECEIVED, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._webhook = Webhook(secret)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Returns when the request is answered, or whoever sent it has left."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")[1:]
            headers = {name.lower(): value for name, _, value in (e.partition(": ") for e in head)}
            body = await reader.readexactly(int(headers["content-length"]))
            self._write_down(headers, body)
            await self._answer(self._mood.read_text(), reader, writer)
        writer.close()

    async def _answer(
        self, mood: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if mood == HANGS:
            await reader.read()
        elif mood == SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        writer.write(_ANSWERS.get(mood, _OK).encode())
        await writer.drain()

    def _write_down(self, headers: dict[str, str], body: bytes) -> None:
        try:
            self._webhook.verify(body, headers)
            is_valid = True
        except WebhookVerificationError:
            is_valid = False
        got = {"id": headers.get("webhook-id"), "valid": is_valid, "payload": json.loads(body)}
        # One call, so that a kill leaves the line whole or not there.
        os.write(self._file, json.dumps(got).encode() + b"\n")


async def main(port: int, directory: Path, secret: str) -> None:
    """Receives until it is killed."""
    server = await asyncio.start_server(Receiving(directory, secret).serve, HOST, port)
    (directory / READY).touch()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
