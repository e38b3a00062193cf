"""A TCP proxy between the program and PostgreSQL that fails on demand."""

import asyncio
from contextlib import suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Passes everything on, until it is told otherwise."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tcp = (parts.hostname, parts.port)
        self._folder = parse_qs(parts.query).get("host", [None])[0]
        self._role = parts.netloc.rpartition("@")[0]
        self._path = parts.path
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._answers_pass = asyncio.Event()
        self._answers_pass.set()
        self._cut_on: bytes | None = None
        self._cut_before: bytes | None = None
        self._hold_on: bytes | None = None
        self._ends: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._silent: set[asyncio.StreamWriter] = set()
        self.delay_seconds = 0.0
        self.port = 0  # any that is free, at first
        self.cut = asyncio.Event()
        self.held = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_away()

    @property
    def url(self) -> str:
        return f"postgresql://{self._role}@127.0.0.1:{self.port}{self._path}?sslmode=disable"

    async def come_back(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def go_away(self) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut_all()

    async def cut_all(self) -> None:
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def cut_when_answered(self, answer: bytes) -> None:
        """Swallows the next answer that begins so, and cuts its connection."""
        self._cut_on = answer
        self.cut.clear()

    def cut_when_asked(self, question: bytes) -> None:
        """Swallows the next question that has this in it, and cuts its connection."""
        self._cut_before = question
        self.cut.clear()

    def hold_when_asked(self, question: bytes) -> None:
        """Holds answers from the next question on that has this in it."""
        self._hold_on = question

    def hold_answers(self) -> None:
        self._answers_pass.clear()

    def let_answers_pass(self) -> None:
        self._answers_pass.set()

    def half_close(self, *, to_the_program: bool) -> None:
        """Says to one side of every connection that nothing more comes; the other may talk on."""
        for program, postgresql in self._ends:
            side = program if to_the_program else postgresql
            self._silent.add(side)
            side.write_eof()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._server is None or not self._server.is_serving():
            writer.close()  # it was accepted just before, and is not among those that were cut
            return
        self._connections.add(task)
        with suppress(asyncio.CancelledError, OSError):
            up = await self._connect()
            self._ends.add((writer, up[1]))
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass(reader, up[1], task))
                    both.create_task(self._answer(up[0], writer, task))
            except* ConnectionError:
                pass
            finally:
                self._ends.discard((writer, up[1]))
                self._silent -= {writer, up[1]}
                up[1].close()
        writer.close()
        self._connections.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._folder is None:
            return await asyncio.open_connection(*self._tcp)
        return await asyncio.open_unix_connection(f"{self._folder}/.s.PGSQL.5432")

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, task: asyncio.Task[None]
    ) -> None:
        while data := await reader.read(65536):
            await asyncio.sleep(self.delay_seconds)
            await self._answers_pass.wait()
            if self._cut_on is not None and self._cut_on in data:
                self._cut_on = None
                self.cut.set()
                task.cancel()
                return
            await self._write(data, writer)
        task.cancel()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, task: asyncio.Task[None]
    ) -> None:
        while data := await reader.read(65536):
            if self._cut_before is not None and self._cut_before in data:
                self._cut_before = None
                self.cut.set()
                task.cancel()
                return
            if self._hold_on is not None and self._hold_on in data:
                self._hold_on = None
                self.hold_answers()
                self.held.set()
            await self._write(data, writer)
        if writer not in self._silent:
            writer.write_eof()

    async def _write(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if writer not in self._silent:
            writer.write(data)
            await writer.drain()
