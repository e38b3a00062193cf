"""A page of groups: those of everything in a time, or of what matches until a deadline."""

import asyncio
import base64
import binascii
import struct
from collections.abc import AsyncGenerator, Iterable, Sequence
from heapq import nlargest
from typing import NamedTuple

from incidents.core.errors import BadParameter, OutOfTime, Overloaded
from incidents.db.condition import Window
from incidents.search.counts.counting import Counting
from incidents.search.group_counts import GroupCount, GroupCounting, GroupsAsked, Sort

# How many ids are counted first; how fast that was, says how many are next.
_FIRST_IDS = 16_384
_GROWTH = 8
_NARROWING = 16
# A window takes about this part of the time that is left.
_SHARE = 0.25
# However little time there is: a page goes on at least a little.
_SECONDS_MIN = 5.0
_INSTANT = 0.001
# What was counted once within the deadline is counted again for the groups behind a page's last.
_AGAIN = 4
# Groups of a window that are held in memory at once.
_GROUPS_MAX = 200_000

# The version, the sort, ids low <= id < below, and the place of the last group where more of these
# ids follow.
_CURSOR = struct.Struct(">BBqq?qq")
_VERSION = 1
_SORTS = list(Sort)


class GroupCursor(NamedTuple):
    """Where a page goes on: with ids low <= id < below, `after` a group's place among theirs."""

    below: int
    low: int = 0
    after: tuple[int, int] | None = None


class GroupPage(NamedTuple):
    """Groups, and where to go on. If it is not `complete`, older matches are not counted yet."""

    groups: Sequence[GroupCount]
    next: GroupCursor | None
    complete: bool


class GroupPages:
    """Makes pages. All methods raise StorageError."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._groups = GroupCounting(counting)
        self._clock = asyncio.get_running_loop().time

    async def page(
        self, asked: GroupsAsked, cursor: GroupCursor | None, seconds: float
    ) -> GroupPage:
        """The groups behind the cursor, in about `seconds`."""
        if cursor is None:
            cursor = GroupCursor(await self._groups.end(seconds))
        again = cursor.after is not None and cursor.low > 0
        deadline = self._clock() + seconds * (_AGAIN if again else 1)
        if asked.condition.is_of_all and await self._groups.adds_up():
            window = cursor.low, cursor.below
            try:
                every = await self._groups.all(asked, window, cursor.after, seconds)
            except OutOfTime:
                deadline = self._clock() + seconds
            else:
                return _page(asked, cursor, every, cursor.low)
        found, reached = await self._matching(asked, cursor, deadline)
        if again and reached > cursor.low:
            raise Overloaded("the groups of this page took too long to count again: try again soon")
        behind = [
            each for each in found if cursor.after is None or each.place(asked.sort) < cursor.after
        ]
        return _page(asked, cursor, behind, reached)

    async def _matching(
        self, asked: GroupsAsked, cursor: GroupCursor, deadline: float
    ) -> tuple[Iterable[GroupCount], int]:
        """The groups of the newest matches, and the id down to which they are counted."""
        found: dict[int, GroupCount] = {}
        reached = cursor.below
        async for groups, bottom in self._windows(asked, cursor, deadline):
            reached = bottom
            for each in groups:
                known = found.get(each.key)
                found[each.key] = each if known is None else known.with_more(each)
            if len(found) >= _GROUPS_MAX:
                break
        return found.values(), reached

    async def _windows(
        self, asked: GroupsAsked, cursor: GroupCursor, deadline: float
    ) -> AsyncGenerator[tuple[list[GroupCount], int]]:
        """What matches in one window after another, the newest first, and where each begins."""
        width, has_begun = _FIRST_IDS, False
        ids = (window for window in reversed(await self._counting.windows(asked.condition)))
        for low, high in (_within(window, (cursor.low, cursor.below)) for window in ids):
            top = high
            while top > low:
                begun = self._clock()
                left = deadline - begun
                if has_begun and left <= 0:
                    return
                bottom = max(low, top - width)
                try:
                    seconds = left if has_begun else max(left, _SECONDS_MIN)
                    groups = await self._groups.matching(asked, (bottom, top), seconds)
                except OutOfTime:
                    if has_begun or width == 1:
                        return
                    width = max(1, width // _NARROWING)
                    continue
                has_begun, top = True, bottom
                yield groups, bottom
                took = max(_INSTANT, self._clock() - begun)
                fit = int(width * (deadline - self._clock()) * _SHARE / took)
                width = max(1, min(width * _GROWTH, fit))
        yield [], cursor.low


def _within(window: Window, bounds: Window) -> Window:
    low, high = max(window[0], bounds[0]), min(window[1], bounds[1])
    return low, max(low, high)


def _page(
    asked: GroupsAsked, cursor: GroupCursor, found: Iterable[GroupCount], reached: int
) -> GroupPage:
    some = nlargest(asked.limit + 1, found, key=lambda each: each.place(asked.sort))
    groups = some[: asked.limit]
    next_: GroupCursor | None = None
    if len(some) > asked.limit:
        next_ = GroupCursor(cursor.below, reached, groups[-1].place(asked.sort))
    elif reached > 0:
        next_ = GroupCursor(reached)
    return GroupPage(groups, next_, reached <= 0)


def write_cursor(cursor: GroupCursor, sort: Sort) -> str:
    """The cursor as text."""
    place = cursor.after or (0, 0)
    packed = _CURSOR.pack(
        _VERSION,
        _SORTS.index(sort),
        cursor.below,
        cursor.low,
        cursor.after is not None,
        *place,
    )
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def parse_cursor(text: str, sort: Sort) -> GroupCursor:
    """The cursor of a text. Raises BadParameter."""
    try:
        padded = text + "=" * (-len(text) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        version, number, below, low, has_place, *place = _CURSOR.unpack(packed)
    except (ValueError, binascii.Error, struct.error):
        version = number = below = low = 0
    if version != _VERSION or number != _SORTS.index(sort) or not 0 <= low <= below:
        raise BadParameter(
            "after", f"a cursor is what a page of the same sort gave as its next, not {text[:80]!r}"
        )
    return GroupCursor(below, low, (place[0], place[1]) if has_place else None)
