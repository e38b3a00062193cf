"""Waits until rules and channels have said everything, and holds it to what is stored."""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from faults.asking import ask, find_lines, items
from faults.rules.oracle import Judged, Times, Told, graces_of, judge, told_of
from faults.rules.receiver import Delivery, Receiver
from faults.rules.stories import ABSENT_SECONDS, QUIET_SECONDS, STORIES, UNFED

# A channel that failed often pauses for minutes before it is tried again.
_SECONDS_MAX = 420
_POLL_SECONDS = 0.5
# What nobody may say any more would be said by then.
_LATER_SECONDS = max(QUIET_SECONDS, ABSENT_SECONDS) + 1

Row = dict[str, Any]


async def audit(port: int, receiver: Receiver) -> Judged:
    """What was said, and what was wrong with it, once nothing more is to be said."""
    stored = map(json.loads, await find_lines(port))
    times = Times((each["id"], each["received_at"]) for each in stored)
    until = time.monotonic() + _SECONDS_MAX
    while time.monotonic() < until:
        judged = await _judged(port, times)
        if not judged.wrong and not await _is_pending(port):
            break
        await asyncio.sleep(_POLL_SECONDS)
    await asyncio.sleep(_LATER_SECONDS)
    judged = await _judged(port, times)
    outbox = [each async for each in items(port, "/notifications?limit=100", "notifications")]
    judged.wrong += in_outbox(told_of(await _incidents(port)), outbox)
    deliveries = receiver.received()
    ids = {each.id for each in deliveries}
    judged.notifications, judged.received = len(outbox), len(ids)
    judged.again = len(deliveries) - len(ids)
    judged.wrong += received(outbox, deliveries)
    return judged


async def _judged(port: int, times: Times) -> Judged:
    lines = [each async for each in items(port, f"/rules/{UNFED}/history?limit=1000", "history")]
    graces = graces_of(each["detail"] for each in lines if each["event"] == "grace")
    return judge(await _incidents(port), graces, times)


async def _incidents(port: int) -> list[Row]:
    """What feeds rules, and what the server stored about them."""
    kinds = " OR ".join([*(f"kind={kind}" for kind in STORIES), "Incidents-Rule:*"])
    lines = await find_lines(port, f"?q={kinds.replace(' ', '%20')}")
    return [json.loads(line) for line in lines]


async def _is_pending(port: int) -> bool:
    page = json.loads(await ask(port, "GET", "/notifications?state=pending&limit=1"))
    return bool(page["notifications"])


def in_outbox(expected: Counter[Told], outbox: Iterable[Row]) -> Iterator[str]:
    """What was to be told, and is not in the outbox just as often, a line each."""
    found: Counter[Told] = Counter()
    for row in outbox:
        if row["state"] != "sent":
            yield f"a notification is {row['state']}: {row}"
        payload = row["payload"]
        if row["rule"] is not None:
            data = payload["data"]
            found[data["rule"], json.dumps(data["by"]), payload["type"], payload["timestamp"]] += 1
    for told in expected | found:
        if expected[told] != found[told]:
            yield f"{told}: {found[told]} notifications instead of {expected[told]}"


def received(outbox: Iterable[Row], deliveries: Iterable[Delivery]) -> Iterator[str]:
    """What did not arrive, or not as it is in the outbox, a line each."""
    sent = {row["message_id"]: row["payload"] for row in outbox}
    arrived: dict[str, list[Row]] = defaultdict(list)
    for id_, payload in deliveries:
        arrived[id_].append(payload)
    for id_ in sent.keys() - arrived.keys():
        yield f"{id_} did not arrive: {sent[id_]}"
    for id_, payloads in arrived.items():
        if any(payload != sent.get(id_) for payload in payloads):
            yield f"{id_} arrived, and is not in the outbox so: {payloads}"
