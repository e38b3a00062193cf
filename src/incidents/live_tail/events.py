"""What a listener is told, and how that is written.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from incidents.core.incident import StoredIncident
from incidents.live_tail.position import Position


@dataclass(frozen=True, eq=False)
class Given:
    """An incident that matches, and the position of whoever has taken it."""

    incident: StoredIncident
    position: Position

    @cached_property
    def written(self) -> bytes:
        """As a server-sent event; written once for all who listen."""
        return f"id: {self.position}\ndata: {self.incident.to_line()}\n\n".encode()

    @property
    def size(self) -> int:
        """About as many bytes as it holds."""
        return len(self.incident.headers) + len(self.incident.body)


@dataclass(frozen=True, slots=True)
class Skipped:
    """So many incidents that match were left out, up to that position."""

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
        """Without data: a browser takes in the id, and tells nobody."""
        return f"id: {self.position}\n\n".encode()


Event = Given | Skipped | Quiet


@dataclass(frozen=True, eq=False)
class Piece:
    """Some events that are told in one write; none where there is nothing to tell."""

    events: Sequence[Event]

    def __bool__(self) -> bool:
        return bool(self.events)

    @cached_property
    def written(self) -> bytes:
        """All of them; written once for all who are told the same."""
        return b"".join([event.written for event in self.events])

    @cached_property
    def given(self) -> int:
        """How many incidents it gives."""
        return sum([isinstance(event, Given) for event in self.events])

    @cached_property
    def skipped(self) -> int:
        """How many it says that were left out."""
        return sum([event.count for event in self.events if isinstance(event, Skipped)])
