"""What the page shows of time and of columns, and what one takes with one. In a real Chromium."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import check_everybody_can_use, looks
from tests.conftest import run_sql
from tests.served import Served
from tests.visit import Visit, report

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def spread(visit: Visit, database: str, count: int) -> None:
    """Incidents of one in each hour, from 2026-03-01T00:30Z on."""
    report(visit.server, *({"n": n, "user": {"id": f"u{n}"}} for n in range(count)))
    await asyncio.to_thread(
        run_sql,
        database,
        "UPDATE incidents SET received_at = "
        "timestamptz '2026-03-01 00:30Z' + (id - 1) * interval '1 hour'",
    )


async def ask_in(browser: Browser, visit: Visit, zone: str) -> Page:
    page = await browser.new_page(
        locale="en-GB", timezone_id=zone, viewport={"width": 1280, "height": 800}
    )
    await page.goto(f"{visit.address}/?show=incidents")
    return page


async def test_a_time_is_chosen_and_shown_in_utc_or_in_the_local_zone(
    visit: Visit, browser: Browser, database: str
) -> None:
    await spread(visit, database, 48)
    page = await ask_in(browser, visit, "America/New_York")
    count, span = page.locator("#count"), page.locator("#span")
    await expect(span).to_contain_text("28 Feb, 19:30:00")
    await expect(span).to_contain_text("America/New_York")
    await expect(page.locator("#heads")).to_contain_text("received, America/New_York")
    await page.keyboard.press("t")
    await expect(page.locator("#range-since")).to_have_value(re.compile("^2026-02-28T19:30"))

    await page.get_by_role("radio", name="UTC").check()
    await expect(page.locator("#range-since")).to_have_value(re.compile("^2026-03-01T00:30"))
    await page.fill("#range-since", "2026-03-01T06:00")
    await page.fill("#range-until", "2026-03-01T05:00")
    await page.get_by_role("button", name="Show", exact=True).click()
    await expect(page.locator("#range-wrong")).to_contain_text("The end must be later")
    await page.fill("#range-until", "2026-03-01T18:00")
    await page.get_by_role("button", name="Show", exact=True).click()

    await expect(count).to_have_text("12 incidents")
    chosen = "1 Mar, 06:00:00 \u2013 1 Mar, 18:00:00 UTC"
    await expect(page.locator("#range")).to_have_text(chosen)
    await expect(span).to_have_text(chosen)
    ticks = await page.locator(".axis span").all_text_contents()
    assert ticks[:3] in (["06:00", "07:00", "08:00"], ["06:00", "08:00", "10:00"])
    await expect(page.locator("#results time").first).to_have_text("1 Mar, 17:30:00")
    await page.reload()
    await expect(page.locator("#results time").first).to_have_text("1 Mar, 17:30:00")
    await page.close()


async def test_the_keys_zoom_into_the_histogram(visit: Visit, database: str) -> None:
    await spread(visit, database, 48)
    await visit.go("/?since=2026-03-01T00:00:00Z&until=2026-03-03T00:00:00Z")
    bins = visit.page.get_by_role("slider", name="48 matches by time")
    await bins.focus()
    await visit.page.keyboard.press("Home")
    await expect(bins).to_have_attribute(
        "aria-valuetext", re.compile(r"^1 Mar, 00:00:00 .* UTC: 0$")
    )
    await expect(visit.page.locator("#bin")).to_contain_text("1 Mar, 00:00:00")
    for _ in range(29):
        await visit.page.keyboard.press("Shift+ArrowRight")
    await visit.page.keyboard.press("Enter")

    await expect(visit.page.locator("#count")).not_to_have_text("48 incidents")
    asked = parse_qs(urlsplit(visit.page.url).query)
    assert asked["since"] == ["2026-03-01T00:00:00.000Z"]
    assert asked["until"] < ["2026-03-02T00"]
    await expect(visit.page.get_by_role("slider")).to_be_focused()


async def test_the_columns_that_one_chooses_are_in_the_address_and_in_csv(visit: Visit) -> None:
    report(visit.server, {"user": {"id": 7}, "n": 1.5}, {"user": {"id": 8}, "message": "two"})
    await visit.go()
    await visit.page.get_by_role("button", name="Columns").click()
    names = visit.page.locator("#columns-names")
    await names.fill("id,,n")
    await names.press("Enter")
    await expect(visit.page.locator("#columns-wrong")).to_contain_text("A name is missing")
    await names.fill("id,user.id,body.n,message")
    await names.press("Enter")
    await expect(visit.page.locator("#heads span")).to_have_text(
        ["id", "user.id", "body.n", "message"]
    )
    cells = visit.lines.last.locator("a > *")
    await expect(cells).to_have_text(["1", "7", "1.5", "user.id=7 n=1.5"])
    await visit.page.reload()
    await expect(cells).to_have_text(["1", "7", "1.5", "user.id=7 n=1.5"])

    await visit.ask("user.id=7")
    await expect(visit.lines).to_have_count(1)
    assert await downloaded(visit, "CSV") == (
        "id,user.id,body.n,message\r\n1,7,1.5,user.id=7 n=1.5\r\n"
    )
    await visit.page.keyboard.press("Escape")
    assert '"body": {"user": {"id": 7}, "n": 1.5}' in await downloaded(visit, "Lines of JSON")


async def downloaded(visit: Visit, name: str) -> str:
    await visit.page.get_by_role("button", name="Download").click()
    async with visit.page.expect_download() as saving:
        await visit.page.get_by_role("button", name=name, exact=True).click()
    path = await (await saving.value).path()
    return (await asyncio.to_thread(Path(path).read_bytes)).decode()


async def test_a_copied_link_shows_the_same_later(visit: Visit, browser: Browser) -> None:
    report(visit.server, {"n": 1}, {"n": 2})
    await visit.page.context.grant_permissions(
        ["clipboard-read", "clipboard-write"], origin=visit.address
    )
    await visit.go("/?q=n%3D1&since=1h&columns=n&id=1")
    await visit.page.get_by_role("button", name="Copy link").click()
    # The button says so for a moment only, which a busy machine can miss.
    await visit.page.wait_for_function(
        "async () => (await navigator.clipboard.readText()).includes('until=')", timeout=60_000
    )
    link = str(await visit.page.evaluate("navigator.clipboard.readText()"))
    report(visit.server, {"n": 1})

    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert asked["since"] < asked["until"]
    assert (asked["q"], asked["columns"], asked["id"]) == ("n=1", "n", "1")
    other = await browser.new_page()
    await other.goto(link)
    await expect(other.locator("#one .code").first).to_have_text("1")
    await expect(other.locator("#results li")).to_have_count(1)


# Each with what shows it.
SHOWN: dict[str, Callable[[Page], Any]] = {
    "list": lambda page: page.wait_for_selector("#chart svg"),
    "range": lambda page: page.keyboard.press("t"),
    "one": lambda page: page.locator("#results a").first.click(),
    "help": lambda page: page.keyboard.press("?"),
    "columns": lambda page: page.get_by_role("button", name="Columns").click(),
    "download": lambda page: page.get_by_role("button", name="Download").click(),
}

_SMALL = """() => [...document.querySelectorAll('button, a, input:not([type=radio]), summary')]
    .filter((each) => each.offsetParent && !each.matches('.skip'))
    .map((each) => [each.id || each.textContent, each.getBoundingClientRect()])
    .filter(([, { width, height }]) => height && (height < 44 || width < 44))
    .map(([name]) => name)"""


async def test_everybody_can_use_what_opens_and_a_finger_hits_it(
    serve_here: Callable[..., Served], browser: Browser
) -> None:
    server = serve_here()
    report(server, {"level": "error", "service": "a", "n": 1, "in": {"x": [1]}})
    page = await browser.new_page()
    for name, show in SHOWN.items():
        await page.goto(f"http://127.0.0.1:{server.port}/?columns=level,n,message")
        await page.wait_for_selector("#chart svg")
        await show(page)
        if name == "one":
            await page.wait_for_selector("#one .tree")
        async for width in looks(page):
            await check_everybody_can_use(page)
            if width < 800:
                assert await page.evaluate(_SMALL) == [], name
