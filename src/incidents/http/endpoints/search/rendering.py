"""A response as bytes, in pieces that are sent while the rest is produced."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

from incidents.search.counts.hints import Hint, HintSearch
from incidents.search.page import Page
from incidents.search.question import write_cursor
from incidents.search.stream import PIECE_BYTES, Stream

JSON = "application/json"
NDJSON = "application/x-ndjson"


class Piece(NamedTuple):
    """A part of a response. Nothing follows a piece that `is_last`; after others it is unknown.

    (Asking for the next piece only to learn that there is none costs turns of a busy event loop.)
    """

    data: bytes
    is_last: bool = False


async def render_page(
    page: Page, hints: HintSearch | None, *, in_lines: bool
) -> AsyncGenerator[Piece]:
    """The page as JSON or as lines (NDJSON), in pieces of at least PIECE_BYTES, except the last.

    One that found nothing has hints. Raises StorageError, as searching does.
    """
    async with aclosing(_lines(page, hints) if in_lines else _object(page, hints)) as texts:
        piece = bytearray()
        async for text in texts:
            piece += text.encode()
            if len(piece) >= PIECE_BYTES:
                yield Piece(bytes(piece))
                piece.clear()
        yield Piece(bytes(piece), is_last=True)


async def render_stream(stream: Stream, *, in_lines: bool) -> AsyncGenerator[Piece]:
    """The stream as JSON or as lines (NDJSON), as it is read. Raises StorageError."""
    async with aclosing(stream.texts(in_lines=in_lines)) as texts:
        if in_lines:
            async for text in texts:
                yield Piece(text)
            return
        before = b'{"incidents": ['
        async for text in texts:
            # Each incident has a comma before it; that of the first is not sent.
            yield Piece(before + (text if before == b"" else text.removeprefix(b", ")))
            before = b""
        yield Piece(before + b"]}", is_last=True)


async def _object(page: Page, hints: HintSearch | None) -> AsyncGenerator[str]:
    yield '{"incidents": ['
    before = ""
    async with aclosing(page.incidents()) as found:
        async for incidents in found:
            yield before + ", ".join([each.to_json() for each in incidents])
            before = ", "
    yield f"], {await _end(page, hints)}}}"


async def _lines(page: Page, hints: HintSearch | None) -> AsyncGenerator[str]:
    async with aclosing(page.incidents()) as found:
        async for incidents in found:
            yield "".join([each.to_line() + "\n" for each in incidents])
    yield f"{{{await _end(page, hints)}}}\n"


async def _end(page: Page, hints: HintSearch | None) -> str:
    """Where to go on; or what else may have been meant where there is nothing at all."""
    if page.next is not None:
        return f'"next": "{write_cursor(page.next)}"'
    found = await hints.look() if hints is not None and page.is_empty else []
    shown = json.dumps([_hint(each) for each in found], ensure_ascii=False)
    return f'"next": null, "hints": {shown}' if found else '"next": null'


def _hint(hint: Hint) -> dict[str, Any]:
    return {
        "query": hint.query,
        "count": hint.count,
        "estimate": hint.is_estimate,
        "reason": hint.reason,
    }
