"""Saved queries: a name for everybody of the server, over HTTP and on the page."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import expect

from incidents.auth.key_table import KeyTable
from incidents.saved_queries import store
from tests.api import Api, Result
from tests.browser import check_everybody_can_use, chromium
from tests.keys import bearer, make
from tests.served import Served
from tests.test_web_login import log_in, report, watched


async def put(api: Api, name: str, body: Any, **headers: str) -> Result:
    sent = {"Content-Type": "application/json", **headers}
    return await api.request("PUT", f"/queries/{name}", json.dumps(body).encode(), sent)


async def test_one_is_saved_replaced_listed_and_deleted(api: Api) -> None:
    first = await put(api, "billing", {"query": "service=billing"})
    await put(api, "a-1", {"query": "x"})
    await put(api, "billing", {"query": "service=billing level=error"})

    listed = (await api.get("/queries")).json["queries"]
    assert [(each["name"], each["query"]) for each in listed] == [
        ("a-1", "x"),
        ("billing", "service=billing level=error"),
    ]
    assert (first.json["query"], first.json["updated_by"]) == ("service=billing", None)
    assert (await api.get("/queries/billing")).json == listed[1]
    assert (await api.request("DELETE", "/queries/billing", b"")).status == 204
    assert (await api.request("DELETE", "/queries/billing", b"")).status == 404
    assert (await api.get("/queries/billing")).status == 404


async def test_what_cannot_be_saved_says_what_would_be_right(api: Api) -> None:
    wrong = await put(api, "x", {"query": "a==b"})
    assert (wrong.status, wrong.json["suggestion"]) == (400, "a=b")
    for name, body, said in (
        ("-x", {"query": "a"}, "name"),
        ("x", {"query": " "}, "query"),
        ("x", {"query": 7}, "query"),
        ("x", {"query": "a", "color": 1}, "color"),
        ("x", [], "object"),
    ):
        reply = await put(api, name, body)
        assert (reply.status, said in reply.json["detail"]) == (400, True), body


async def test_there_is_a_limit_and_what_is_there_can_be_replaced(
    api: Api, monkeypatch: Any
) -> None:
    monkeypatch.setattr(store, "_PUT", store._PUT.replace(f"< {store.QUERIES_MAX}", "< 2"))
    for name in ("a", "b"):
        assert (await put(api, name, {"query": "x"})).status == 200
    assert "the limit" in (await put(api, "c", {"query": "x"})).json["detail"]
    assert (await put(api, "b", {"query": "y"})).json["query"] == "y"


async def test_who_reads_cannot_change(
    open_api: Callable[..., Awaitable[Api]], table: KeyTable
) -> None:
    reader, manager = await make(table, "read"), await make(table, "manage", "ops")
    api = await open_api()
    said = {"query": "level=error"}
    assert (await put(api, "mine", said, **bearer(reader))).status == 403
    saved = await put(api, "mine", said, **bearer(manager))
    assert (saved.status, saved.json["updated_by"]) == (200, "ops")
    asked = await api.request("GET", "/queries", b"", bearer(reader))
    assert len(asked.json["queries"]) == 1


async def test_the_page_saves_one_and_its_address_leads_there(
    serve_here: Callable[..., Served], table: KeyTable
) -> None:
    manager, sender = await make(table, "manage"), await make(table, "report")
    server = serve_here()
    for level in ("error", "warning"):
        report(server, sender, {"level": level})
    async with chromium() as browser:
        page = await browser.new_page()
        wrong = watched(page)
        await page.goto(f"http://127.0.0.1:{server.port}/?q=level%3Derror")
        await log_in(page, manager)
        await expect(page.locator("#results li")).to_have_count(1)
        await page.get_by_role("button", name="Saved").click()
        await page.get_by_label("as", exact=True).fill("errors")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.locator("#saved-list li")).to_have_count(1)
        await check_everybody_can_use(page)

        await page.goto(f"http://127.0.0.1:{server.port}/?saved=errors")
        await expect(page.locator("#field")).to_have_value("level=error")
        await expect(page.locator("#results li")).to_have_count(1)
        await page.get_by_role("button", name="Saved").click()
        await page.get_by_role("button", name="Delete errors").click()
        await expect(page.locator("#saved-none")).to_be_visible()
        assert wrong == []
