"""Limits of a connection, in bytes and in seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from incidents.http.http1.head import Headers

# How far a reader of a long response may be behind one of 64 KiB/s before it is disconnected.
# Senders have the same time for headers and bodies.
SEND_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a worker's connections, and the response to those that exceed them.

    `refuse` makes status, headers and body of the response to a malformed request, or to one
    connection too many. `refused_…` limit how much of a body is read and discarded after an early
    response.
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
        """The shortest time limit."""
        waiting = min(self.head_seconds_max, self.body_seconds_max)
        return min(waiting, self.send_seconds_max, self.refused_seconds_max)
