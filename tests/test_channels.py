"""/channels and /notifications: what can be set up, what is shown of it, and by whom."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from incidents.auth.key_table import KeyTable
from incidents.core.errors import BadParameter
from incidents.notifications.channel import parse_channel
from incidents.notifications.channel_fields import KINDS
from incidents.support.metrics.metrics import CHANNELS
from tests.api import Api
from tests.keys import bearer, make
from tests.receiver import answer, receiver
from tests.sql import rows_of

pytestmark = pytest.mark.jobs

OpenApi = Callable[..., Awaitable[Api]]

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"
TOKEN = "Bearer a-token-of-somebody"
HOOK = {"url": "https://ops.example/in", "secret": SECRET, "authorization": TOKEN}


@pytest.fixture
async def api(open_api: OpenApi, tmp_path: Path) -> Api:
    return await open_api(signature_key_file=tmp_path / "new" / "signatures.key")


async def put(api: Api, name: str, said: Any, **headers: str) -> Any:
    body = json.dumps(said).encode()
    return await api.request(
        "PUT", f"/channels/{name}", body, {"Content-Type": "application/json", **headers}
    )


def test_the_metrics_know_the_kinds() -> None:
    assert tuple(KINDS) == CHANNELS


async def test_secrets_are_nowhere_but_in_the_channel(
    api: Api, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await put(api, "hook", {"webhook": HOOK, "per_minute": 5})
    listed = await api.get("/channels")

    shown = {"url": HOOK["url"], "secret": "[redacted]", "authorization": "[redacted]"}
    assert reply.status == 200, reply.text
    assert reply.json["channel"] == {"webhook": shown, "per_minute": 5}
    assert listed.json["channels"] == [reply.json]
    found = await api.runtime.channels.get("hook")
    assert found is not None
    assert found.fields == HOOK
    stored = str(await asyncio.to_thread(rows_of, database, "SELECT * FROM incidents_channels"))
    for each in (stored, repr(found), caplog.text):
        assert SECRET not in each
        assert "a-token" not in each


async def test_a_redacted_secret_stays_as_it_is(api: Api) -> None:
    await put(api, "hook", {"webhook": HOOK})
    shown = (await api.get("/channels/hook")).json["channel"]
    shown["webhook"]["url"] = "https://other.example/"

    assert (await put(api, "hook", shown)).status == 200
    found = await api.runtime.channels.get("hook")
    assert found is not None
    assert found.fields == {**HOOK, "url": "https://other.example/"}
    refused = await put(api, "other", shown)
    assert refused.status == 400
    assert "[redacted] keeps what is stored, and nothing is" in refused.json["detail"]


async def test_an_error_repeats_no_secret(api: Api) -> None:
    async with receiver(answer(401, f"not you, {TOKEN}")) as hook:
        await put(api, "hook", {"webhook": {**HOOK, "url": hook.url}})
        reply = await api.request("POST", "/channels/hook/test")

    assert reply.status == 502
    assert reply.json["detail"] == "127.0.0.1 answered 401: not you, [redacted]"


async def test_a_test_goes_out_at_once(api: Api) -> None:
    async with receiver() as hook:
        await put(api, "hook", {"webhook": {**HOOK, "url": hook.url}})
        reply = await api.request("POST", "/channels/hook/test")

    assert reply.status == 200, reply.text
    assert reply.json["message_id"] == hook.ids[0]
    assert hook.requests[0].headers["authorization"] == TOKEN
    assert json.loads(hook.requests[0].body)["type"] == "channel.test"


async def test_a_channel_is_deleted_once(api: Api) -> None:
    await put(api, "hook", {"webhook": HOOK})

    assert (await api.request("DELETE", "/channels/hook")).status == 204
    assert (await api.request("DELETE", "/channels/hook")).status == 404
    assert (await api.get("/channels/hook")).status == 404


async def test_reading_a_channel_and_changing_it_are_two_scopes(
    open_api: OpenApi, table: KeyTable, tmp_path: Path
) -> None:
    read, manage = await make(table, "read"), await make(table, "manage")
    api = await open_api(signature_key_file=tmp_path / "signatures.key")
    for path, method in (("/channels/hook", "PUT"), ("/channels/hook", "DELETE")):
        body = json.dumps({"webhook": HOOK}).encode()
        headers = {"Content-Type": "application/json"}
        narrow = await api.request(method, path, body, {**headers, **bearer(read)})
        right = await api.request(method, path, body, {**headers, **bearer(manage)})
        assert (narrow.status, right.status // 100) == (403, 2)
    assert (await api.get("/channels", **bearer(read))).status == 200
    for path in ("/channels/hook/test", "/notifications/1/retry"):
        assert (await api.request("POST", path, headers=bearer(read))).status == 403
        assert (await api.request("POST", path, headers=bearer(manage))).status == 404


@pytest.mark.parametrize(
    ("said", "place", "why"),
    [
        ([], "channels.x", "a channel is an object; it is one of webhook"),
        ({}, "channels.x", "a channel has one kind, not 0"),
        ({"slack": {}, "email": {}}, "channels.x", "a channel has one kind, not 2"),
        ({"webhok": {}}, "channels.x.webhok", "did you mean webhook?"),
        ({"webhook": {"url": "https://a/", "secret": "x"}}, "channels.x.webhook.secret", "whsec_"),
        ({"webhook": {"secret": SECRET}}, "channels.x.webhook.url", "a text of 1 to 2000"),
        ({"webhook": {"url": "ftp://a/"}}, "channels.x.webhook.url", "https://ops.example/in"),
        ({"webhook": {"url": "http://u:p@a/"}}, "channels.x.webhook.url", "`authorization`"),
        ({"webhook": {"url": "http://a/\r\nX: y"}}, "channels.x.webhook.url", "control"),
        ({"webhook": {"ulr": "http://a/"}}, "channels.x.webhook.ulr", "did you mean url?"),
        ({"email": {"to": "nobody"}}, "channels.x.email.to", "ops@example.com"),
        ({"email": {"to": []}}, "channels.x.email.to", "a list of 1 to 20"),
        ({"email": {"to": "a@b.c\nBcc: d@e.f"}}, "channels.x.email.to", "ops@example.com"),
        ({"slack": {"url": "https://a/"}, "fallback": "x"}, "channels.x.fallback", "another"),
        ({"slack": {"url": "https://a/"}, "per_minute": 0}, "channels.x.per_minute", "1 to 1000"),
        ({"alertmanager": {"url": "http://a/", "ends_after": "long"}}, "ends_after", "such as 90m"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(said: Any, place: str, why: str) -> None:
    with pytest.raises(BadParameter) as refused:
        parse_channel("x", said)

    assert place in refused.value.name
    assert why in str(refused.value)


def test_a_name_fits_into_a_path() -> None:
    with pytest.raises(BadParameter, match="letters, digits"):
        parse_channel("a/b", {"slack": {"url": "https://a/"}})


async def test_there_is_no_channel_too_many(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(100):
        assert (await put(api, f"c{n}", {"slack": {"url": "https://a/"}})).status == 200

    assert (await put(api, "c7", {"slack": {"url": "https://b/"}})).status == 200
    refused = await put(api, "more", {"slack": {"url": "https://a/"}})
    assert refused.status == 400
    assert "there are 100 channels, the limit" in refused.json["detail"]
