"""/fields: the fields that there are among the matches."""

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings

from incidents.core.query.field_list import fields_of
from incidents.core.query.fields import parse_path
from incidents.core.query.normal_form import path_text
from incidents.core.query.predicate import Predicate
from incidents.core.query.subject import Identity, Subject
from incidents.core.query.tree import Exists, Path
from tests.api import Api
from tests.queries import incidents, read
from tests.query_oracle import Stored


async def fields(api: Api, query: str, example: Any = None) -> Any:
    path = f"/fields?seconds=5&{query}"
    raw = None if example is None else json.dumps(example).encode()
    answer = await (api.get(path) if raw is None else api.post(path, raw))
    assert answer.status == 200, answer.text
    return answer.json


async def test_fields_as_a_query_line_has_them(shared_api: Api) -> None:
    own = {"s": "f1", "id": 7, "a b": None, "x.y": 1, "host": "h", "user": {"id": 1}}
    await shared_api.report(own, X_Kind="k")
    await shared_api.report({"s": "f1", "user": {"id": "u"}, "tags": ["p", 1]}, X_Kind="k")

    answer = await fields(shared_api, "q=s%3Df1")

    assert answer["count"] == 2
    assert answer["estimate"] is False
    assert {"field": "user.id", "types": ["number", "string"], "count": 2, "share": 1} in answer[
        "fields"
    ]
    found = {each["field"]: (each["types"], each["count"]) for each in answer["fields"]}
    assert found["headers.X-Kind"] == (["string"], 2)
    assert found["headers.Host"] == (["string"], 2)
    assert found["body.host"] == (["string"], 1)  # host alone would mean the header, too
    assert found['"id"'] == (["number"], 1)
    assert found['"a b"'] == (["null"], 1)
    assert found['"x.y"'] == (["number"], 1)
    assert found["user"] == (["object"], 2)
    assert found["tags"] == (["array", "number", "string"], 1)
    assert [each["count"] for each in answer["fields"]] == sorted(
        (each["count"] for each in answer["fields"]), reverse=True
    )
    for each in answer["fields"]:
        query = urlencode({"q": f"s=f1 {each['field']}:*"})
        there = await shared_api.get(f"/timeline?seconds=5&{query}")
        assert there.json["count"] == each["count"], each


async def test_of_bodies_that_are_no_objects(shared_api: Api) -> None:
    example = {"X-Of": "f2"}
    for body in ("text", ["a", [1]], [{"k": 1}, {"k": "x", "m": 2}, 5]):
        await shared_api.report(body, X_Of="f2")

    found = {
        each["field"]: (each["types"], each["count"])
        for each in (await fields(shared_api, "", example))["fields"]
        if not each["field"].startswith("headers.")
    }

    assert found == {
        "body": (["array", "number", "string"], 2),
        "k": (["number", "string"], 1),
        "m": (["number"], 1),
    }


async def test_what_is_data_is_no_field(shared_api: Api) -> None:
    deep: Any = 1
    for _ in range(12):
        deep = {"d": deep}
    await shared_api.report(
        {"s": "f3", "n" * 129: 1, "deep": deep, **{f"k{n}": n for n in range(600)}}
    )

    names = {each["field"] for each in (await fields(shared_api, "q=s%3Df3"))["fields"]}

    assert "n" * 129 not in names
    assert "deep.d.d.d.d.d.d.d" in names
    assert "deep.d.d.d.d.d.d.d.d" not in names
    assert len(names) < 500


async def test_an_unknown_parameter_is_refused(shared_api: Api) -> None:
    answer = await shared_api.get("/fields?field=a")
    assert answer.status == 400
    assert "field: unknown" in answer.json["detail"]


@settings(max_examples=100, deadline=None)
@given(stored=incidents)
def test_each_field_is_one_that_the_incident_has(stored: Stored) -> None:
    headers, body = read(stored.headers), read(stored.body)
    subject = Subject(Identity(stored.id, stored.hash, stored.received_at), headers, body)

    for names, place, _ in fields_of(headers, body):
        path = Path(names, place)
        assert Predicate(Exists(path)).matches(subject), path
        assert parse_path(path_text(path)) == path
