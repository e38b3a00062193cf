"""A page elsewhere can do nothing with a server that its visitor's browser reaches."""

from collections.abc import Awaitable, Callable

import pytest

from incidents.core.errors import CannotStart
from incidents.http.message.problem_details import PROBLEM
from incidents.http.middleware.browser import Hosts
from incidents.support.settings import Settings
from tests.api import Api, Result

OpenApi = Callable[..., Awaitable[Api]]

CONSOLE = "https://console.example"


async def both(api: Api, headers: dict[str, str]) -> set[int]:
    """The statuses of a report and of a search."""
    results = [await api.post(path, b"{}", headers) for path in ("/problems", "/find")]
    return {result.status for result in results}


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000",
        "localhost",
        "LocalHost.:8000",
        "incidents.localhost:1",
        "[::1]:8000",
        "[::1]",
        "192.168.7.7:8000",
    ],
)
async def test_without_keys_it_answers_to_its_own_names(shared_api: Api, host: str) -> None:
    assert await both(shared_api, {"Host": host}) == {200, 201}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "evil]",
        "xlocalhost",
        "é",
        "x" * 5000,
    ],
)
async def test_by_any_other_name_it_was_pointed_at(shared_api: Api, host: str) -> None:
    for path in ("/problems", "/find"):
        result = await shared_api.post(path, b"{}", {"Host": host})
        assert result.status == 421
        assert result.headers["content-type"] == PROBLEM
        assert "INCIDENTS_ALLOWED_HOSTS" in result.json["detail"]
        assert len(result.json["detail"]) < 400


def test_who_sends_no_host_is_no_browser() -> None:
    Hosts(Settings.read()).check(None)  # HTTP/1.0, as of netcat and small devices


async def test_a_setting_names_others(open_api: OpenApi) -> None:
    api = await open_api(allowed_hosts="incidents.example, Other", host="localhost")

    assert await both(api, {"Host": "incidents.example:8000"}) == {200, 201}
    assert await both(api, {"Host": "other"}) == {200, 201}
    assert await both(api, {"Host": "evil.example"}) == {421}


async def test_a_star_names_all(open_api: OpenApi) -> None:
    api = await open_api(allowed_hosts="*")

    assert await both(api, {"Host": "any.example"}) == {200, 201}


async def test_with_auth_off_the_name_is_checked_too(open_api: OpenApi) -> None:
    api = await open_api(auth="off", host="0.0.0.0")

    assert await both(api, {"Host": "evil.example"}) == {421}
    assert await both(api, {"Host": "10.0.0.1:8000"}) == {200, 201}


HOME = "127.0.0.1:8000"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
    ],
)
async def test_a_page_elsewhere_can_neither_report_nor_find(
    shared_api: Api, headers: dict[str, str]
) -> None:
    before = await shared_api.newest()
    for path in ("/problems", "/find"):
        result = await shared_api.post(path, b"{}", headers)
        assert result.status == 403
        assert result.headers["content-type"] == PROBLEM
        assert "INCIDENTS_ALLOWED_ORIGINS" in result.json["detail"]
        assert not any(name.startswith("access-control") for name in result.headers)
    assert await shared_api.newest() == before


@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin", "websocket"])
async def test_a_page_elsewhere_cannot_read_by_get(shared_api: Api, mode: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "empty"}

    for path in ("/find?h=" + "0" * 64, "/incidents/1"):
        assert (await shared_api.request("GET", path, headers=headers)).status == 403


async def test_a_link_elsewhere_can_be_followed_but_not_framed(shared_api: Api) -> None:
    id_ = await shared_api.report({})
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    for dest, status in (("document", 200), ("iframe", 403), ("embed", 403)):
        headers = {**followed, "Sec-Fetch-Dest": dest}
        assert (
            await shared_api.request("GET", f"/incidents/{id_}", headers=headers)
        ).status == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": f"http://{HOME}"},
        {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{HOME}"},
        # Behind a proxy that changes Host the browser still knows.
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://incidents.example"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_its_own_page_can(shared_api: Api, headers: dict[str, str]) -> None:
    assert await both(shared_api, headers) == {200, 201}


@pytest.mark.parametrize("path", ["/problems", "/find"])
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_what_a_form_of_another_page_sends_is_not_taken(
    shared_api: Api, path: str, content_type: str
) -> None:
    by_form = {"Content-Type": content_type, "Origin": "https://evil.example"}
    before = await shared_api.newest()

    result = await shared_api.request("POST", path, b"{}", by_form)

    assert result.status == 403
    assert await shared_api.newest() == before


def preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-team",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "cors",
    }


async def test_without_the_setting_no_page_is_allowed_anything(shared_api: Api) -> None:
    result = await shared_api.request("OPTIONS", "/find", headers=preflight(CONSOLE))

    assert result.status == 403
    assert not any(name.startswith("access-control") for name in result.headers)


def allowed(result: Result) -> str | None:
    return result.headers.get("access-control-allow-origin")


async def test_pages_of_origins_in_the_setting_may_use_the_api(open_api: OpenApi) -> None:
    # A key is needed; but a preflight never has one.
    api = await open_api(allowed_origins=f"{CONSOLE},http://localhost:3000", host="0.0.0.0")

    for origin in (CONSOLE, "http://localhost:3000"):
        asked = await api.request("OPTIONS", "/find", headers=preflight(origin))
        assert asked.status == 204
        assert allowed(asked) == origin
        assert asked.headers["access-control-allow-methods"] == "GET, HEAD, POST, PUT, DELETE"
        assert asked.headers["access-control-allow-headers"] == (
            "authorization, content-type, x-team"
        )
        assert asked.headers["vary"] == "Origin"
        refused = await api.post("/find", b"{}", {"Origin": origin, "Sec-Fetch-Site": "cross-site"})
        assert refused.status == 401
        assert allowed(refused) == origin  # so that the page can see why

    other = await api.request("OPTIONS", "/find", headers=preflight("https://evil.example"))
    assert other.status == 403
    assert allowed(other) is None
    assert other.headers["vary"] == "Origin"


async def test_pages_of_origins_in_the_setting_see_the_answer(open_api: OpenApi) -> None:
    api = await open_api(allowed_origins=CONSOLE)

    stored = await api.post("/problems", b"{}", {"Origin": CONSOLE})
    assert (stored.status, allowed(stored)) == (201, CONSOLE)
    assert "Location" in stored.headers["access-control-expose-headers"]
    assert allowed(await api.get("/incidents/1", Origin=CONSOLE)) == CONSOLE
    assert allowed(await api.get("/incidents/1")) is None
    assert (await api.get("/incidents/1")).headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "console.example", "https://console.example/", "https://Console.example"],
)
def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(CannotStart, match=r"https://console\.example"):
        Settings.read(allowed_origins=origin)


@pytest.mark.parametrize("origin", ["http://[::1]:3000", "http://localhost:3000", CONSOLE])
def test_an_origin_has_a_scheme_a_host_and_perhaps_a_port(origin: str) -> None:
    assert Settings.read(allowed_origins=origin).allowed_origins == (origin,)
