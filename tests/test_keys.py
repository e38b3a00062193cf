"""Keys: who may ask for what."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from itertools import product

import asyncpg
import pytest

from incidents.auth.key_table import KeyTable
from incidents.core.api_key import PREFIX, Scope, hash_of, holds_key, is_name, masked, new_key
from incidents.core.errors import StorageError
from incidents.http.message.problem_details import PROBLEM
from incidents.support.logs import TextFormatter, log_to_stderr
from incidents.support.settings import Settings
from tests.api import Api, Result
from tests.keys import basic, bearer, make
from tests.proxy import Proxy

OpenApi = Callable[..., Awaitable[Api]]

UNKNOWN = PREFIX + "0" * 64


REQUESTS = {
    "report": ("POST", "/problems", b"{}"),
    "find by example": ("POST", "/find", b"{}"),
    "find by hash": ("GET", "/find?h=" + "0" * 64, b""),
    "show": ("GET", "/incidents/1", b""),
    "lost": ("GET", "/nothing", b""),
}


async def ask(api: Api, request: str, headers: dict[str, str]) -> Result:
    method, path, body = REQUESTS[request]
    return await api.request(method, path, body, {"Content-Type": "application/json", **headers})


READS = {"find by example": 200, "find by hash": 200, "show": 404}
TAKEN = {
    "report": {"report": 201},
    "read": READS,
    "manage": READS,
    "admin": {"report": 201, "lost": 404, **READS},
}


async def test_a_key_is_good_for_its_scope_alone(open_api: OpenApi, table: KeyTable) -> None:
    keys = {scope: await make(table, scope) for scope in TAKEN}
    api = await open_api()

    for request, scope in product(
        ("find by example", "find by hash", "show", "lost", "report"), TAKEN
    ):
        result = await ask(api, request, bearer(keys[scope]))
        assert result.status == TAKEN[scope].get(request, 403), (scope, request)
        if result.status == 403:
            assert result.headers["content-type"] == PROBLEM
            assert f"this key has the scope {scope}" in result.json["detail"]
            assert 'error="insufficient_scope"' in result.headers["www-authenticate"]


async def test_without_a_known_key_nobody_gets_in(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "admin")
    api = await open_api()
    unknown = [
        {},
        bearer(UNKNOWN),
        bearer(""),
        bearer("é"),
        {"Authorization": UNKNOWN},
        {"Authorization": "Basic dTpw"},
        {"X-Api-Key": key},
        {"Authorization": f"Basic {key}"},
    ]

    for request, sent in product(REQUESTS, unknown):
        result = await ask(api, request, sent)

        assert result.status == 401, (request, sent)
        assert result.headers["content-type"] == PROBLEM
        assert result.headers["www-authenticate"] == 'Bearer realm="incidents"'
        assert "Authorization: Bearer" in result.json["detail"]


async def test_no_method_gets_around_it(open_api: OpenApi, table: KeyTable) -> None:
    await make(table, "admin")
    api = await open_api()
    paths = ("/problems", "/find", "/incidents/1", "/x", "/%2e/", "//find")
    methods = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW")

    for path, method in product(paths, methods):
        is_open = path == "/problems" and method in ("GET", "HEAD", "OPTIONS")
        status = (await api.request(method, path)).status
        assert status == (200 if is_open else 401), (method, path)


async def test_a_key_in_the_url_is_no_key(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "admin")
    api = await open_api()

    for name in ("key", "access_token", "api_key", "authorization"):
        assert (await api.post(f"/find?{name}={key}", b"{}")).status == 401


async def test_the_paths_for_whoever_watches_need_no_key(
    open_api: OpenApi, table: KeyTable
) -> None:
    await make(table, "read")
    api = await open_api(host="0.0.0.0")

    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert (await api.get(path, Host="any.example")).status == 200


async def test_the_scheme_is_written_as_one_likes(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "read")
    api = await open_api()

    for value in (f"bearer {key}", f"BEARER  {key} "):
        assert (await api.post("/find", b"{}", {"Authorization": value})).status == 200


async def test_who_knows_only_passwords_sends_the_key_as_one(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "report")
    api = await open_api()

    for credentials in (f":{key}", f"github:{key}", f"{key}:", key):
        sent = basic(credentials)
        scheme, _, packed = sent["Authorization"].partition(" ")
        for value in (f"{scheme} {packed}", f"BASIC  {packed} ", f"basic {packed.rstrip('=')}"):
            reply = await ask(api, "report", {"Authorization": value})
            assert reply.status == 201, credentials
        assert (await ask(api, "show", sent)).status == 403, credentials


async def test_a_password_that_is_no_known_key_lets_nobody_in(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "report")
    api = await open_api()
    of_one_part = [{"Authorization": "Basic"}, {"Authorization": "Basic a"}]
    of_two = [
        f":{UNKNOWN}",
        f"{UNKNOWN}:",
        f"{key}:x",
        f":{key}:",
        f": {key}",
        "",
        ":",
        "\xff:\xff",
    ]

    for headers in (*map(basic, of_two), *of_one_part):
        result = await ask(api, "report", headers)
        assert result.status == 401, headers
        # Else a browser would ask for a password, and then send it by itself.
        assert result.headers["www-authenticate"] == 'Bearer realm="incidents"'


async def test_a_sender_that_waits_to_be_asked_for_its_password_is_asked(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "report")
    api = await open_api()

    for name in ("x-amz-sns-message-type", "X-Twilio-Signature"):
        asked = await api.post("/problems", b"{}", {name: "Notification"})
        taken = await api.post("/problems", b"{}", {name: "Notification", **basic(f"sns:{key}")})

        assert (asked.status, taken.status) == (401, 201)
        assert asked.headers["www-authenticate"] == 'Basic realm="incidents"'


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - what it waits for is in another process
            await asyncio.sleep(0.02)


async def test_the_first_key_closes_a_server_and_the_last_does_not_open_it(
    open_api: OpenApi, table: KeyTable
) -> None:
    api = await open_api(key_cache_seconds_max=0.4)
    assert (await api.post("/find", b"{}")).status == 200

    key = await make(table, "read")

    async def is_closed() -> bool:
        return (await api.post("/find", b"{}")).status == 401

    await until(is_closed)
    assert (await api.post("/find", b"{}", bearer(key))).status == 200

    assert await table.revoke("read")
    # As long as that: then nobody may know the key, however busy the machine.
    await asyncio.sleep(0.4)
    assert (await api.post("/find", b"{}", bearer(key))).status == 401
    assert (await api.post("/find", b"{}")).status == 401


async def test_where_others_can_reach_it_a_server_without_keys_answers_nobody(
    open_api: OpenApi,
) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "incidents.example"):
        api = await open_api(host=host)
        assert (await api.post("/problems", b"{}")).status == 401
        assert (await api.post("/find", b"{}")).status == 401


async def test_keys_can_be_turned_off(open_api: OpenApi, table: KeyTable) -> None:
    await make(table, "read")
    api = await open_api(auth="off", host="0.0.0.0")

    assert await api.report({"a": 1}) == 1
    assert await api.find({"a": 1}) == [1]


async def test_a_known_and_an_unknown_key_are_compared_alike(
    open_api: OpenApi, table: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await make(table, "read")
    api = await open_api()
    await api.post("/find", b"{}", bearer(key))
    compared: list[tuple[int, int]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr("incidents.auth.keyring.compare_digest", compare)

    found = api.runtime.keyring.grant_of(key.encode())
    assert found is not None
    assert found.scope is Scope.READ
    assert api.runtime.keyring.grant_of(UNKNOWN.encode()) is None
    assert api.runtime.keyring.grant_of(b"") is None
    for sent in (bearer(key), bearer(UNKNOWN), basic(f":{key}"), basic(f":{UNKNOWN}"), basic("")):
        await api.post("/find", b"{}", sent)
    assert compared == [(32, 32)] * 8


async def test_of_a_key_only_its_hash_is_kept(table: KeyTable, database: str) -> None:
    key = await make(table, "read")

    connection = await asyncpg.connect(database)
    (row,) = await connection.fetch("SELECT hash, k::text AS row FROM incidents_keys k")
    await connection.close()
    assert row["hash"] == hashlib.sha256(key.encode()).digest()
    assert key.removeprefix(PREFIX) not in row["row"]


async def test_names_are_had_once_and_can_be_had_again(table: KeyTable, database: str) -> None:
    await make(table, "read", "billing")

    hash_ = hash_of(b"x")
    tables = [KeyTable(database, 10) for _ in range(3)]
    made = await asyncio.gather(
        *(
            each.create("other", "read", hash_of(bytes([n])), keys_max=9)
            for n, each in enumerate(tables)
        )
    )
    for each in tables:
        await each.close()
    assert sorted(made) == [False, False, True]
    assert not await table.create("billing", "read", hash_, keys_max=9)
    assert await table.revoke("billing")
    assert not await table.revoke("billing")
    assert not await table.create("billing", "read", hash_, keys_max=1)
    assert await table.create("billing", "read", hash_, keys_max=2)
    assert [key.name for key in await table.all()] == ["billing", "other", "billing"]


async def test_a_scope_of_a_newer_version_is_none(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "delete")
    api = await open_api()

    assert (await api.post("/find", b"{}", bearer(key))).status == 401


async def test_no_key_reaches_an_incident_or_an_error(
    open_api: OpenApi, table: KeyTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = await make(table, "admin")
    api = await open_api(redacted_headers=())
    secret = key.removeprefix(PREFIX)[:8]

    sent = {**bearer(key), "X-Copied": f"my {key}", "Referer": f"https://x/?key={key}"}
    assert (await api.post("/problems", b"{}", sent)).status == 201
    shown = await api.request("GET", "/incidents/1", headers=bearer(key))
    for name in ("Authorization", "X-Copied", "Referer"):
        assert shown.json["headers"][name] == "[redacted]"

    wrong = [
        await api.post("/problems", b"{}", {**bearer(key), name: key})
        for name in ("Content-Encoding", "Origin")
    ]
    wrong += [
        await api.post(f"/find?{name}={key}", b"{}", bearer(key))
        for name in ("after", "limit", "since", "until")
    ]
    wrong += [
        await api.request("GET", path + key, headers=bearer(key))
        for path in ("/find?h=", "/incidents/", "/")
    ]
    wrong.append(await api.post("/problems", key.encode(), bearer(key)))
    image = {**bearer(key), "Content-Type": f"image/{key}"}
    wrong.append(await api.post("/problems", b"{}", image))
    wrong.append(await api.post("/find", b"{}", bearer(key + "0")))
    for result in wrong:
        assert 400 <= result.status < 500
        assert secret not in result.text + str(result.headers)
    assert secret not in shown.text
    assert caplog.records
    assert secret not in "".join(map(TextFormatter().format, caplog.records))


async def test_a_key_within_basic_credentials_reaches_no_incident_either(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "admin")
    api = await open_api(redacted_headers=())

    other = basic("somebody:else")["Authorization"]
    copied = {
        "X-Copied": basic(f"me:{key}")["Authorization"].rstrip("="),
        "X-Copied-Again": basic(key)["Authorization"].replace("Basic", "BASIC "),
        "X-Other": other,
    }
    assert (await api.post("/problems", b"{}", {**basic(f":{key}"), **copied})).status == 201
    shown = (await api.request("GET", "/incidents/1", headers=bearer(key))).json["headers"]
    for name in ("Authorization", "X-Copied", "X-Copied-Again"):
        assert shown[name] == "[redacted]"
    assert shown["X-Other"] == other


async def test_a_key_that_is_revoked_while_postgresql_is_away_is_not_good_when_it_is_back(
    open_api: OpenApi, table: KeyTable, database: str
) -> None:
    revoked, good = await make(table, "read", "revoked"), await make(table, "read", "good")
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, key_cache_seconds_max=0.4, database_wait_seconds=60)
        assert (await api.post("/find", b"{}", bearer(revoked))).status == 200
        await proxy.go_away()

        async def is_out_of_date() -> bool:
            return not api.runtime.keyring.is_current

        await until(is_out_of_date)
        asked = [
            asyncio.create_task(api.post("/find", b"{}", bearer(key))) for key in (revoked, good)
        ]
        await asyncio.sleep(0)
        await table.revoke("revoked")
        await proxy.come_back()

        # Nobody who has a good key loses a request by it; they only wait.
        assert [(await each).status for each in asked] == [401, 200]


async def test_while_the_keys_cannot_be_read_for_too_long_nobody_gets_in(
    open_api: OpenApi, table: KeyTable, database: str
) -> None:
    key = await make(table, "report")
    async with Proxy(database) as proxy:
        await proxy.go_away()
        api = await open_api(proxy.url, database_wait_seconds=0.3, intake_reports_max=2)
        results = await asyncio.gather(*(ask(api, "report", bearer(key)) for _ in range(3)))
        assert (await api.get("/healthz")).status == 200
        assert (await api.get("/openapi.json")).status == 200
        await proxy.come_back()

        assert [result.status for result in results] == [503] * 3
        assert {result.headers["retry-after"] for result in results} == {"1"}
        assert sum("the limit" in result.json["detail"] for result in results) == 1

        async def is_taken() -> bool:
            return (await ask(api, "report", bearer(key))).status == 201

        await until(is_taken)


async def test_a_table_that_cannot_be_read_says_so(empty_database: str) -> None:
    table = KeyTable(empty_database, wait_seconds=10)

    with pytest.raises(StorageError, match="incidents_keys"):
        await table.now()


async def test_reading_goes_on_whatever_goes_wrong(
    open_api: OpenApi, table: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = await open_api(key_cache_seconds_max=0.4)
    failures = 0

    async def fail() -> None:
        nonlocal failures
        failures += 1
        monkeypatch.undo()
        raise RuntimeError("nobody thought of that")

    monkeypatch.setattr(api.runtime.keyring._table, "now", fail)
    key = await make(table, "read")

    async def is_taken() -> bool:
        return (await api.post("/find", b"{}", bearer(key))).status == 200 and failures == 1

    await until(is_taken)


def test_a_key_is_long_random_and_known_by_its_prefix() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    for key in keys:
        assert len(bytes.fromhex(key.removeprefix("incidents_key_"))) == 32


def test_keys_are_found_wherever_they_stand() -> None:
    key = new_key()

    assert masked(f"a {key}, {key[:20]} b") == (
        "a incidents_key_[redacted], incidents_key_[redacted] b"
    )
    assert masked("incidents_keys is a table") == "incidents_keys is a table"
    assert holds_key(f"Bearer {key}".encode())
    assert not holds_key(b"incidents_key_store \xff")


@pytest.mark.parametrize("name", ["a", "billing-2.eu_west", "9" * 64])
def test_a_name_is_a_word(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "a b", "-a", "é", "9" * 65, "a\n", "../x"])
def test_anything_else_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_no_key_reaches_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key()
    monkeypatch.setattr(logging.root, "handlers", [])
    log_to_stderr(logging.INFO)

    logging.getLogger("test").warning("a %s", key)
    logging.getLogger("test").error("b", exc_info=ValueError(key))

    said = capsys.readouterr().err
    assert "a incidents_key_[redacted]" in said
    assert "ValueError: incidents_key_[redacted]" in said
    assert key not in said


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.1", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_this_machine_alone(host: str, alone: bool) -> None:  # noqa: FBT001
    assert Settings(host=host).only_this_machine is alone
    assert Settings(host="127.0.0.1", published_address=host).only_this_machine is alone
    assert Settings(host=host, published_address="").only_this_machine is alone
