"""What a connection may take, in bytes and in seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from incidents.http.http1.head import Headers

# How far behind a client of 64 KiB/s a reader of a long answer may be before it is disconnected: as
# long as senders have for their headers and bodies.
SEND_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a worker's connections, and what is said to those that pass them.

    `refuse` makes status, headers and body of the answer to what is no request, or one too many.
    `refused_…` bound what is read and forgotten behind an answer that came before the body's end.
    """

    connections_max: int
    head_bytes_max: int
    heads_bytes_max: int
    head_seconds_max: float
    body_seconds_max: float
    send_seconds_max: float
    refused_bytes_max: int
    refused_seconds_max: float
    refuse: Callable[[HTTPStatus, str], tuple[int, Headers, bytes]]

    @property
    def shortest_seconds(self) -> float:
        """The shortest of the times."""
        waiting = min(self.head_seconds_max, self.body_seconds_max)
        return min(waiting, self.send_seconds_max, self.refused_seconds_max)
