"""Real input: webhooks as GitHub sends them, and JSON texts that parsers get wrong.

The texts lie beside the project, not in it: where they are missing, this is skipped.
"""

import asyncio
import json
import uuid
from pathlib import Path

import pytest

from tests.api import Api
from tests.oracle import recomputed_hash

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[2] / "shared" / "data"
WEBHOOKS = sorted(DATA.glob("github-webhooks/*.json"))
JSON_TEXTS = sorted(DATA.glob("json-test-suite/*.json"))

needs_data = pytest.mark.skipif(not (WEBHOOKS and JSON_TEXTS), reason="needs ../shared/data")


@needs_data
async def test_every_webhook_comes_back_byte_for_byte_and_is_found(api: Api) -> None:
    for file in WEBHOOKS:
        event, body = file.name.split(".")[0], file.read_bytes()
        delivery = str(uuid.uuid4())
        reply = await api.post(
            "/problems",
            body,
            {
                "User-Agent": "GitHub-Hookshot/044aadd",
                "X-GitHub-Delivery": delivery,
                "X-GitHub-Event": event,
            },
        )
        assert reply.status == 201, file
        id_ = int(reply.headers["location"].rpartition("/")[2])

        shown = await api.get(f"/incidents/{id_}")
        assert b'"body": ' + body + b', "headers": {' in shown.content
        assert shown.json["hash"] == reply.json["hash"] == recomputed_hash(shown.json)
        assert shown.json["headers"]["X-Github-Delivery"] == delivery

        value = json.loads(body)
        example = {"X-Github-Event": event}
        if "action" in value:
            example["action"] = value["action"]
        assert id_ in await api.find(example)
        if "repository" in value:
            name = {"full_name": value["repository"]["full_name"]}
            assert id_ in await api.find({"X-Github-Event": event, "repository": name})
        by_hash = (await api.get(f"/find?h={reply.json['hash']}")).json["incidents"]
        assert id_ in [incident["id"] for incident in by_hash]
    assert len(await api.find({})) == len(WEBHOOKS)


@needs_data
async def test_every_json_text_is_taken_or_refused_as_it_must_be(api: Api) -> None:
    expected = {"y": {201}, "n": {400, 422}, "i": {201, 400, 422}}

    async def report(name: str, text: bytes) -> None:
        # Another client's good report goes on beside each.
        reply, good = await asyncio.gather(
            api.post("/problems", text), api.report({"beside": name})
        )
        assert reply.status in expected[name[0]], name
        assert good
        if reply.status == 201:
            shown = await api.get(reply.headers["location"])
            assert (await api.get(f"{reply.headers['location']}/raw")).content == text
            assert reply.json["hash"] == shown.json["hash"]

    texts = {file.name: file.read_bytes() for file in JSON_TEXTS}
    assert {name[0] for name in texts} == set(expected)
    await asyncio.gather(*(report(name, text) for name, text in texts.items()))
