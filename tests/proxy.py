"""A TCP proxy between the program and PostgreSQL that fails on demand."""

import asyncio
import socket
from contextlib import closing, suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit

_End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Passes everything on, until it is told otherwise."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tcp = (parts.hostname, parts.port)
        self._folder = parse_qs(parts.query).get("host", [None])[0]
        self._role = parts.netloc.rpartition("@")[0]
        self._path = parts.path
        self._connections: set[asyncio.Task[None]] = set()
        self._listening: socket.socket | None = None
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
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._listening.setblocking(False)  # noqa: FBT003 - the method takes it so
        self.port = self._listening.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._listening, self._accept)

    async def go_away(self) -> None:
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        await self.cut_all()

    async def cut_all(self) -> None:
        await asyncio.sleep(0)  # a task that has not begun could not close its connection
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

    def _accept(self) -> None:
        """Takes a connection, and at once makes the task that closes it.

        asyncio's own server lets go of one, still open, that comes just when it is closed.
        """
        assert self._listening is not None
        with suppress(BlockingIOError, ConnectionAbortedError):
            connection, _ = self._listening.accept()
            task = asyncio.create_task(self._serve(connection))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, connection: socket.socket) -> None:
        with suppress(asyncio.CancelledError, OSError):
            try:
                program = await asyncio.open_connection(sock=connection)
            except BaseException:
                connection.close()
                raise
            with closing(program[1]):
                postgresql = await self._connect()
                with closing(postgresql[1]):
                    await self._pass_on(program, postgresql)

    async def _pass_on(self, program: _End, postgresql: _End) -> None:
        """Returns when one side is at its end, or was cut off."""
        task = asyncio.current_task()
        assert task is not None
        writers = program[1], postgresql[1]
        self._ends.add(writers)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(program[0], postgresql[1], task))
                both.create_task(self._answer(postgresql[0], program[1], task))
        except* ConnectionError:
            pass
        finally:
            self._ends.discard(writers)
            self._silent -= set(writers)

    async def _connect(self) -> _End:
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
