"""Holds the groups that a server shows to a plain recount of what it has, and to its own finds."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from faults.asking import find_lines, items
from incidents.core.grouping.keys import id_of_key, keys_of

# So many groups are also found, each by itself.
_FOUND = 20
_PAUSE_SECONDS = 0.5

Shown = tuple[int, int, int]  # count, first and last id


async def recounted(
    port: int, lines: Sequence[bytes], random: Random, seconds: float = 0
) -> tuple[int, set[str]]:
    """How many groups the incidents make, and those that are not shown, or not found so.

    For so many seconds it waits until the server has grouped what an older version stored.
    """
    counted = _recount(lines)
    deadline = time.monotonic() + seconds
    while (differing := await _differing(port, counted, random)) and time.monotonic() < deadline:
        await asyncio.sleep(_PAUSE_SECONDS)
    return len(counted), differing


async def _differing(port: int, counted: dict[str, Shown], random: Random) -> set[str]:
    shown: dict[str, Shown] = {}
    async for each in items(port, "/groups?limit=1000", "groups"):
        before = shown.get(each["id"])
        last = before[2] if before else each["last"]["id"]
        count = each["count"] + (before[0] if before else 0)
        shown[each["id"]] = count, each["first"]["id"], last
    differing = {id_ for id_ in counted | shown if counted.get(id_) != shown.get(id_)}
    for id_ in random.sample(sorted(counted), min(_FOUND, len(counted))):
        found = [json.loads(line)["id"] for line in await find_lines(port, f"?q=group={id_}")]
        if not found or (len(found), min(found), max(found)) != counted[id_]:
            differing.add(id_)
    return differing


def group_of(incident: dict[str, Any]) -> str:
    """The id of the group that an incident belongs to."""
    return id_of_key(keys_of(json.dumps(incident["headers"]), incident["body"]).key)


def _recount(lines: Iterable[bytes]) -> dict[str, Shown]:
    ids: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        incident = json.loads(line)
        ids[group_of(incident)].append(incident["id"])
    return {group: (len(each), min(each), max(each)) for group, each in ids.items()}
