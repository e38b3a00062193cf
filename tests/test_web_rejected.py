"""The rejected reports on the page, in a real Chromium."""

import asyncio
from collections.abc import Callable

from playwright.async_api import expect

from incidents.auth.key_table import KeyTable
from tests.browser import check_everybody_can_use, chromium
from tests.keys import bearer, make
from tests.served import Served
from tests.test_web_login import log_in, watched

Start = Callable[..., Served]

HOSTILE = b"""{"message": "</pre><script>document.title='ran'</script>\n"""


async def test_they_are_counted_listed_opened_and_stored(
    serve_here: Start, table: KeyTable
) -> None:
    sender, reader = await make(table, "report", "zabbix"), await make(table, "read")
    manager = await make(table, "manage")
    server = serve_here()
    agent = {"User-Agent": "<b>Zabbix</b>", **bearer(sender)}
    assert server.post("/problems", b'{"message": "taken"}', agent).status == 201
    assert server.post("/problems", b"\x89\n", {**agent, "Content-Type": "image/png"}).status == 415
    assert server.post("/problems", HOSTILE, agent).status == 400
    await written(server, reader, 2)

    async with chromium() as browser:
        page = await browser.new_page()
        wrong = watched(page)
        await page.goto(f"http://127.0.0.1:{server.port}/?show=incidents")
        await log_in(page, reader)
        badge, lines = page.locator("#rejected-badge"), page.locator("#rejected-list li")
        await expect(badge).to_have_text("2 rejected")
        await badge.click()
        await expect(lines).to_have_count(2)
        await expect(page.locator("#results")).to_be_hidden()
        await expect(lines.first).to_contain_text("400")
        await lines.first.locator("summary").click()
        await expect(lines.first.locator("pre").first).to_have_text(HOSTILE.decode().strip())
        await expect(lines.first).to_contain_text("<b>Zabbix</b>")
        await expect(lines.first).to_contain_text("needs a key of the scope manage")
        await expect(lines.first.get_by_role("button", name="Store as text")).to_have_count(0)
        await check_everybody_can_use(page)

        # The address says which view it is, and back leads to the other.
        await page.reload()
        await expect(lines).to_have_count(2)
        await page.go_back()
        await expect(page.locator("#results li")).to_have_count(1)
        await expect(page.locator("#rejected")).to_be_hidden()

        await page.get_by_role("button", name="Log out").click()
        await log_in(page, manager)
        await badge.click()
        await lines.first.locator("summary").click()
        await lines.first.get_by_role("button", name="Store as text").click()
        await expect(lines.first).to_contain_text("Stored as incident 2")
        await expect(badge).to_have_text("1 rejected")
        await lines.first.get_by_role("link", name="incident 2").click()
        await expect(page.locator("#one h2")).to_contain_text("document.title")
        await expect(page).to_have_title("incidents")
        assert wrong == []


async def written(server: Served, key: str, count: int) -> None:
    async with asyncio.timeout(60):
        while server.request("GET", "/rejected", b"", bearer(key)).json["count"] < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
