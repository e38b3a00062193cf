"""A login: a cookie in the place of a key, for reading."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from http.cookies import Morsel, SimpleCookie

import pytest

from incidents.auth.key_table import KeyTable
from incidents.auth.login import key_id_of, login_text, parse_login
from incidents.core.api_key import PREFIX, Scope, hash_of
from incidents.http.message.cookie import NAME, logins
from incidents.http.message.problem_details import PROBLEM
from tests.api import Api, Result
from tests.keys import make

OpenApi = Callable[..., Awaitable[Api]]

HASH = hash_of(b"a")

READING = {
    "find by example": ("POST", "/find", b"{}", 200),
    "find by hash": ("GET", "/find?h=" + "0" * 64, b"", 200),
    "show": ("GET", "/incidents/1", b"", 404),
    "count": ("GET", "/timeline", b"", 200),
    "count by example": ("POST", "/timeline", b"{}", 200),
    "follow": ("GET", "/tail?example=[]", b"", 400),
}
OTHER = {
    "report": ("POST", "/problems", b"{}"),
    "lost": ("GET", "/nothing", b""),
}


async def log_in(api: Api, key: str, headers: dict[str, str] | None = None) -> Result:
    return await api.post("/login", b'{"key": "%s"}' % key.encode(), headers)


def cookie(result: Result) -> Morsel[str]:
    return SimpleCookie(result.headers["set-cookie"])[NAME]


async def ask(api: Api, method: str, path: str, body: bytes, sent: str, **more: str) -> Result:
    headers = {"Content-Type": "application/json", "Cookie": sent, **more}
    return await api.request(method, path, body, headers)


async def find(api: Api, login: str, **more: str) -> int:
    return (await ask(api, "POST", "/find", b"{}", f"{NAME}={login}", **more)).status


@pytest.mark.parametrize("scope", ["read", "manage", "admin"])
async def test_it_reads_and_does_nothing_else(
    open_api: OpenApi, table: KeyTable, scope: str
) -> None:
    key = await make(table, scope)
    api = await open_api()

    result = await log_in(api, f" {key} ")
    assert (result.status, result.content) == (204, b"")
    sent = f"other=1; {NAME}={cookie(result).value}; third=3"
    for name, (method, path, body, status) in READING.items():
        assert (await ask(api, method, path, body, sent)).status == status, name
    for name, (method, path, body) in OTHER.items():
        refused = await ask(api, method, path, body, sent)
        assert refused.status == 401, name
        assert refused.headers["content-type"] == PROBLEM


async def test_no_script_reads_the_cookie_and_no_other_site_sends_it(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "read")
    api = await open_api(login_seconds_max=77)

    before = int(time.time())
    result = await log_in(api, key)
    plain = cookie(result)
    behind_proxy = cookie(
        await log_in(api, key, {"Origin": "https://a.example", "Sec-Fetch-Site": "same-origin"})
    )

    assert result.headers["cache-control"] == "no-store"
    assert plain["httponly"]
    assert plain["samesite"] == "Strict"
    assert plain["max-age"] == "77"
    assert (plain["domain"], plain["path"]) == ("", "")
    login = parse_login(plain.value)
    assert login is not None
    assert before + 77 <= login.expires <= time.time() + 77
    assert not plain["secure"]
    assert behind_proxy["secure"]
    for secret in (key, hash_of(key.encode()).hex()):
        assert secret.removeprefix(PREFIX)[:8] not in plain.value


async def test_over_tls_it_comes_back_over_tls_alone(
    open_api: OpenApi, table: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await make(table, "read")
    api = await open_api()
    app = api.app

    async def over_tls(scope: dict[str, object], *rest: object) -> None:
        await app({**scope, "scheme": "https"}, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "app", over_tls)

    assert cookie(await log_in(api, key))["secure"]


async def test_log_out_takes_the_cookie_away(open_api: OpenApi, table: KeyTable) -> None:
    await make(table, "read")
    api = await open_api()

    result = await api.request("POST", "/logout")

    assert result.status == 204
    taken = cookie(result)
    assert taken.value == ""
    assert taken["expires"] == "Thu, 01 Jan 1970 00:00:01 GMT"


async def test_it_expires(open_api: OpenApi, table: KeyTable) -> None:
    hash_ = hash_of((await make(table, "read")).encode())
    api = await open_api()
    now = int(time.time())

    assert await find(api, login_text(hash_, now + 1000)) == 200
    assert await find(api, login_text(hash_, now)) == 401
    login = parse_login(login_text(hash_, 50))
    assert login is not None
    found = api.runtime.keyring.grant_of_login(login, now=49.9)
    assert found is not None
    assert found.scope is Scope.READ
    assert api.runtime.keyring.grant_of_login(login, now=50) is None


async def test_it_ends_with_its_key_and_is_good_in_every_worker(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "read")
    await make(table, "admin")
    apis = [await open_api(key_cache_seconds_max=0.4) for _ in range(2)]
    login = cookie(await log_in(apis[0], key)).value

    assert [await find(api, login) for api in apis] == [200, 200]
    assert await table.revoke("read")
    await asyncio.sleep(0.4)  # as long as that a worker may know it
    assert [await find(api, login) for api in apis] == [401, 401]
    assert (await log_in(apis[0], key)).status == 401


async def test_what_was_changed_is_no_login(open_api: OpenApi, table: KeyTable) -> None:
    hash_ = hash_of((await make(table, "read")).encode())
    other = hash_of((await make(table, "admin")).encode())
    api = await open_api()
    login = login_text(hash_, int(time.time()) + 1000)
    id_, expires, signature = login.split(".")

    assert await find(api, login) == 200
    changed = [
        f"{id_}.{int(expires) + 1}.{signature}",
        f"{key_id_of(other)}.{expires}.{signature}",
        f"{'0' * 32}.{expires}.{signature}",
        login[:-1] + ("0" if login[-1] != "0" else "1"),
        login[:-1],
        login + "0",
        f"{id_}.0{expires}.{signature}"[:-1],
        f"{id_}.-{expires}.{signature}",
        f"{id_}.{expires}.",
        f"{id_}.{expires}",
        f"{id_}.²{expires}.{signature}",
        hash_.hex(),
        "",
        "é",
    ]
    for each in changed:
        assert await find(api, each) == 401, each


async def test_a_key_of_a_login_is_not_found_by_its_hash_alone() -> None:
    assert key_id_of(HASH) not in HASH.hex()
    assert len({key_id_of(hash_of(b"%d" % n)) for n in range(100)}) == 100
    assert parse_login(login_text(HASH, 10**12)) is None


async def test_a_login_to_another_path_is_not_in_the_way(
    open_api: OpenApi, table: KeyTable
) -> None:
    hash_ = hash_of((await make(table, "read")).encode())
    api = await open_api()
    login = login_text(hash_, int(time.time()) + 1000)

    assert await find(api, f"x; {NAME}={login_text(HASH, 10**9)}; {NAME}={login}") == 200
    assert await find(api, f"x; {NAME}={login}; {NAME}=y") == 200
    assert await find(api, "; ".join([f"x; {NAME}=x"] * 8 + [f"{NAME}={login}"])) == 401


def test_http_2_may_send_each_cookie_by_itself() -> None:
    texts = [login_text(HASH, n) for n in (1, 2)]
    headers = [(b"cookie", f"a=b; {NAME}={texts[0]}".encode()), (b"accept", b"*/*")]
    headers += [(b"cookie", b"c=d"), (b"cookie", f"{NAME}={texts[1]}".encode())]

    assert list(logins(headers)) == [parse_login(text) for text in texts]


async def test_what_needs_a_key_is_kept_in_no_cache(open_api: OpenApi, table: KeyTable) -> None:
    hash_ = hash_of((await make(table, "read")).encode())
    api = await open_api()
    sent = f"{NAME}={login_text(hash_, int(time.time()) + 1000)}"

    for name, (method, path, body, _) in READING.items():
        for cookie_ in (sent, ""):
            result = await ask(api, method, path, body, cookie_)
            assert result.headers["cache-control"] == "no-store", name
    assert (await api.get("/")).headers["cache-control"] == "no-cache"


async def test_who_sends_a_key_means_the_key(open_api: OpenApi, table: KeyTable) -> None:
    hash_ = hash_of((await make(table, "read")).encode())
    api = await open_api()
    login = login_text(hash_, int(time.time()) + 1000)

    assert await find(api, login, Authorization=f"Bearer {PREFIX}{'0' * 64}") == 401
    # A proxy's own password is none of ours.
    assert await find(api, login, Authorization="Basic dTpw") == 200


async def test_a_page_from_elsewhere_neither_logs_in_nor_out_nor_uses_it(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "read")
    api = await open_api()
    login = cookie(await log_in(api, key)).value

    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert await find(api, login, **headers) == 403
        assert (await log_in(api, key, headers)).status == 403
        assert (await api.request("POST", "/logout", headers=headers)).status == 403


async def test_a_key_that_cannot_read_logs_nobody_in(
    open_api: OpenApi, table: KeyTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = await make(table, "report")
    api = await open_api()

    narrow = await log_in(api, key)
    assert narrow.status == 403
    assert "this key has the scope report" in narrow.json["detail"]
    hash_ = hash_of(key.encode())
    assert await find(api, login_text(hash_, int(time.time()) + 1000)) == 401

    for wrong in (PREFIX + "0" * 64, "", "\\ud800", "\\u00e9"):
        unknown = await log_in(api, wrong)
        assert unknown.status == 401
        assert unknown.headers["content-type"] == PROBLEM
        assert "set-cookie" not in unknown.headers
    said = caplog.text + narrow.text + str(narrow.headers)
    assert "refused" in said
    assert key.removeprefix(PREFIX)[:8] not in said


NO_KEYS = [
    (b"", 400),
    (b"{", 400),
    (b"[]", 400),
    (b'"KEY"', 400),
    (b'{"key": 1}', 400),
    (b'{"key": ["KEY"]}', 400),
    (b'{"KEY": "key"}', 400),
    (b'{"key": [[["KEY"]]]}', 422),
    (b'{"key": "KEY' + b" " * 4096 + b'"}', 413),
]


async def test_what_is_no_key_is_said(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "read")
    api = await open_api()
    for body, status in NO_KEYS:
        result = await api.post("/login", body.replace(b"KEY", key.encode()))

        assert result.status == status, body
        assert result.headers["content-type"] == PROBLEM
        assert key.removeprefix(PREFIX)[:8] not in result.text


async def test_no_form_logs_anybody_in(open_api: OpenApi, table: KeyTable) -> None:
    key = await make(table, "read")
    api = await open_api()

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await api.request("POST", "/login", f"key={key}".encode(), form)).status == 415
    assert (await api.request("GET", f"/login?key={key}")).status == 405


async def test_more_logins_than_the_limit_come_back_later(
    open_api: OpenApi, table: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.http.endpoints.login._LOGINS_MAX", 1)
    key = await make(table, "read")
    api = await open_api()
    asked, under_way = 0, asyncio.Event()

    async def receive() -> dict[str, object]:
        nonlocal asked
        asked += 1
        if asked > 1:
            under_way.set()
            await asyncio.Future()
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def send(_: dict[str, object]) -> None: ...

    slow = asyncio.create_task(
        api.stream("/login", {"Content-Type": "application/json"}, receive, send)
    )
    await under_way.wait()
    assert (await log_in(api, key)).status == 503
    slow.cancel()
    await asyncio.wait({slow})
    assert (await log_in(api, key)).status == 204
