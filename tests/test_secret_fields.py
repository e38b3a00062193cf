"""Values of fields that a setting names never reach the database; all else stays as it was sent."""

import json
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.core.incident import NOT_KEPT, Body
from incidents.core.report.secret_fields import SecretFields
from tests.api import Api
from tests.oracle import recomputed_hash

OpenApi = Callable[..., Awaitable[Api]]


def redacted(text: str, *paths: str) -> str:
    return SecretFields(paths).redact(Body(text), 100).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a" : {"b":1.0 , "c": 2}}', '{"a" : {"b":"[redacted]" , "c": 2}}'),
        ('{"a.b": {"x": 1}, "a": []}', '{"a.b": "[redacted]", "a": []}'),
        (' [ {"a": [[{"b": "x"}], {"b":\n2}, 3]} ]', None),
        ('[{"a": {"b": 1, "b": {}}}]', '[{"a": {"b": "[redacted]", "b": "[redacted]"}}]'),
        ('{"\\u0061": {"\\u0062": "x"}}', '{"\\u0061": {"\\u0062": "[redacted]"}}'),
        ('{"b": 1, "A": {"b": 2}}', '{"b": 1, "A": {"b": 2}}'),
        ('{"x": {"a": {"b": 3}}}', '{"x": {"a": {"b": 3}}}'),
        ('{"a": {"b": {"a": {"b": 1}}}}', '{"a": {"b": "[redacted]"}}'),
        ('{"a": "b"}', '{"a": "b"}'),
        ('"a.b"', '"a.b"'),
        ("{ }", "{ }"),
    ],
)  # fmt: skip
def test_only_the_values_of_the_paths_change(text: str, expected: str | None) -> None:
    if expected is None:
        expected = ' [ {"a": [[{"b": "[redacted]"}], {"b":\n"[redacted]"}, 3]} ]'

    assert redacted(text, "a.b") == expected


NAMES = st.sampled_from(["a", "b", "a.b", "é", '"'])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(NAMES, each, max_size=3),
    max_leaves=12,
)


def oracle(value: object, path: str) -> object:
    match value:
        case dict():
            return {
                name: "[redacted]"
                if name == path
                else oracle(each, path[len(name) + 1 :])
                if path.startswith(f"{name}.")
                else each
                for name, each in value.items()
            }
        case list():
            return [oracle(each, path) for each in value]
    return value


@given(VALUES, st.sampled_from(["a", "a.b", "b.a.b", "é.a", '".b']), st.booleans())
def test_it_does_what_an_oracle_does_with_the_value(
    value: object,
    path: str,
    ascii_: bool,  # noqa: FBT001
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_)

    found = SecretFields([path]).redact(Body(text), 100)

    assert json.loads(found.text) == oracle(value, path)
    assert (found == Body(text)) == (oracle(value, path) == value) or "[redacted]" in text
    assert found.raw in (None, NOT_KEPT)


async def test_no_way_in_stores_it(open_api: OpenApi) -> None:
    api = await open_api(redacted_fields="user.email,password")
    secret = {"user": {"email": "hunter2"}, "password": "hunter2", "n": 1}
    large = {**secret, "log": ["x" * 20] * 2000}
    form = b"password=hunter2&n=1"
    for body, type_ in [
        (json.dumps(secret).encode(), "application/json"),
        (json.dumps(secret).encode(), "text/plain"),
        (json.dumps(large).encode(), "application/json"),
        (form, "application/x-www-form-urlencoded"),
        (json.dumps(secret).encode() + b"\n" + json.dumps(large).encode(), "application/x-ndjson"),
        (json.dumps([secret, secret]).encode("utf-16"), "application/json; charset=utf-16"),
    ]:
        result = await api.request("POST", "/problems", body, {"Content-Type": type_})
        assert result.status in (200, 201), result.text

    assert (await api.post("/api/1/store/", json.dumps(secret).encode())).status == 200

    for id_ in range(1, 9):
        shown = await api.get(f"/incidents/{id_}")
        assert "hunter2" not in shown.text
        assert "[redacted]" in shown.text
        assert shown.json["hash"] == recomputed_hash(shown.json)
        raw = await api.get(f"/incidents/{id_}/raw")
        assert raw.status == 404
        assert "redacted" in raw.json["detail"]
    assert await api.find({"password": "hunter2"}) == []


async def test_what_has_no_such_field_is_kept_as_sent(open_api: OpenApi) -> None:
    api = await open_api(redacted_fields="user.email")

    await api.post("/problems", b'{"user" : {"name": "email"}}')
    await api.request(
        "POST", "/problems", b"email=1", {"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert (await api.get("/incidents/1/raw")).content == b'{"user" : {"name": "email"}}'
    assert (await api.get("/incidents/2/raw")).content == b"email=1"


async def test_what_is_wrong_is_still_said(open_api: OpenApi) -> None:
    api = await open_api(redacted_fields="a")

    assert (await api.post("/problems", b'{"a": 1')).status == 400
    assert (await api.post("/problems", b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}")).status == 422
