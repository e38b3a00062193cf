"""Rules on the page: what fires, who was told, "tell me next time". In a real Chromium."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from incidents.auth.key_table import KeyTable
from incidents.support.settings import Settings
from tests.browser import check_everybody_can_use
from tests.command import SECONDS_MAX
from tests.keys import bearer, make
from tests.receiver import OK, receiver
from tests.served import Served
from tests.test_web_login import watched

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What a page is told with, recorded.
_NOTIFICATION = """
    window.Notification = class {
        static permission = "default";
        static async requestPermission() { return Notification.permission = "granted"; }
        constructor(title) {
            const {dataset} = document.body;
            dataset.rung = (dataset.rung ?? "") + title;
        }
    };
"""
_SMALL = """() => [...document.querySelectorAll("button, select, a, input, summary, .checks label")]
    .filter((each) => each.checkVisibility({visibilityProperty: true}) && !each.closest(".unseen")
        && !each.matches(".skip, [type=checkbox]"))
    .filter((each) => each.getBoundingClientRect().height < 43.5)
    .map((each) => each.outerHTML.slice(0, 80))"""

_CUT_OFF = """() => [...document.querySelectorAll("button, select, a, input, summary")]
    .filter((each) => each.checkVisibility({visibilityProperty: true}) && !each.matches(".skip"))
    .filter((each) => {
        const {left, right} = each.getBoundingClientRect();
        return left < 0 || right > innerWidth;
    })
    .map((each) => each.outerHTML.slice(0, 80))"""


class Rules:
    """The server of all tests here, and its keys."""

    def __init__(self, served: Served, manager: str, reader: str) -> None:
        self.served = served
        self.manager = manager
        self.reader = reader
        self.address = f"http://127.0.0.1:{served.port}"

    def put(self, path: str, **given: Any) -> None:
        headers = {"Content-Type": "application/json", **bearer(self.manager)}
        reply = self.served.request("PUT", path, json.dumps(given).encode(), headers)
        assert reply.status in (200, 201), reply.body

    def report(self, **body: Any) -> None:
        assert self.served.post("/problems", json.dumps(body).encode(), bearer(self.manager)).status

    async def until(self, path: str, wanted: Callable[[Any], object]) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while not wanted(self._get(path)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # of a server in another thread

    def _get(self, path: str) -> Any:
        return self.served.request("GET", path, b"", bearer(self.manager)).json


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rules(
    shared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rules]:
    table = KeyTable(shared_database, wait_seconds=10)
    manager, reader = [await make(table, scope) for scope in ("admin", "read")]
    await table.close()
    key_file = tmp_path_factory.mktemp("keys") / "signatures.key"
    with Served(Settings(signature_key_file=key_file), shared_database) as served:
        yield Rules(served, manager, reader)


Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(rules: Rules, browser: Browser) -> AsyncIterator[Open]:
    wrong: list[list[str]] = []

    async def opened(path: str, key: str, **options: Any) -> Page:
        context = await browser.new_context(base_url=rules.address, locale="en-GB", **options)
        assert (await context.request.post("/login", data={"key": key})).ok
        await context.add_init_script(_NOTIFICATION)
        page = await context.new_page()
        wrong.append(watched(page))
        await page.goto(path)
        return page

    yield opened
    # A receiver that does not take a test is a 502, which the browser logs.
    assert [said for each in wrong for said in each if "status of 502" not in said] == []


async def look(page: Page) -> None:
    """What is asked every few seconds is asked now."""
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


async def test_a_query_becomes_a_rule_by_a_form_that_tries_it(
    rules: Rules, open_page: Open
) -> None:
    rules.report(service="shop", level="error", message="of before")
    page = await open_page("/?q=service%3Dshop", rules.manager)
    await page.get_by_role("button", name="Tell me", exact=True).click()
    form = page.locator("#rule-dialog")
    await expect(form.get_by_label("Query")).to_have_value("service=shop")
    await expect(form.get_by_label("Name")).to_have_value("service-shop")
    await form.get_by_label("When it").select_option("comes often")
    await form.get_by_label("times").fill("1")
    await form.get_by_label("in", exact=True).fill("soon")
    await form.get_by_role("button", name="Try it").click()
    await expect(page.locator("#rule-when-wrong")).to_contain_text("a number and a unit")
    await form.get_by_label("in", exact=True).fill("5m")
    await form.get_by_role("button", name="Try it").click()
    await expect(form.locator("#rule-tried")).to_contain_text("It would have fired once")
    await expect(form.locator("#rule-tried li")).to_contain_text(["of before"])

    await form.get_by_role("button", name="New channel").click()
    channel = page.locator("#channel-dialog")
    await channel.get_by_label("Name").fill("hook")
    await channel.get_by_label("Address").fill("nowhere")
    await channel.get_by_role("button", name="Save").click()
    await expect(page.locator("#channel-url-wrong")).to_contain_text("a URL like")
    await channel.get_by_label("Address").fill("http://127.0.0.1:9/")
    secret = await channel.get_by_label("Secret").input_value()
    await channel.get_by_role("button", name="Save").click()
    await expect(form.get_by_label("hook")).to_be_checked()
    await form.get_by_role("button", name="Save").click()
    one = page.locator("#rule")
    await expect(one.locator("dl")).to_contain_text("count >= 1 in 5m")
    await expect(one).to_contain_text("It did not fire in this time")

    # It is changed by the same form, and deleted. What is secret is not shown again.
    await page.get_by_role("link", name="All rules").click()
    await page.get_by_role("button", name="Edit service-shop").click()
    await expect(form.get_by_label("Name")).to_have_value("service-shop")
    await form.get_by_label("Tell again every").fill("4h")
    await form.get_by_role("button", name="Save").click()
    await expect(one.locator("dl")).to_contain_text("4h")
    page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    await one.get_by_role("button", name="Delete").click()
    await expect(page.locator("#rules-all")).to_be_visible()
    await expect(page.get_by_role("link", name="service-shop", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="Edit: hook").click()
    await expect(channel.get_by_label("Secret")).to_have_value("[redacted]")
    assert secret not in await page.content()


async def test_what_fires_is_listed_with_who_was_told_and_stands_in_the_title(
    rules: Rules, open_page: Open
) -> None:
    page = await open_page("/?show=rules", rules.manager)
    await expect(page.locator("body")).to_have_class(re.compile("may-manage"))
    before = await page.title()
    async with receiver(OK) as hook:
        rules.put("/channels/fine", slack={"url": hook.url})
        rules.put("/rules/carts", query="e=1", when="any", quiet="1h", channels=["fine"])
        rules.report(e=1, message="cart lost")
        await rules.until(
            "/rules/carts/history",
            lambda now: [each for each in now["history"] if each["event"] == "delivered"],
        )
    await look(page)
    now = page.locator("#firing-list li").filter(has_text="carts: cart lost")
    await expect(now.locator(".told")).to_contain_text("fine was told")
    assert await page.title() not in ("incidents", before)
    assert "data:image" in str(await page.get_attribute("link[rel=icon]", "href"))
    await expect(page.locator("#channels-list")).to_contain_text("works, sent last")
    await now.get_by_role("link", name="carts: cart lost").click()
    one = page.locator("#rule")
    await expect(one.get_by_role("img", name="it fired once")).to_be_visible()
    await expect(one.locator(".entries .badge")).to_have_text(["delivered", "firing"])
    await page.get_by_role("link", name="its incidents", exact=True).click()
    await expect(page.locator("#results li")).to_have_count(1)


async def test_mutes_channels_and_dead_letters(rules: Rules, open_page: Open) -> None:
    rules.put("/rules/r", query="a=1", when="any", by=["host"], quiet="1h", channels=["later"])
    rules.report(a=1, host="db1", message="gone")
    await rules.until("/notifications?state=dead", lambda now: now["notifications"])
    page = await open_page("/?show=rules", rules.manager)
    firing = page.locator("#firing-list li").filter(has_text="db1")
    await expect(firing.locator(".told")).to_contain_text("later was not told: there is no channel")

    # What could not be sent is sent again, once there is the channel.
    await expect(page.locator("#dead-list li")).to_contain_text("r (host=db1): gone")
    async with receiver(OK) as hook:
        rules.put("/channels/later", slack={"url": hook.url})
        await page.get_by_role("button", name="Send again: r (host=db1): gone").click()
        await expect(page.locator("#dead-part")).to_be_hidden()
        await rules.until("/notifications?rule=r&state=sent", lambda now: now["notifications"])
        channel = page.locator("#channels-list li").filter(has_text="later")
        await channel.get_by_role("button", name="Send a test").click()
        await expect(channel).to_contain_text("The receiver took it")
    await channel.get_by_role("button", name="Send a test").click()
    await expect(channel.locator(".wrong")).to_contain_text("cannot be reached")

    await firing.get_by_role("button", name="Mute").click()
    form = page.locator("#rule-mute-dialog")
    await expect(form.get_by_label("Query")).to_have_value("rule=r by.host=db1")
    await form.get_by_label("Query").fill("a=1")
    await form.get_by_role("button", name="Mute").click()
    await expect(page.locator("#rule-mute-reason-wrong")).to_contain_text("1 to 500 characters")
    await form.get_by_label("Why").fill("deploy")
    await form.get_by_role("button", name="Mute").click()
    mute = page.locator("#mutes-list li")
    await expect(mute).to_contain_text("It held nothing back")
    rules.report(a=1, host="db2", message="gone, too")
    await rules.until("/mutes", lambda now: now["mutes"][0]["held_back"])
    await look(page)
    await mute.get_by_text("held back 1, 1 of them still fire").click()
    await expect(mute.get_by_role("link", name="r (host=db2): gone, too")).to_be_visible()
    await mute.get_by_role("button", name="End").click()
    await expect(mute).to_have_count(0)


async def test_a_bell_is_off_until_one_turns_it_on_and_rings_once(
    rules: Rules, open_page: Open
) -> None:
    rules.put("/rules/bell", query="b=1", when="any", by=["n"], quiet="1h")
    page = await open_page("/?show=rules", rules.manager)
    bell = page.get_by_role("switch", name="Bell")
    await expect(bell).not_to_be_checked()
    assert await page.evaluate("Notification.permission") == "default"
    await bell.click()
    await expect(bell).to_be_checked()
    await expect(page.locator("#bell-how")).to_contain_text("The browser says what begins to fire")
    await page.reload()
    await page.evaluate("Notification.requestPermission()")
    await expect(bell).to_be_checked()
    await expect(page.locator("#rules-list li")).not_to_have_count(0)

    rules.report(b=1, n=1, message="first")
    await rules.until("/rules/bell", lambda now: now["firing"])
    await page.get_by_role("button", name="Incidents").click()
    for _ in range(2):
        await look(page)
    await expect(page.locator("body")).to_have_attribute("data-rung", "bell (n=1): first")
    assert (await page.title()).startswith("🔔 (")
    await page.get_by_role("button", name="Rules").click()
    assert (await page.title()).startswith("(")


async def test_a_reader_sees_everything_and_is_offered_nothing(
    rules: Rules, open_page: Open
) -> None:
    rules.put("/rules/seen", query="c=1", when="any", quiet="1h", channels=["box"])
    rules.put("/channels/box", slack={"url": "http://127.0.0.1:9/T0/secret"})
    rules.put("/mutes/m", query="c=2", reason="for the reader")
    rules.put("/queries/kept", query="level=kept")
    rules.report(c=1, message="seen by readers")
    await rules.until("/rules/seen", lambda now: now["firing"])
    page = await open_page("/", rules.reader)
    await expect(page.locator("#groups-list li").first).to_be_visible()
    await expect(page.locator(".group-actions button").first).to_be_hidden()
    await page.get_by_role("button", name="Saved").click()
    await expect(page.locator("#saved-list")).to_contain_text("level=kept")
    await expect(page.locator("#saved-list button, #saved-form").first).to_be_hidden()
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    await expect(page.locator("#firing-list")).to_contain_text("seen: seen by readers")
    await expect(page.locator("#mutes-list")).to_contain_text("for the reader")
    await expect(page.locator("#channels-list")).to_contain_text("box")
    await page.locator("#rules-list").get_by_role("link", name="seen").click()
    await expect(page.locator("#rule dl")).to_contain_text("c=1")
    assert "T0/secret" not in await page.content()
    for name in ("Tell me", "New", "Edit", "Mute", "End", "Delete", "Send"):
        for button in await page.get_by_role("button", name=name).all():
            await expect(button).to_be_hidden()


async def test_everybody_can_use_the_rules(rules: Rules, open_page: Open) -> None:
    rules.put("/rules/wide", query="d=1", when="any", by=["host"], quiet="1h", channels=["gone"])
    rules.report(d=1, host="a-host-with-a-long-name.example.com", message="x" * 200)
    await rules.until("/rules/wide/history", lambda now: len(now["history"]) > 1)
    wide: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
    page = await open_page("/?show=rules", rules.manager, reduced_motion="reduce", **wide)
    await expect(page.locator("#dead-list li")).not_to_have_count(0)
    await check_everybody_can_use(page)
    await page.locator("#tell").click()
    await check_everybody_can_use(page)

    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark"}
    touch: dict[str, Any] = {**phone, "has_touch": True, "is_mobile": True}
    page = await open_page("/?show=rules", rules.manager, reduced_motion="reduce", **touch)
    await expect(page.locator("#dead-list li")).not_to_have_count(0)
    await fits(page)
    for opens in ("#tell", "#mute-new", "#channel-new"):
        await page.locator(opens).click()
        await fits(page)
        await page.keyboard.press("Escape")
    await page.locator("#rules-list").get_by_role("link", name="wide").click()
    await expect(page.locator("#rule .lane").first).to_be_visible()
    await fits(page)
    await check_everybody_can_use(page)
    await page.get_by_role("button", name="Groups").click()
    await expect(page.locator("#groups-list li").first).to_be_visible()
    await fits(page)


async def fits(page: Page) -> None:
    """Nothing is cut off, and a finger hits everything."""
    assert await page.evaluate(_CUT_OFF) == []
    assert await page.evaluate(_SMALL) == []
