"""An answer as bytes, in pieces that are sent as they are made."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from incidents.search.answer import Answer
from incidents.search.question import write_cursor

JSON = "application/json"
NDJSON = "application/x-ndjson"

PIECE_BYTES = 64 * 1024


async def render(answer: Answer, *, in_lines: bool) -> AsyncGenerator[bytes]:
    """The answer as JSON, or in lines (NDJSON); only the last piece is under PIECE_BYTES.

    Raises StorageError, as searching does.
    """
    async with aclosing(_lines(answer) if in_lines else _object(answer)) as texts:
        piece = bytearray()
        async for text in texts:
            piece += text.encode()
            if len(piece) >= PIECE_BYTES:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)


async def _object(answer: Answer) -> AsyncGenerator[str]:
    yield '{"incidents": ['
    separator = ""
    async with aclosing(answer.incidents()) as incidents:
        async for incident in incidents:
            yield separator + incident.to_json()
            separator = ", "
    yield f'], "next": {_next(answer)}}}' if answer.is_page else "]}"


async def _lines(answer: Answer) -> AsyncGenerator[str]:
    async with aclosing(answer.incidents()) as incidents:
        async for incident in incidents:
            yield incident.to_line() + "\n"
    if answer.is_page:
        yield f'{{"next": {_next(answer)}}}\n'


def _next(answer: Answer) -> str:
    return "null" if answer.next is None else f'"{write_cursor(answer.next)}"'
