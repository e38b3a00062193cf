"""/openapi.json."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from falcon.asgi import App
from openapi_spec_validator import validate

from incidents import __version__
from incidents.core.grouping.keys import id_of_key, keys_of
from incidents.core.grouping.state import Action
from incidents.http import app as app_module
from incidents.http.endpoints import reports, signed_reports, usage
from incidents.http.endpoints.search.find import PAGE_INCIDENTS_MAX
from incidents.http.message import cookie
from incidents.http.message.problem_details import PROBLEM
from incidents.runtime import Runtime
from incidents.search.counts.axis import BINS_MAX
from incidents.support.settings import Settings
from tests.api import Api

# Nobody listens on its port.
HOOK = json.dumps(
    {
        "webhook": {"url": "http://127.0.0.1:1/", "secret": f"whsec_{'A' * 32}"},
    }
).encode()

METHODS = {"get", "post", "put", "delete", "patch"}

READING = {
    *(
        "/find",
        "/timeline",
        "/values",
        "/fields",
        "/tail",
        "/incidents/{id}",
        "/incidents/{id}/raw",
        "/metrics",
    ),
    *("/retention", "/rejected", "/rejected/{id}", "/query", "/groups"),
    "/groups/{id}",
    *("/queries", "/queries/{name}"),
    *("/channels", "/channels/{name}", "/notifications", "/notifications/{id}"),
    *("/firing", "/rules", "/rules/try", "/rules/{name}", "/rules/{name}/history"),
    *("/mutes", "/mutes/{name}", "/mutes/{name}/history"),
}
MANAGING = {
    ("post", "/rejected/{id}/store"),
    *(("post", f"/groups/{{id}}/{action}") for action in Action),
    ("put", "/queries/{name}"),
    ("delete", "/queries/{name}"),
    ("put", "/channels/{name}"),
    ("delete", "/channels/{name}"),
    ("post", "/channels/{name}/test"),
    ("post", "/notifications/{id}/retry"),
    ("put", "/rules/{name}"),
    ("delete", "/rules/{name}"),
    ("put", "/mutes/{name}"),
    ("delete", "/mutes/{name}"),
}

# That of the body {}.
GROUP = id_of_key(keys_of("{}", {}).key)


@pytest.fixture
async def description(api: Api) -> Any:
    return (await api.get("/openapi.json")).json


async def test_it_is_valid_and_of_this_version(description: Any) -> None:
    validate(description)
    assert description["openapi"].startswith("3.1.")
    assert description["info"]["version"] == __version__


async def test_it_lists_just_the_routes_that_there_are(
    description: Any, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes: dict[str, set[str]] = {}

    def remember(_: Any, path: str, resource: object) -> None:
        routes[path] = {each for each in METHODS if hasattr(resource, f"on_{each}")}

    monkeypatch.setattr(App, "add_route", remember)
    app_module.create_app(Runtime(Settings(), database))

    # These are not Falcon's.
    for path in (reports.PATH, signed_reports.TEMPLATE):
        routes[path] = {method.lower() for method in usage.METHODS} & METHODS
    # For people, not programs.
    for path in ("/", "/page/{name:path}", "/docs", "/docs/{name}"):
        del routes[path]
    described = {path: set(item) & METHODS for path, item in description["paths"].items()}
    assert described == routes


async def test_every_status_that_comes_back_is_described(
    open_api: Callable[..., Awaitable[Api]], description: Any, tmp_path: Path
) -> None:
    api = await open_api(signature_key_file=tmp_path / "signatures.key")
    requests = [
        ("post", "/problems", "/problems", b"{}", 201),
        ("post", "/problems", "/problems", b"{", 400),
        ("post", "/problems", "/problems", b"[" * 200 + b"]" * 200, 422),
        ("post", "/problems", "/problems?atomic=true", b'{"n": 1}\n{"n": 2}', 200),
        ("post", "/problems", "/problems?split=true&atomic=true", b"[1, 1e999]", 400),
        ("post", "/find", "/find", b"{}", 200),
        ("post", "/find", "/find", b"[]", 400),
        ("get", "/find", "/find", b"", 400),
        ("get", "/timeline", "/timeline", b"", 200),
        ("get", "/timeline", "/timeline?bins=x", b"", 400),
        ("post", "/timeline", "/timeline", b"{}", 200),
        ("post", "/timeline", "/timeline", b"[]", 400),
        ("get", "/timeline", "/timeline?by=a&step=1h&since=1d", b"", 200),
        ("get", "/values", "/values?field=a", b"", 200),
        ("get", "/values", "/values", b"", 400),
        ("post", "/values", "/values?field=a", b"{}", 200),
        ("get", "/fields", "/fields", b"", 200),
        ("get", "/fields", "/fields?bins=1", b"", 400),
        ("post", "/fields", "/fields", b"{}", 200),
        ("get", "/tail", "/tail?example=[]", b"", 400),
        ("get", "/query", "/query?q=level%3Derror", b"", 200),
        ("get", "/query", "/query?q=level%3D%3Derror", b"", 400),
        ("get", "/incidents/{id}", "/incidents/1", b"", 200),
        ("get", "/incidents/{id}", "/incidents/9", b"", 404),
        ("get", "/incidents/{id}/raw", "/incidents/9/raw", b"", 404),
        ("post", "/gelf", "/gelf", b"{}", 202),
        ("post", "/v1/logs", "/v1/logs", b"{}", 200),
        ("get", "/groups", "/groups", b"", 200),
        ("get", "/groups", "/groups?limit=0", b"", 400),
        ("post", "/groups", "/groups", b"{}", 200),
        ("get", "/groups/{id}", f"/groups/{GROUP}", b"", 200),
        ("get", "/groups/{id}", "/groups/9", b"", 404),
        ("post", "/groups/{id}/resolve", f"/groups/{GROUP}/resolve", b"", 200),
        ("post", "/groups/{id}/reopen", f"/groups/{GROUP}/reopen", b"[]", 400),
        ("post", "/groups/{id}/mute", "/groups/9/mute", b"", 404),
        ("post", "/groups/{id}/unmute", "/groups/9/unmute", b"", 404),
        ("get", "/rejected", "/rejected", b"", 200),
        ("get", "/rejected", "/rejected?limit=0", b"", 400),
        ("get", "/rejected/{id}", "/rejected/99", b"", 404),
        ("post", "/rejected/{id}/store", "/rejected/99/store", b"", 404),
        ("get", "/queries", "/queries", b"", 200),
        ("put", "/queries/{name}", "/queries/mine", b'{"query": "a==b"}', 400),
        ("put", "/queries/{name}", "/queries/mine", b'{"query": "a=b"}', 200),
        ("get", "/queries/{name}", "/queries/mine", b"", 200),
        ("delete", "/queries/{name}", "/queries/other", b"", 404),
        ("get", "/queries/{name}", "/queries/other", b"", 404),
        ("get", "/channels", "/channels", b"", 200),
        ("put", "/channels/{name}", "/channels/mail", b"{}", 400),
        ("put", "/channels/{name}", "/channels/hook", HOOK, 200),
        ("get", "/channels/{name}", "/channels/hook", b"", 200),
        ("get", "/channels/{name}", "/channels/mail", b"", 404),
        ("delete", "/channels/{name}", "/channels/mail", b"", 404),
        ("post", "/channels/{name}/test", "/channels/mail/test", b"", 404),
        ("post", "/channels/{name}/test", "/channels/hook/test", b"", 502),
        ("get", "/notifications", "/notifications", b"", 200),
        ("get", "/notifications", "/notifications?state=lost", b"", 400),
        ("get", "/notifications/{id}", "/notifications/9", b"", 404),
        ("post", "/notifications/{id}/retry", "/notifications/9/retry", b"", 404),
        ("get", "/firing", "/firing", b"", 200),
        ("get", "/firing", "/firing?limit=0", b"", 400),
        ("get", "/rules", "/rules", b"", 200),
        ("put", "/rules/{name}", "/rules/r", b'{"query": "a=1", "when": "any"}', 201),
        ("put", "/rules/{name}", "/rules/r", b'{"query": "a=1", "when": "any"}', 200),
        ("put", "/rules/{name}", "/rules/r", b"{}", 400),
        ("get", "/rules/{name}", "/rules/r", b"", 200),
        ("get", "/rules/{name}", "/rules/none", b"", 404),
        ("delete", "/rules/{name}", "/rules/none", b"", 404),
        ("get", "/rules/{name}/history", "/rules/r/history", b"", 200),
        ("get", "/rules/{name}/history", "/rules/r/history?limit=0", b"", 400),
        ("post", "/rules/try", "/rules/try", b'{"rule": {"query": "a=1", "when": "any"}}', 200),
        ("post", "/rules/try", "/rules/try", b'{"rule": {}}', 400),
        ("put", "/mutes/{name}", "/mutes/m", b'{"query": "a=1", "reason": "r"}', 201),
        ("get", "/mutes", "/mutes", b"", 200),
        ("get", "/mutes/{name}", "/mutes/m", b"", 200),
        ("get", "/mutes/{name}/history", "/mutes/m/history", b"", 200),
        ("delete", "/mutes/{name}", "/mutes/none", b"", 404),
        ("get", "/metrics", "/metrics", b"", 200),
        ("get", "/retention", "/retention", b"", 200),
        ("get", "/healthz", "/healthz", b"", 200),
        ("get", "/readyz", "/readyz", b"", 200),
    ]
    for method, path, asked, body, status in requests:
        result = await api.request(
            method.upper(), asked, body, {"Content-Type": "application/json"}
        )
        assert result.status == status
        reply = description["paths"][path][method]["responses"][str(status)]
        if "$ref" in reply:
            reply = description["components"]["responses"][reply["$ref"].rpartition("/")[2]]
        assert result.headers["content-type"] in reply["content"]
        assert status < 400 or PROBLEM in reply["content"]


def _offered(description: Any, path: str) -> bytes:
    """The body that people are offered to try first."""
    content = description["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return json.dumps(next(iter(content["examples"].values()))["value"]).encode()


async def test_what_is_offered_to_try_finds_what_is_offered_to_report(
    api: Api, description: Any
) -> None:
    reported = await api.post("/problems", _offered(description, "/problems"))
    assert reported.status == 201

    found = await api.post("/find", _offered(description, "/find"))
    assert len(found.json["incidents"]) == 1
    counted = await api.post("/timeline", _offered(description, "/timeline"))
    assert counted.json["count"] == 1


def test_it_says_which_paths_take_which_key(description: Any) -> None:
    needed = {
        (method, path): item[method].get("security")
        for path, item in description["paths"].items()
        for method in set(item) & METHODS
    }

    report = [{"key": ["report"]}, {"password": ["report"]}, {}]
    read = [{"key": ["read"]}, {"password": ["read"]}, {"login": []}, {}]
    for path in (
        *("/problems", "/problems/in/{name}"),
        *("/api/{project}/envelope/", "/api/{project}/store/", "/v1/logs", "/gelf"),
    ):
        assert needed.pop(("post", path)) == report
    manage = [{"key": ["manage"]}, {"password": ["manage"]}, {"login": []}, {}]
    for each in MANAGING:
        assert needed.pop(each) == manage
    reading = [each for each in needed if each[1] in READING]
    assert {path for _, path in reading} == READING
    for each in reading:
        assert needed.pop(each) == read
    assert set(map(bool, needed.values())) == {False}


async def test_refusals_are_described(
    open_api: Callable[..., Awaitable[Api]], description: Any
) -> None:
    open_, closed = await open_api(), await open_api(host="0.0.0.0")
    refused = {
        401: await closed.post("/problems", b"{}"),
        403: await open_.post("/problems", b"{}", {"Origin": "http://evil.example"}),
        421: await open_.post("/problems", b"{}", {"Host": "evil.example"}),
    }

    for status, result in refused.items():
        assert result.status == status
        for path in {"/problems", *READING}:
            for method in set(description["paths"][path]) & METHODS:
                if (method, path) != ("get", "/problems"):  # it is open to all
                    assert str(status) in description["paths"][path][method]["responses"]
    assert "403" in description["paths"]["/readyz"]["get"]["responses"]


async def test_logins_are_described(
    open_api: Callable[..., Awaitable[Api]], description: Any
) -> None:
    api = await open_api()
    paths, scheme = description["paths"], description["components"]["securitySchemes"]["login"]

    assert scheme["name"] == cookie.NAME
    for body, status in ((b"", 400), (b'{"key": ""}', 401), (b" " * 5000, 413)):
        assert (await api.post("/login", body)).status == status
        assert str(status) in paths["/login"]["post"]["responses"]
    assert (await api.post("/logout", b"")).status == 204
    assert set(paths["/logout"]["post"]["responses"]) == {"204", "403"}


def test_the_largest_limit_is_the_servers(description: Any) -> None:
    limit = description["components"]["parameters"]["limit"]["schema"]

    assert limit["maximum"] == PAGE_INCIDENTS_MAX
    assert description["components"]["parameters"]["bins"]["schema"]["maximum"] == BINS_MAX
    assert json.dumps(limit)
