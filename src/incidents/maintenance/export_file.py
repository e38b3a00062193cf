"""The file of an export: renamed when it is complete, and resumable before."""

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from incidents.core.errors import CannotStart
from incidents.support.directory import Directory

_PIECE_BYTES = 1024 * 1024
_LINE_ID = re.compile(rb'\{"id": (\d+), ')
_GZIP = 16 + zlib.MAX_WBITS


class ExportFile:
    """Writes lines to a file, compressed if its name ends in .gz.

    Its name is NAME.partial until it is finished. `last_id` is the id of the last line of an
    earlier run, or 0.
    """

    def __init__(self, file: Path, *, resume: bool) -> None:
        self._file = file
        self._partial = file.with_name(f"{file.name}.partial")
        self._compressed = file.suffix == ".gz"
        self._resume = resume
        self._piece = bytearray()
        self.last_id = 0

    def __enter__(self) -> Self:
        """Opens it. Raises CannotStart if that would overwrite something."""
        if self._file.exists():
            raise CannotStart(f"{self._file} already exists: choose another file")
        if self._partial.exists() and not self._resume:
            raise CannotStart(
                f"{self._partial} is left from an unfinished export: continue it with --resume, "
                "or remove it"
            )
        descriptor = os.open(self._partial, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        self._out = os.fdopen(descriptor, "r+b")
        end = 0
        for whole, last_id in _whole(self._out, compressed=self._compressed):
            end, self.last_id = whole, last_id
        self._out.truncate(end)
        self._out.seek(end)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._out:
            self._write_piece()

    def write(self, line: str) -> None:
        """Adds a line."""
        self._piece += line.encode() + b"\n"
        if len(self._piece) >= _PIECE_BYTES:
            self._write_piece()

    def finish(self) -> None:
        """Returns when all lines are on disk and the file has its final name."""
        self._write_piece()
        os.fsync(self._out.fileno())
        self._partial.rename(self._file)
        with Directory.opened(self._file.parent) as directory:
            directory.sync()

    def _write_piece(self) -> None:
        # Each piece is a gzip member of its own: those before a damaged one can be read.
        piece, self._piece = bytes(self._piece), bytearray()
        if piece:
            self._out.write(gzip.compress(piece, mtime=0) if self._compressed else piece)
            self._out.flush()


def _whole(file: BinaryIO, *, compressed: bool) -> Iterator[tuple[int, int]]:
    """For each complete piece, the position of its end and the id of its last line."""
    for end, piece in _members(file) if compressed else _lines(file):
        last = piece[piece.rfind(b"\n", 0, -1) + 1 :]
        found = _LINE_ID.match(last)
        if found is None:
            raise CannotStart("the file is not part of an export: remove it")
        yield end, int(found[1])


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    end = 0
    for line in file:
        end += len(line)
        if line.endswith(b"\n"):
            yield end, line


def _members(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    end, piece, member = 0, bytearray(), zlib.decompressobj(_GZIP)
    data = file.read(_PIECE_BYTES)
    try:
        while data:
            piece += member.decompress(data)
            end += len(data) - len(member.unused_data)
            data = member.unused_data
            if member.eof:
                yield end, bytes(piece)
                piece, member = bytearray(), zlib.decompressobj(_GZIP)
            data = data or file.read(_PIECE_BYTES)
    except zlib.error:
        return
