"""The file of an import, which is read twice: for its highest id, then for its incidents."""

import gzip
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from types import TracebackType
from typing import IO, Self

from incidents.core.errors import BadLine, CannotStart
from incidents.maintenance.export_line import ID_MAX, read_line
from incidents.support.run import broken_off_at_once

_GZIP_MAGIC = b"\x1f\x8b"
_PIECE_BYTES = 1024 * 1024
# Enough for the largest body twice (the second time in a string), and the headers.
_LINE_BYTES_MAX = 256 * 1024 * 1024
# The beginning of each exported line: the rest is not needed for its id.
_LINE_ID = re.compile(rb'\{"id": (\d{1,19}), ')


class ImportFile:
    """The lines of an export, compressed or not, from a file or a pipe.

    Input from a pipe is stored in a temporary file, compressed.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._stack = ExitStack()
        self._file = file
        self.name = file.name
        self.bytes = 0

    def __enter__(self) -> Self:
        """Returns when all of it can be read. Raises CannotStart if there is no space for it."""
        with self._stack:
            if not self._file.seekable():
                pipe, self._file = self._file, self._stack.enter_context(tempfile.TemporaryFile())
                _spool(pipe, self._file)
            self.bytes = self._file.seek(0, 2)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def at(self) -> int:
        """The number of bytes read so far."""
        return self._file.tell()

    def highest_id(self) -> int:
        """The highest id of a line; 0 if there is none. Raises CannotStart."""
        with broken_off_at_once():
            ids = (id_of(line) for _, line in self.lines())
            return max((id_ for id_ in ids if id_ <= ID_MAX), default=0)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that are not empty, numbered. Raises CannotStart if the file is truncated."""
        self._file.seek(0)
        compressed = self._file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        self._file.seek(0)
        unpacked = gzip.GzipFile(fileobj=self._file) if compressed else nullcontext(self._file)
        try:
            with unpacked as file:
                number = 0
                while line := _next_line(file):
                    if line.strip():
                        number += 1
                        yield number, line.removesuffix(b"\n")
        except (EOFError, OSError) as error:
            raise CannotStart(f"{self.name} cannot be read to its end: {error}") from error


def id_of(line: bytes) -> int:
    """The id of a line; 0 if it has no valid one."""
    if found := _LINE_ID.match(line):
        return int(found[1])
    try:
        return read_line(line.decode())[0]
    except (BadLine, UnicodeDecodeError):
        return 0  # reported when its incident is read


def _spool(pipe: IO[bytes], file: IO[bytes]) -> None:
    """Returns when the whole pipe is in the file, compressed. Raises CannotStart."""
    folder = tempfile.gettempdir()
    # The database may be on the same disk.
    room = shutil.disk_usage(folder).free // 2
    with broken_off_at_once():
        piece = pipe.read(_PIECE_BYTES)
        is_packed = piece.startswith(_GZIP_MAGIC)
        with nullcontext(file) if is_packed else gzip.GzipFile("", "wb", 1, file) as spool:
            while piece and file.tell() <= room:
                spool.write(piece)
                piece = pipe.read(_PIECE_BYTES)
    if piece:
        raise CannotStart(
            f"{pipe.name} needs more than half of the free space in {folder}: "
            "name a FILE, or another directory in TMPDIR"
        )


def _next_line(lines: IO[bytes] | gzip.GzipFile) -> bytes:
    with broken_off_at_once():
        return lines.readline(_LINE_BYTES_MAX)
