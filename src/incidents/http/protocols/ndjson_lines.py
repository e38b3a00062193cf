"""Splits a request into lines, and puts them into its window."""

from incidents.core import json_text
from incidents.core.errors import IncidentsError, NoLineTaken
from incidents.core.incident import Body
from incidents.core.report.body import split_array
from incidents.http.message.client import Client
from incidents.ingest.bulk_window import BulkWindow, Line
from incidents.ingest.pending_write import PendingWrite

# The status is held back for this many refused lines, or bytes of refusals: they are in memory
# meanwhile, and a client that does not send lines at all can be told by the status.
_REFUSED_MAX = 1000
_REFUSED_BYTES_MAX = 64 * 1024
# Roughly the bytes of a refusal besides its text, which it has twice.
_REFUSAL_BYTES = 200


class Put:
    """Where the lines go, with which headers, and whether arrays are split.

    `is_held`: the status waits for their outcome. `kind` is what one of them is called.
    """

    def __init__(
        self, client: Client, window: BulkWindow, headers: str, *, split: bool, is_held: bool = True
    ) -> None:
        self.client = client
        self.kind = "line" if is_held else "record"
        self.window = window
        self.headers = headers
        self.split = split
        self._takes_any = not is_held
        self._refused = self._refused_bytes = 0

    async def line(self, line: Line) -> None:
        """Puts it into the window once there is room. Raises as `BulkWindow.put` does.

        Raises NoLineTaken if so many lines were refused, and none stored, that the status cannot
        wait.
        """
        if isinstance(line.outcome, PendingWrite):
            self._takes_any = True
        elif not self._takes_any:
            self._count(line.outcome)
        if self.window.is_full(line):
            await self.window.until_space(line)
        self.window.put(line)

    def _count(self, error: IncidentsError) -> None:
        if self._refused >= _REFUSED_MAX or self._refused_bytes >= _REFUSED_BYTES_MAX:
            raise NoLineTaken(
                f"none of the first {self._refused} lines could be stored, and no more was read: "
                "send a JSON text a line, or JSON as application/json"
            )
        self._refused += 1
        self._refused_bytes += 2 * len(error.detail) + _REFUSAL_BYTES


class Lines:
    """Splits pieces into lines; of a line that is too long it keeps little more than the limit."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._begun = bytearray()

    def take(self, piece: bytes) -> list[bytes]:
        """The lines that end in this piece."""
        first, *lines = piece.split(b"\n")
        self._go_on(first)
        if not lines:
            return []
        first, begun = self.rest(), lines.pop()
        self._go_on(begun)
        return [first, *(line.removesuffix(b"\r") for line in lines)]

    def rest(self) -> bytes:
        """The last line, which has no line end."""
        line = bytes(self._begun)
        self._begun.clear()
        return line.removesuffix(b"\r")

    def _go_on(self, more: bytes) -> None:
        if len(self._begun) <= self._bytes_max:
            self._begun += more


def elements(body: Body) -> list[Body]:
    """The elements of a line that is a non-empty array; otherwise the line."""
    try:
        texts = split_array(body.text, json_text.parse(body.text, json_text.ANY_DEPTH))
    except IncidentsError:
        return [body]  # reported when the incident is made
    if texts is None:
        return [body]
    is_utf8 = body.raw is None
    return [Body(each, None if is_utf8 else each.encode("latin-1")) for each in texts]
