"""What is wrong now, who was told of it, and what became of that: /firing and the history."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api
from tests.receiver import OK, answer, receiver
from tests.test_rules import SECONDS_MAX, put, rule

pytestmark = pytest.mark.jobs

OpenApi = Callable[..., Awaitable[Api]]


async def firing(api: Api, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """What /firing says, as soon as it says that."""
    async with asyncio.timeout(SECONDS_MAX):
        while not wanted(found := (await api.get("/firing")).json):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return dict(found)


@pytest.fixture
async def api(open_api: OpenApi, tmp_path: Path) -> Api:
    return await open_api(signature_key_file=tmp_path / "signatures.key")


async def test_it_lists_what_fires_and_pends_of_all_rules(api: Api) -> None:
    assert (await api.get("/firing")).json["evaluated_until"] is None
    await rule(api, "errors", "any", "level=error", by=["host"], quiet="1h")
    await rule(api, "often", "count >= 2 in 1h", "level=error", quiet="1h")
    await rule(api, "backup", "absent for 1h")
    ids = [await api.report({"level": "error", "host": "a", "message": "full"})]

    found = await firing(api, lambda now: now["firing"] and now["pending"])

    assert (found["rules"], found["rules_firing"]) == (3, 1)
    fires, pends = found["states"]
    assert (fires["rule"], fires["by"], fires["incidents"]) == ("errors", {"host": "a"}, ids)
    assert fires["title"] == "errors (host=a): full"
    assert (pends["rule"], pends["status"], pends["count"]) == ("often", "pending", 1)
    behind = [datetime.fromisoformat(found[name]) for name in ("evaluated_until", "now")]
    assert timedelta() <= behind[1] - behind[0] < timedelta(seconds=SECONDS_MAX)
    assert len((await api.get("/firing?limit=1")).json["states"]) == 1


async def test_who_was_told_is_said_and_each_attempt_is_in_the_history(api: Api) -> None:
    async with receiver(answer(500, "not now"), OK) as hook:
        slack = {"slack": {"url": hook.url}}
        assert (await put(api, "/channels/hook", slack)).status == 200
        await rule(api, "errors", "any", "level=error", quiet="1h", channels=["hook"])
        await api.report({"level": "error", "message": "full"})

        def attempted(now: dict[str, Any]) -> bool:
            return any(told["attempts"] for each in now["states"] for told in each["channels"])

        ((failed,),) = [each["channels"] for each in (await firing(api, attempted))["states"]]
        assert (failed["channel"], failed["state"], failed["attempts"]) == ("hook", "pending", 1)
        assert "500" in failed["last_error"]
        await api.post(f"/notifications/{failed['id']}/retry", b"")

        def sent(now: dict[str, Any]) -> bool:
            return any(told["sent_at"] for each in now["states"] for told in each["channels"])

        await firing(api, sent)

    (shown,) = (await api.get("/rules/errors")).json["states"]
    assert [each["state"] for each in shown["channels"]] == ["sent"]
    delivered, missed, fired = (await api.get("/rules/errors/history")).json["history"]
    assert [fired["event"], missed["event"], delivered["event"]] == [
        *("firing", "failed", "delivered")
    ]
    assert missed["title"] == "delivery to hook failed: errors: full"
    assert "500" in missed["detail"]
    assert delivered["title"] == "delivered to hook: errors: full"


async def test_a_rule_about_a_group_can_be_tried(api: Api) -> None:
    await api.report({"service": "web", "message": "timeout after 3 ms"})
    (group,) = (await api.get("/groups")).json["groups"]
    tried = {"rule": {"query": f"group={group['id']}", "when": "any"}}

    reply = await api.request(
        "POST", "/rules/try", json.dumps(tried).encode(), {"Content-Type": "application/json"}
    )

    assert reply.json["matches"] == 1


async def test_an_error_names_the_place_that_is_wrong(api: Api) -> None:
    wrong = await put(api, "/rules/errors", {"query": "level=error", "when": "sometimes"})

    assert (wrong.status, wrong.json["parameter"]) == (400, "rules.errors.when")
