"""The events that a listener receives, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from incidents.core.incident import StoredIncident
from incidents.db.stream.position import Position


@dataclass(frozen=True, eq=False)
class Given:
    """A matching incident, and the listener's position behind it."""

    incident: StoredIncident
    position: Position

    @cached_property
    def written(self) -> bytes:
        """As a server-sent event; written once for all listeners."""
        return f"id: {self.position}\ndata: {self.incident.to_line()}\n\n".encode()

    @property
    def size(self) -> int:
        """Roughly its memory in bytes."""
        return len(self.incident.headers) + len(self.incident.body)


@dataclass(frozen=True, slots=True)
class Skipped:
    """So many matching incidents were skipped, up to that position."""

    count: int
    position: Position

    @property
    def written(self) -> bytes:
        """As a server-sent event."""
        return (
            f'id: {self.position}\nevent: skipped\ndata: {{"skipped": {self.count}}}\n\n'.encode()
        )


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing else matched, up to that position."""

    position: Position

    @property
    def written(self) -> bytes:
        """An event without data: a browser stores its id, and raises no event."""
        return f"id: {self.position}\n\n".encode()


Event = Given | Skipped | Quiet


@dataclass(frozen=True, eq=False)
class Piece:
    """Some events that are sent in one write; none if there is nothing to send."""

    events: Sequence[Event]

    def __bool__(self) -> bool:
        return bool(self.events)

    @cached_property
    def written(self) -> bytes:
        """All events as text; written once for all listeners that receive the same."""
        return b"".join([event.written for event in self.events])

    @cached_property
    def given(self) -> int:
        """The number of incidents in it."""
        return sum([isinstance(event, Given) for event in self.events])

    @cached_property
    def skipped(self) -> int:
        """The number of incidents that it reports as skipped."""
        return sum([event.count for event in self.events if isinstance(event, Skipped)])
