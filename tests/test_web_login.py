"""The page where keys are in use: somebody logs in, reads, and logs out. In a real Chromium."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from incidents.auth.key_table import KeyTable
from incidents.core.api_key import new_key
from incidents.http.message.cookie import NAME
from tests.browser import check_everybody_can_use, chromium, looks
from tests.keys import bearer, make
from tests.served import Served
from tests.server import Client, Server

Start = Callable[..., Served]


def report(server: Client, key: str, body: Any) -> None:
    assert server.post("/problems", json.dumps(body).encode(), bearer(key)).status == 201


async def log_in(page: Page, key: str) -> None:
    await page.get_by_label("Key", exact=True).fill(key)
    await page.get_by_role("button", name="Log in").click()


def watched(page: Page) -> list[str]:
    """What goes wrong in it from now on, but for answers that a key is missing."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: (
            wrong.append(said.text)
            if said.type in ("error", "warning") and "status of 40" not in said.text
            else None
        ),
    )
    return wrong


async def test_a_key_opens_the_page_until_one_logs_out(
    start_server: Callable[..., Server], table: KeyTable
) -> None:
    sender, reader = await make(table, "report"), await make(table, "read")
    server = start_server("--workers", "2")
    for n in range(3):
        report(server, sender, {"message": f"m{n}", "n": n})
    async with chromium() as browser:
        page = await browser.new_page()
        wrong = watched(page)
        lines, form = page.locator("#results li"), page.locator("#login")
        await page.goto(f"http://127.0.0.1:{server.port}/?q=n%3D1&id=2")
        await expect(page.get_by_label("Key", exact=True)).to_be_focused()
        await expect(lines).to_have_count(0)
        await expect(page.get_by_role("button", name="Log out")).to_be_hidden()

        # What is no key, or one for something else, is said in words.
        said = form.get_by_role("alert")
        await page.get_by_role("button", name="Log in").click()
        await expect(said).to_have_text("Enter a key.")
        await log_in(page, new_key())
        await expect(said).to_have_text("This key is not known (any more).")
        await log_in(page, sender)
        await expect(said).to_contain_text("this key has the scope report")

        # It goes on where it was.
        await log_in(page, f" {reader}\t")
        await expect(form).to_be_hidden()
        await expect(lines).to_have_count(1)
        await expect(page.locator("#one h2")).to_have_text("m1")
        await expect(page.locator("#field")).to_have_value("n=1")

        # No script can read the cookie, and none sees the key again.
        (cookie,) = await page.context.cookies()
        assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (NAME, True, "Strict")
        assert await page.evaluate("document.cookie") == ""
        kept = await page.evaluate("JSON.stringify([localStorage, document.body.outerHTML])")
        assert reader not in kept + await page.locator("#key").input_value()

        # It is told what comes, and stays logged in when it comes again.
        await page.get_by_role("switch", name="Live").click()
        await page.goto(f"http://127.0.0.1:{server.port}/?show=incidents")
        await expect(lines).to_have_count(3)
        await page.get_by_role("switch", name="Live").click()
        await expect(page.locator("#live")).not_to_have_class("waiting")
        async with asyncio.timeout(60):
            n = 3
            while await lines.count() == 3:
                report(server, sender, {"message": f"m{n}", "n": n})
                n += 1
                await asyncio.sleep(0.5)

        await page.get_by_role("button", name="Log out").click()
        await expect(form).to_be_visible()
        await expect(lines).to_have_count(0)
        assert await page.context.cookies() == []
        await expect(page.get_by_role("button", name="Log out")).to_be_hidden()
        assert wrong == []


async def test_a_login_that_ends_meanwhile_asks_for_a_key_and_goes_on(
    serve_here: Start, table: KeyTable
) -> None:
    reader, admin = await make(table, "read"), await make(table, "admin")
    server = serve_here(key_cache_seconds_max=0.4)
    report(server, admin, {"message": "m"})
    async with chromium() as browser:
        context = await browser.new_context()
        page = await context.new_page()
        wrong = watched(page)
        lines, form = page.locator("#results li"), page.locator("#login")
        await page.goto(f"http://127.0.0.1:{server.port}/?show=incidents")
        await log_in(page, reader)
        await expect(lines).to_have_count(1)

        await page.fill("#field", "message=m")
        # All of it answered: else it is a late answer that asks for the key, before the click.
        async with page.expect_response("**/find*"), page.expect_response("**/timeline*") as last:
            await page.press("#field", "Enter")
        await (await last.value).finished()
        await expect(page.locator("#meaning")).to_contain_text("message")
        await expect(lines).to_have_count(1)

        assert await table.revoke("read")
        await asyncio.sleep(0.4)  # as long as that the worker may know it
        await page.get_by_role("switch", name="Live").click()
        await expect(form).to_be_visible()
        await expect(page.locator("#columns")).to_be_hidden()
        await log_in(page, admin)
        await expect(lines).to_have_count(1)
        await expect(page.locator("#field")).to_have_value("message=m")

        # Who logs out in one tab is logged out in the others.
        other = await context.new_page()
        await other.goto(page.url)
        await expect(other.locator("#results li")).to_have_count(1)
        await page.get_by_role("button", name="Log out").click()
        await expect(other.locator("#login")).to_be_visible()
        await expect(other.locator("#results li")).to_have_count(0)
        assert wrong == []


async def test_everybody_can_log_in(serve_here: Start, table: KeyTable) -> None:
    reader = await make(table, "read")
    server = serve_here()
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{server.port}/?show=incidents")
        await log_in(page, new_key())
        await expect(page.get_by_role("alert")).not_to_be_empty()
        async for _ in looks(page):
            await check_everybody_can_use(page)
        await log_in(page, reader)
        await page.wait_for_selector("#log-out")
        async for _ in looks(page):
            await check_everybody_can_use(page)
