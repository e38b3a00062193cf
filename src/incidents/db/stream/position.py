"""How far a listener has come: the position from which it can continue, and its gaps."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from incidents.core.errors import BadParameter

_ID = r"\d{1,19}"
_POSITION = re.compile(rf"({_ID})((?:~{_ID}(?:-{_ID})?)*)", re.ASCII)

NAME = "Last-Event-ID"


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """The ids from `low` to `high`, inclusive; `since` is when they were first missed."""

    low: int
    high: int
    since: float = 0

    def __contains__(self, id_: int) -> bool:
        return self.low <= id_ <= self.high

    def __str__(self) -> str:
        return f"~{self.low}" if self.low == self.high else f"~{self.low}-{self.high}"


class Gaps:
    """Ranges of ids in order, which do not touch."""

    def __init__(self, gaps: Iterable[Gap] = ()) -> None:
        self._gaps = sorted(gaps)

    def __iter__(self) -> Iterator[Gap]:
        return iter(self._gaps)

    def __len__(self) -> int:
        return len(self._gaps)

    def __contains__(self, id_: int) -> bool:
        return self._at(id_) is not None

    def __str__(self) -> str:
        return "".join(map(str, self._gaps))

    def append(self, gap: Gap) -> None:
        """Adds a gap behind all others."""
        self._gaps.append(gap)

    def discard(self, id_: int) -> None:
        """Removes an id, if it is there."""
        at = self._at(id_)
        if at is not None:
            gap = self._gaps[at]
            ends = ((gap.low, id_ - 1), (id_ + 1, gap.high))
            self._gaps[at : at + 1] = [Gap(*end, gap.since) for end in ends if end[0] <= end[1]]

    def forget(self, before: float) -> None:
        """Removes gaps that were first missed before that time."""
        self._gaps = [gap for gap in self._gaps if gap.since >= before]

    def below(self, id_: int) -> "Gaps":
        """The gaps below an id, which must be in none of them."""
        return Gaps(self._gaps[: self._after(id_)])

    def _after(self, id_: int) -> int:
        return bisect_right(self._gaps, id_, key=lambda gap: gap.low)

    def _at(self, id_: int) -> int | None:
        at = self._after(id_) - 1
        return at if at >= 0 and id_ in self._gaps[at] else None


@dataclass(frozen=True, slots=True)
class Position:
    """Everything that matches, up to the id `front`, was given, except what is in `owed`."""

    front: int
    owed: Gaps

    def __str__(self) -> str:
        return f"{self.front}{self.owed}"


def parse_position(text: str) -> Position:
    """The position in the id of an event. Raises BadParameter."""
    found = _POSITION.fullmatch(text)
    gaps = [_gap(each) for each in found[2].split("~")[1:]] if found else []
    if found is None or not _in_order(gaps, int(found[1])):
        shown = text if len(text) <= 80 else text[:80] + "…"  # noqa: PLR2004 - enough to see it
        raise BadParameter(NAME, f"the id that an event had is needed, not {shown!r}")
    return Position(int(found[1]), Gaps(gaps))


def _in_order(gaps: list[Gap], front: int) -> bool:
    lows = [*(gap.low for gap in gaps), front + 1]
    return all(gap.low <= gap.high < low for gap, low in zip(gaps, lows[1:], strict=True))


def _gap(text: str) -> Gap:
    low, _, high = text.partition("-")
    return Gap(int(low), int(high or low))
