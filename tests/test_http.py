"""What holds for every path."""

import pytest

from tests.api import Api

PATHS = {
    "/problems": {"GET", "HEAD", "POST"},
    "/find": {"GET", "POST"},
    "/incidents/1": {"GET", "HEAD"},
    "/healthz": {"GET", "HEAD"},
    "/readyz": {"GET", "HEAD"},
    "/retention": {"GET", "HEAD"},
    "/openapi.json": {"GET", "HEAD"},
}


@pytest.mark.parametrize("path", ["/nothing", "/problems/1", "/find/", "/incidents"])
async def test_an_unknown_path_is_a_404_problem(shared_api: Api, path: str) -> None:
    result = await shared_api.get(path)

    assert result.status == 404
    assert result.headers["content-type"] == "application/problem+json"
    assert "/openapi.json" in result.json["detail"]


@pytest.mark.parametrize("path", PATHS)
async def test_another_method_is_a_405_problem_that_allows_the_right_ones(
    shared_api: Api, path: str
) -> None:
    for method in {"PUT", "DELETE", "PATCH", "GET", "POST", "BREW"} - PATHS[path]:
        result = await shared_api.request(method, path)

        assert result.status == 405, method
        assert set(result.headers["allow"].split(", ")) == PATHS[path] | {"OPTIONS"}
        assert result.json["status"] == 405


async def test_head_is_get_without_a_body(shared_api: Api) -> None:
    id_ = await shared_api.report({})
    for path in (f"/incidents/{id_}", "/healthz", "/readyz", "/openapi.json"):
        head, get = await shared_api.request("HEAD", path), await shared_api.get(path)
        assert (head.status, head.content) == (200, b"")
        assert head.headers["content-length"] == get.headers["content-length"]


async def test_an_unknown_error_is_a_problem_without_a_trace(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.runtime.search, "incident", None)

    result = await api.get("/incidents/1")

    assert result.status == 500
    assert result.headers["content-type"] == "application/problem+json"
    assert "NoneType" not in result.text


async def test_it_says_that_it_lives_and_that_it_is_ready(shared_api: Api) -> None:
    assert (await shared_api.get("/healthz")).json == {"status": "alive"}
    assert (await shared_api.get("/readyz")).json == {"status": "ready"}
