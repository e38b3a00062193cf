"""What a page says that found nothing: hints at what would match."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings

from incidents.core.errors import OutOfTime
from incidents.core.query.hints import hints_of
from incidents.core.query.normal_form import normal_form
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import Tree
from incidents.search.counts import hints as hints_module
from incidents.search.counts.counting import Counting
from incidents.search.counts.tally import Tally
from tests.api import Api
from tests.queries import trees


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, too, there is time."""
    monkeypatch.setattr(hints_module, "SECONDS_MAX", 60)


async def hints(api: Api, query: str, **parameters: Any) -> dict[str, int]:
    asked = urlencode({"q": query, "limit": 5, **parameters})
    answer = await api.get(f"/find?{asked}")
    assert answer.status == 200, answer.text
    assert answer.json["incidents"] == []
    found = answer.json.get("hints", [])
    assert all(each["reason"] and not each["estimate"] for each in found)
    return {each["query"]: each["count"] for each in found}


async def test_what_would_match(shared_api: Api) -> None:
    api = shared_api
    for body in ({"team": "Payments", "code": 777}, {"team": "Payments", "code": "777"}):
        await api.report(body)
    await api.report({"team": "search", "note": "of payments-eu"})

    assert await hints(api, "team=payments") == {"team:payments": 2, "payments": 3}
    assert await hints(api, 'code="777" team=x OR code=7777') == {}
    assert await hints(api, 'team="Payments" code="777" note:*') == {}
    assert await hints(api, "headers.code=777") == {"code=777": 2, "777": 2}
    assert await hints(api, "body.Team=Payments") == {"body.team=Payments": 2, "payments": 3}
    assert await hints(api, "ayment") == {"*ayment*": 3}
    assert await hints(api, "team=search code>5 note:PAYMENTSEU -code:*") == {}
    assert await hints(api, '{"team": "payments"}') == {"team:payments": 2, "payments": 3}
    assert await hints(api, "team=payments -code=777") == {"payments code!=777": 1}


@pytest.mark.slow
async def test_what_cannot_be_counted_in_time_is_estimated(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An estimate uses the whole time, and is there at its end."""

    async def endless(_: Counting, __: object, ___: object, seconds: float) -> Tally:
        await asyncio.sleep(seconds)
        raise OutOfTime("never done")

    monkeypatch.setattr(Counting, "all", endless)
    monkeypatch.setattr(hints_module, "SECONDS_MAX", 3)
    monkeypatch.setattr(hints_module, "_MARGIN_SECONDS", 60)
    for _ in range(50):
        await shared_api.report({"colour": "Red"})

    answer = await shared_api.get("/find?q=colour%3Dred&limit=5")

    (hint, _) = answer.json["hints"]
    assert (hint["query"], hint["estimate"]) == ("colour:red", True)


async def test_a_number_in_quotes(shared_api: Api) -> None:
    await shared_api.report({"exit": 4711})
    assert await hints(shared_api, 'exit="4711"') == {"exit=4711": 1, "exit:4711": 1, "4711": 1}


async def test_within_the_time_that_is_asked_for(shared_api: Api) -> None:
    await shared_api.report({"zone": "North"})
    assert await hints(shared_api, "zone=north", since="1h") != {}
    answer = await shared_api.get("/find?q=zone%3Dnorth&limit=5&until=1h")
    assert answer.json == {"incidents": [], "next": None}


async def test_an_example_beside_the_query_has_to_match_too(shared_api: Api) -> None:
    for host in ("m1", "m1", "m2"):
        await shared_api.report({"unit": "Mixer", "machine": host})
    found = await shared_api.post("/find?q=unit%3Dmixer&limit=5", b'{"machine": "m1"}')
    counts = {each["query"]: each["count"] for each in found.json["hints"]}
    assert counts == {"unit:mixer": 2, "mixer": 2}


async def test_there_are_none_where_nobody_needs_them(shared_api: Api) -> None:
    id_ = await shared_api.report({"shape": "Round"})
    for query in ("q=shape%3Dround", "q=shape%3DRound&limit=5", "q=nowhere-at-all&limit=5"):
        assert "hints" not in (await shared_api.get(f"/find?{query}")).json
    page = await shared_api.get("/find?q=shape:*&limit=1")
    assert [each["id"] for each in page.json["incidents"]] == [id_]
    lines = await shared_api.get("/find?q=shape%3Dround&limit=5", Accept="application/x-ndjson")
    assert '"hints": [{"query": "shape:round", "count": 1' in lines.text


@settings(max_examples=300, deadline=None)
@given(tree=trees)
def test_a_hint_is_a_query_line(tree: Tree) -> None:
    for hint in hints_of(tree):
        assert hint.tree != tree
        assert parse_query(normal_form(hint.tree), 100) == hint.tree
