"""/problems/in/NAME: a valid signature stands for the key, and nobody learns the names of keys."""

import asyncio
import gzip
import hmac
import json
import logging
import shutil
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from incidents.auth.key_table import KeyTable, Signing
from incidents.core.api_key import hash_of, new_key
from incidents.support.secret_box import CannotDecrypt, SecretBox
from tests import keys
from tests.api import JSON, Api, Result
from tests.command import Done, incidents
from tests.keys import bearer
from tests.oracle import recomputed_hash

OpenApi = Callable[..., Awaitable[Api]]
SECRET = "It's a Secret to Everybody"
BODY = b'{"action": "opened"}'


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.digest(secret.encode(), body, sha256).hex()}"}


async def make(table: KeyTable, file: Path, name: str = "github", *, required: bool = False) -> str:
    """A key that verifies signatures of GitHub."""
    key = new_key()
    encrypted = SecretBox.made(file).encrypt([SECRET], name)
    signing = Signing("github", encrypted, required)
    hash_ = hash_of(key.encode())
    assert await table.create(name, "report", hash_, keys_max=100, signing=signing)
    return key


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "signatures.key"


@pytest.fixture
async def reader(table: KeyTable) -> dict[str, str]:
    return bearer(await keys.make(table, "read"))


@pytest.fixture
async def key(table: KeyTable, file: Path) -> str:
    return await make(table, file)


@pytest.fixture
async def api(key: str, reader: Any, file: Path, open_api: OpenApi) -> Api:
    return await open_api(signature_key_file=file, body_bytes_max=10_000)


async def headers_of(api: Api, result: Result, reader: dict[str, str]) -> Any:
    assert result.status in (200, 201), result.text
    incident = (await api.get(result.headers["location"], **reader)).json
    assert incident["hash"] == recomputed_hash(incident)
    return incident["headers"]


async def test_a_valid_signature_stands_for_the_key(api: Api, reader: dict[str, str]) -> None:
    result = await api.post("/problems/in/github?source=ci", BODY, signed(BODY))

    stored = await headers_of(api, result, reader)
    assert stored["Incidents-Signature"] == "valid"
    assert stored["Incidents-Key"] == "github"
    assert stored["Incidents-Query"] == {"source": "ci"}
    assert stored["X-Hub-Signature-256"] == signed(BODY)["X-Hub-Signature-256"]
    counted = (await api.get("/metrics", **reader)).text
    assert 'incidents_signatures_total{outcome="valid",scheme="github"} ' in counted


async def test_what_is_signed_is_the_body_as_it_came(api: Api, reader: dict[str, str]) -> None:
    form = b"payload=%7B%22action%22%3A1%7D"
    type_ = {"Content-Type": "application/x-www-form-urlencoded"}

    result = await api.request("POST", "/problems/in/github", form, {**type_, **signed(form)})

    assert (await headers_of(api, result, reader))["Incidents-Signature"] == "valid"
    lines = b'{"a": 1}\n{"a": 2}\n'
    several = {**signed(lines), "Content-Type": "application/x-ndjson"}
    result = await api.request("POST", "/problems/in/github", lines, several)
    assert (result.status, len(result.text.splitlines())) == (200, 2)


async def test_what_comes_again_is_stored_once_and_keys_do_not_meet(
    api: Api, table: KeyTable, reader: dict[str, str]
) -> None:
    closed = b'{"action": "closed"}'
    other_key = bearer(await keys.make(table, "report"))
    webhook_id = {"webhook-id": "msg_1"}

    first, again = [
        await api.post("/problems/in/github", BODY, {**signed(BODY), **webhook_id})
        for _ in range(2)
    ]
    other = await api.post("/problems/in/github", closed, {**signed(closed), **webhook_id})
    async with asyncio.timeout(60):
        while (await api.post("/problems", b"", other_key)).status == 401:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # until the server has read the keys again
    elsewhere = await api.post("/problems", closed, {**webhook_id, **other_key})

    assert again.headers["location"] == first.headers["location"]
    assert (other.status, elsewhere.status) == (422, 201)
    found = (await api.post("/find", b"{}", {**JSON, **reader})).json["incidents"]
    assert [each["body"] for each in found] == [json.loads(closed), json.loads(BODY)]


async def test_with_the_key_what_is_not_valid_is_stored_and_marked(
    api: Api, key: str, reader: dict[str, str]
) -> None:
    for headers, expected in [({}, "missing"), (signed(b"other"), "invalid")]:
        result = await api.post("/problems/in/github", BODY, {**headers, **bearer(key)})

        assert (await headers_of(api, result, reader))["Incidents-Signature"] == expected
    forged = {**signed(BODY), "Incidents-Signature": "valid", **bearer(key)}
    result = await api.post("/problems", BODY, forged)
    assert "Incidents-Signature" not in await headers_of(api, result, reader)


async def test_where_a_signature_is_required_the_key_is_not_enough(
    table: KeyTable, file: Path, reader: dict[str, str], open_api: OpenApi
) -> None:
    key = await make(table, file, required=True)
    api = await open_api(signature_key_file=file)

    for headers in ({}, signed(b"other")):
        refused = await api.post("/problems/in/github", BODY, {**headers, **bearer(key)})
        assert refused.status == 401
    assert (await api.post("/problems/in/github", BODY, signed(BODY))).status == 201
    assert len((await api.post("/find", b"{}", reader)).json["incidents"]) == 1


async def test_nobody_learns_the_names_of_keys(
    api: Api, table: KeyTable, reader: dict[str, str]
) -> None:
    other = bearer(await keys.make(table, "report", "other"))
    admin = bearer(await keys.make(table, "admin"))
    asked: list[tuple[str, bytes, dict[str, str]]] = [
        ("POST", BODY, {}),
        ("POST", BODY, signed(b"other")),
        ("POST", BODY, {"X-Hub-Signature-256": ""}),
        ("POST", BODY, {"Stripe-Signature": "t=1,v1=00"}),
        ("POST", BODY, bearer("incidents_key_00")),
        ("POST", BODY, other),
        ("POST", BODY, admin),
        ("POST", BODY, {**other, **signed(b"other")}),
        ("POST", b"x" * 20_000, signed(b"other")),
        ("POST", gzip.compress(b"x" * 20_000), {**signed(b""), "Content-Encoding": "gzip"}),
        ("POST", BODY, {**signed(BODY), "Origin": "https://evil.example"}),
        ("GET", b"", {}),
        ("OPTIONS", b"", {}),
        ("PUT", b"", {}),
    ]
    for method, body, headers in asked:
        seen = set()
        for name in ("github", "nobody", "other", "read", "", "a/b"):
            result = await api.request(method, f"/problems/in/{name}", body, {**JSON, **headers})
            problem = result.content
            if result.status >= 400:
                assert method != "POST" or result.status in (401, 403, 413)
                problem = result.json["detail"].encode()
            named = {each: result.headers.get(each) for each in ("location", "www-authenticate")}
            seen.add((result.status, problem, json.dumps(named)))
        assert len(seen) == 1, (method, headers, seen)
    assert (await api.post("/find", b"{}", reader)).json["incidents"] == []


async def test_what_nobody_vouches_for_is_not_read(api: Api) -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("a body was asked for")

    sent: list[Any] = []

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    await api.stream("/problems/in/github", JSON, receive, send)

    assert sent[0]["status"] == 401


async def test_bodies_that_are_not_verified_yet_take_none_of_the_others_places(
    api: Api, key: str
) -> None:
    places = [api.runtime.intake.unverified(b"%d" % n) for n in range(64)]
    for place in places:
        place.__enter__()
    try:
        full = await api.post("/problems/in/github", BODY, signed(BODY))
        assert (full.status, full.headers["retry-after"]) == (503, "1")
        assert (await api.post("/problems", BODY, bearer(key))).status == 201
    finally:
        for place in places:
            place.__exit__(None, None, None)
    assert (await api.post("/problems/in/github", BODY, signed(BODY))).status == 201


async def test_without_the_key_file_nothing_is_valid_and_the_log_says_why(
    key: str, file: Path, open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = file.with_name("elsewhere")
    shutil.move(file, elsewhere)
    with caplog.at_level(logging.ERROR):
        api = await open_api(signature_key_file=file, key_cache_seconds_max=0.5)
        assert (await api.post("/problems/in/github", BODY, signed(BODY))).status == 401
    assert "no signature for the key github is valid" in caplog.text
    assert SECRET not in caplog.text

    shutil.move(elsewhere, file)
    while (await api.post("/problems/in/github", BODY, signed(BODY))).status != 201:
        pass


def test_the_database_has_no_secret_without_the_key_file(file: Path, tmp_path: Path) -> None:
    encrypted = SecretBox.made(file).encrypt([SECRET], "github")

    assert SECRET.encode() not in encrypted
    assert file.stat().st_mode & 0o777 == 0o600
    assert SecretBox.made(file).decrypt(encrypted, "github") == [SECRET]
    for box, name in [
        (SecretBox.made(tmp_path / "other.key"), "github"),
        (SecretBox.read(file), "stripe"),
    ]:
        with pytest.raises(CannotDecrypt):
            box.decrypt(encrypted, name)
    file.write_text("not a key")
    with pytest.raises(CannotDecrypt, match="hexadecimal"):
        SecretBox.made(file)
    with pytest.raises(CannotDecrypt, match="cannot be read"):
        SecretBox.read(tmp_path / "missing.key")


async def test_the_commands_make_such_a_key_and_roll_its_secret(
    database: str, reader: dict[str, str], tmp_path: Path, open_api: OpenApi
) -> None:
    secrets, file = tmp_path / "secrets", tmp_path / "data" / "signatures.key"

    def run(*arguments: str) -> Done:
        where = ["--database-url", database]
        return incidents("keys", *arguments, *where, INCIDENTS_DATA=str(file.parent))

    def create(*flags: str) -> Done:
        return run("create", "github", "--scope", "report", *flags)

    verify = ("--verify", "github", "--secret-file", str(secrets))
    assert "cannot be read" in create(*verify).stderr
    secrets.write_text("\n")
    assert "1 to 2 secrets" in create(*verify).stderr
    secrets.write_text(SECRET)
    assert "need --verify" in create("--require").stderr
    assert "needs --secret-file" in create("--verify", "github").stderr
    assert "needs --scope report" in create(*verify, "--scope", "admin").stderr
    made = create(*verify, "--require")
    assert (made.returncode, len(made.stdout.splitlines())) == (0, 1), made.stderr
    assert "/problems/in/github" in made.stderr
    # PostgreSQL, which runs as another user where this one is root, may enter; and read nothing.
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o005) == (0o600, 0o005)
    assert "github, required" in run("list").stdout
    api = await open_api(signature_key_file=file, key_cache_seconds_max=0.5)
    assert (await api.post("/problems/in/github", BODY, signed(BODY))).status == 201

    secrets.write_text("the new one\nanother\n")
    rolled = run("secrets", "github", "--secret-file", str(secrets))
    assert rolled.returncode == 0, rolled.stderr
    for secret in ("the new one", "another"):
        while (await api.post("/problems/in/github", BODY, signed(BODY, secret))).status != 201:
            pass
    assert (await api.post("/problems/in/github", BODY, signed(BODY))).status == 401
    assert "no key nobody" in run("secrets", "nobody", "--secret-file", str(secrets)).stderr
    assert run("revoke", "github").returncode == 0
    while (await api.post("/problems/in/github", BODY, signed(BODY, "another"))).status == 201:
        pass
