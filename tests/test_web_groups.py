"""Groups on the page: what is wrong, one line for each problem. In a real Chromium."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser import check_everybody_can_use, looks
from tests.served import Served
from tests.sql import run_sql
from tests.visit import Visit, report

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.jobs]


def timeout(n: int) -> dict[str, Any]:
    return {"service": "billing", "level": "error", "message": f"timeout after {n} ms", "host": n}


async def test_the_page_opens_on_groups_and_leads_to_their_incidents(
    visit: Visit, database: str
) -> None:
    report(visit.server, timeout(1), {"service": "mail", "message": "no such user"})
    await asyncio.to_thread(
        run_sql, database, "UPDATE incidents SET received_at = now() - interval '30 hours'"
    )
    report(visit.server, *(timeout(n) for n in range(2, 5)))
    report(visit.server, {"service": "search", "message": "shard lost"})
    await visit.page.set_viewport_size({"width": 1280, "height": 800})
    await visit.go("/")
    lines = visit.page.locator("#groups-list li")
    await expect(lines).to_have_count(2)
    await expect(visit.page.locator("#found")).to_be_hidden()
    known, fresh = lines.filter(has_text="timeout"), lines.filter(has_text="shard lost")
    await expect(known.locator(".group-count")).to_have_text("3")
    await expect(known.locator(".badge")).to_have_text(["growing"])
    await expect(fresh.locator(".badge")).to_have_text(["new"])
    await expect(fresh.locator(".group-service")).to_have_text("search")
    assert await known.locator(".spark rect").count() > 1

    await known.locator("a").click()
    await expect(visit.lines).to_have_count(3)
    await expect(visit.page.locator("#groups")).to_be_hidden()
    # How they differ: what varies stands first, and is open.
    column = visit.page.locator("#fields")
    await expect(column.locator("#fields-title")).to_have_text("What varies")
    await expect(column.locator("details[open] > summary").first).to_contain_text("message")
    await expect(column.get_by_role("button", name="host: 3, 1. Ask for it")).to_be_visible()
    await visit.page.go_back()
    await expect(lines).to_have_count(2)
    assert visit.page.url == f"{visit.address}/"
    await visit.page.keyboard.press("l")
    await expect(visit.lines).to_have_count(4)
    await visit.page.keyboard.press("g")
    await expect(lines).to_have_count(2)
    await visit.ask("service=search")
    await expect(lines).to_have_count(1)


async def test_a_group_is_resolved_comes_back_and_is_muted(visit: Visit) -> None:
    report(visit.server, timeout(1), timeout(2))
    await visit.go("/")
    line = visit.page.locator("#groups-list li")
    await line.get_by_role("button", name="Resolve").click()
    await expect(line.locator(".badge.resolved")).to_be_visible()
    report(visit.server, timeout(3))
    await visit.page.reload()
    await expect(line.locator(".badge.back")).to_be_visible()

    await line.get_by_role("button", name="Mute").click()
    await visit.page.get_by_label("An hour").check()
    await visit.page.locator("#mute-form").get_by_label("Why").fill("deploy")
    await visit.page.locator("#mute-form").get_by_role("button", name="Mute").click()
    await expect(line.locator(".badge.muted")).to_be_visible()
    await visit.page.get_by_label("State").select_option("Open")
    await expect(visit.page.locator("#groups-said")).to_have_text("No group matches.")
    await visit.page.get_by_label("State").select_option("Muted")
    await line.get_by_role("button", name="Unmute").click()
    await expect(line.locator(".badge.muted")).to_have_count(0)


async def test_everybody_can_use_the_groups(
    serve_here: Callable[..., Served], browser: Browser
) -> None:
    server = serve_here()
    report(server, timeout(1), {"service": "mail", "message": "no such user"})
    page = await browser.new_page()
    await page.goto(f"http://127.0.0.1:{server.port}/")
    await page.wait_for_selector("#groups-list .badge")
    async for _ in looks(page):
        await check_everybody_can_use(page)
    await page.locator("#groups-list li").first.get_by_role("button", name="Mute").click()
    async for _ in looks(page):
        await check_everybody_can_use(page)
