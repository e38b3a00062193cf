"""An answer as CSV: a table of the fields that one names."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from incidents.core.fields import Field, csv_row, csv_rows
from incidents.core.weight import HEAVY_BYTES_MIN
from incidents.http.endpoints.search.rendering import Piece
from incidents.search.stream import Stream
from incidents.support.parsing_process import Parser

CSV = "text/csv"


class CsvTables:
    """Makes rows of incidents; of many, or of large ones, in the process beside the worker."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser

    async def render(
        self, stream: Stream, fields: list[Field], limit: int | None
    ) -> AsyncGenerator[Piece]:
        """The head, and a row for each incident of the stream, at most `limit` of them.

        A table has no place for a cursor: so it is of the stream, which no deadline makes shorter.
        Raises StorageError.
        """
        text, left = csv_row([field.name for field in fields]), limit
        async with aclosing(_lines(stream)) as batches:
            async for batch in batches:
                lines = batch if left is None else batch[:left]
                text += await self._rows(lines, fields)
                yield Piece(text.encode())
                text = ""
                if left is not None:
                    left -= len(lines)
                    if not left:
                        break
        yield Piece(text.encode(), is_last=True)

    async def _rows(self, lines: list[str], fields: list[Field]) -> str:
        if sum(map(len, lines)) < HEAVY_BYTES_MIN:
            return csv_rows(lines, fields)
        return await self._parser.call(None, csv_rows, lines, fields)


async def _lines(stream: Stream) -> AsyncGenerator[list[str]]:
    """Whole lines, as many as came at once."""
    rest = b""
    async with aclosing(stream.texts(in_lines=True)) as texts:
        async for text in texts:
            *lines, rest = (rest + text).split(b"\n")
            if lines:
                yield [line.decode() for line in lines]
