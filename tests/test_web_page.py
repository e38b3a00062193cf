"""The page, in a real Chromium, against a real server and database."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser import check_everybody_can_use, looks
from tests.command import SECONDS_MAX
from tests.conftest import run_sql
from tests.served import Served
from tests.server import Server
from tests.test_retention import until
from tests.visit import Visit, report

Start = Callable[..., Served]

# Whatever of this ran would set `document.title`, or ask for something from elsewhere.
HOSTILE = (
    "</script><script>document.title='ran'</script>"
    "<img src=x onerror=\"document.title='ran'\"><svg onload=\"document.title='ran'\">"
    "javascript:document.title='ran' {{constructor.constructor('document.title=1')()}}"
)


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_matches_come_newest_first_with_what_tells_most(visit: Visit) -> None:
    report(
        visit.server,
        {"service": "billing", "level": "error", "message": "card declined"},
        {"service": "billing", "level": "warning", "message": "slow"},
        {"service": "mail", "level": "error", "message": "no such user"},
    )
    await visit.go()
    await expect(visit.lines).to_have_count(3)
    assert await visit.messages() == ["no such user", "slow", "card declined"]
    first = visit.lines.first
    await expect(first.locator(".service")).to_have_text("mail")
    await expect(first.locator(".level")).to_have_text("error")
    await expect(first.locator("time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    await expect(visit.page.locator("#count")).to_have_text("3 incidents")

    await visit.ask("service=billing level=error")
    await expect(visit.lines).to_have_count(1)
    assert await visit.messages() == ["card declined"]
    await visit.ask('{"level": "warning"}')
    await expect(visit.page.locator("#results .message")).to_have_text(["slow"])


async def test_what_comes_other_ways_is_told_by_what_tells_most(visit: Visit) -> None:
    report(
        visit.server,
        {"severity_text": "ERROR", "body": "card declined", "resource": {"service.name": "shop"}},
        {"short_message": "disk full", "host": "shop-1", "level": "alert"},
        {"level": "error", "exception": {"values": [{}, {"type": "KeyError", "value": "'x'"}]}},
    )
    await visit.go()
    await expect(visit.lines).to_have_count(3)
    assert await visit.messages() == ["KeyError: 'x'", "disk full", "card declined"]
    await expect(visit.lines.last.locator(".service")).to_have_text("shop")
    await expect(visit.lines.last.locator(".level")).to_have_text("ERROR")


async def test_a_click_on_a_value_takes_it_into_the_query_and_out_of_it(visit: Visit) -> None:
    report(
        visit.server,
        {"service": "billing", "user": {"id": 7}, "tags": ["a", {"b": 1}]},
        {"service": "billing", "user": {"id": 8}, "tags": []},
        {"service": "mail", "user": {"id": 7}, "tags": []},
    )
    await visit.go("/?q=service%3Dbilling")
    await visit.lines.last.click()
    one, field = visit.page.locator("#one"), visit.page.locator("#field")
    await expect(one.get_by_role("button", name="service: billing.")).to_have_attribute(
        "aria-pressed", "true"
    )
    await one.get_by_role("button", name="user.id: 7.").click()
    await expect(field).to_have_value("service=billing user.id=7")
    await expect(visit.lines).to_have_count(1)
    await one.get_by_role("button", name="service: billing.").click()
    await expect(field).to_have_value("user.id=7")
    await expect(visit.lines).to_have_count(2)
    await one.get_by_role("button", name="tags.1.b: 1.").click()
    await expect(field).to_have_value("user.id=7 tags.b=1")
    await expect(visit.lines).to_have_count(1)
    await one.get_by_role("button", name="tags.1.b: 1.").click()
    await one.get_by_role("button", name="user.id: 7.").click()
    await expect(field).to_have_value("")
    await one.get_by_role("button", name="Content-Type: application/json").click()
    await expect(field).to_have_value("Content-Type=application/json")
    await expect(visit.lines).to_have_count(3)


async def test_an_incident_is_shown_as_it_was_sent(visit: Visit) -> None:
    sent = b'{"n": 1.50, "big": 12345678901234567890, "n": [], "deep": {"a": {"b": {"c": null}}}}'
    reply = visit.server.post("/problems", sent, {"X-Trace": "abc"})
    await visit.go("/?id=1")
    one = visit.page.locator("#one")
    await expect(one.locator(".tree").first).to_contain_text("12345678901234567890")
    await expect(one.locator(".tree").first.locator(".key")).to_have_text(
        ["n", "big", "n", "deep", "a", "b"]
    )
    await expect(one.locator(".hash")).to_have_text(reply.json["hash"])
    await expect(one.locator(".tree").nth(1)).to_contain_text("X-Trace")
    # What is nested deep is folded, and unfolds.
    await one.locator(".tree").first.locator("summary").last.click()
    await expect(one.get_by_text("c", exact=True)).to_be_visible()


async def test_an_incident_can_be_copied_and_sent_again(visit: Visit) -> None:
    sent = '{"quote": "it\'s", "n": 1.50, "nested": {"a\\u0062": "é"}}'
    reply = visit.server.post("/problems", sent.encode(), {"X-Trace": "it's \\ here"})
    origin = visit.address
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    await visit.go("/?id=1")

    assert json.loads(await copied(visit, "Copy JSON"))["hash"] == reply.json["hash"]
    command = await copied(visit, "Copy as curl")
    await asyncio.to_thread(subprocess.run, ["bash", "-c", command], check=True, timeout=60)
    again = visit.server.request("GET", "/incidents/2")
    assert sent.encode() in again.body
    assert again.json["headers"]["X-Trace"] == "it's \\ here"


async def copied(visit: Visit, name: str) -> str:
    """What is in the clipboard after a click on that button."""
    await visit.page.evaluate("navigator.clipboard.writeText('')")
    await visit.page.get_by_role("button", name=name).click()
    # The button says so for a moment only, which a busy machine can miss.
    await visit.page.wait_for_function("navigator.clipboard.readText()", timeout=60_000)
    text = str(await visit.page.evaluate("navigator.clipboard.readText()"))
    await expect(visit.page.get_by_role("button", name=name)).to_be_visible()
    return text


async def test_a_command_that_is_pasted_holds_nothing_that_a_terminal_acts_on(
    visit: Visit,
) -> None:
    sent = '{"a":\t"\x7f\x7f\x7f\x7f; echo ran \x9b31m\u202e"}'
    reply = visit.server.post("/problems", sent.encode(), {"X-Trace": "a\tb"})
    origin = visit.address
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    await visit.go("/?id=1")
    command = await copied(visit, "Copy as curl")

    assert command.replace("\n", "").isprintable()
    await asyncio.to_thread(subprocess.run, ["bash", "-c", command], check=True, timeout=60)
    again = visit.server.request("GET", "/incidents/2").json
    assert again["body"] == json.loads(sent)
    assert reply.status == 201


async def test_a_subscription_of_sns_is_confirmed_by_a_link_to_amazon_alone(visit: Visit) -> None:
    asked = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    refused = [
        asked.replace("https:", "http:"),
        "https://sns.eu-west-1.amazonaws.com.evil.example/",
        "https://sns.amazonaws.com@evil.example/",
        "https://evil.example/.amazonaws.com",
        "https://evilamazonaws.com/",
        "https://sns.amazonaws.com:8443/",
        "javascript:document.title='ran'//.amazonaws.com",
        "",
        7,
    ]
    confirm = {"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-west-1:1:alarms"}
    report(visit.server, *({**confirm, "SubscribeURL": each} for each in refused))
    report(visit.server, {"Type": "Notification", "SubscribeURL": asked}, [confirm], confirm)
    sent = json.dumps({**confirm, "Message": "Please confirm", "SubscribeURL": asked}).encode()
    visit.server.post("/problems", sent, {"Content-Type": "text/plain; charset=UTF-8"})
    one = visit.page.locator("#one")
    link = one.get_by_role("link", name="Confirm the subscription")

    await visit.go()
    await visit.lines.first.click()
    await expect(link).to_have_attribute("href", asked)
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(one.locator("h2")).to_have_text("Please confirm")
    await expect(one.locator(".tone")).to_have_css("padding", "0px")
    others = len(refused) + 3
    for n in range(1, others + 1):
        await visit.lines.nth(n).click()
        await expect(one.locator(".code").first).to_have_text(str(others + 1 - n))
        await expect(link).to_have_count(0)


async def test_same_hash_finds_the_others(visit: Visit) -> None:
    report(visit.server, {"same": 1}, {"other": 1}, {"same": 1})
    await visit.go("/?id=1")
    await visit.page.get_by_role("link", name="Same hash").click()
    await expect(visit.lines).to_have_count(2)
    await expect(visit.page.locator("#field")).to_have_value(re.compile("^hash=[0-9a-f]{64}$"))


async def test_a_drag_across_the_histogram_zooms(visit: Visit, database: str) -> None:
    report(visit.server, *({"n": n} for n in range(40)))
    await asyncio.to_thread(
        run_sql,
        database,
        "UPDATE incidents SET received_at = now() - id * interval '1 hour' + interval '5 minutes'",
    )
    await visit.go()
    await expect(visit.page.locator("#count")).to_have_text("40 incidents")
    box = await visit.page.locator("#chart svg").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    await visit.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    await visit.page.mouse.down()
    await visit.page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=5)
    await visit.page.mouse.up()
    await expect(visit.page.locator("#count")).to_have_text(re.compile(r"^(9|1[0-2]) incidents$"))
    parameters = parse_qs(urlsplit(visit.page.url).query)
    assert parameters["since"] < parameters["until"]
    count = await visit.page.locator("#count").text_content()
    await expect(visit.lines).to_have_count(int(str(count).split()[0]))
    await visit.page.get_by_role("button", name="Show all time").click()
    await expect(visit.page.locator("#count")).to_have_text("40 incidents")


async def test_an_estimate_is_marked_and_then_made_exact(visit: Visit) -> None:
    report(visit.server, {"n": 1})
    exact = asyncio.Event()

    async def answer(route: Route) -> None:
        if "seconds" in route.request.url:
            await exact.wait()
            await route.continue_()
        else:
            told = await (await route.fetch()).json()
            first, *others = told["bins"]
            bins = [first | {"count": 1234}, *(other | {"count": 0} for other in others)]
            await route.fulfill(json=told | {"estimate": True, "count": 1234, "bins": bins})

    await visit.page.route("**/timeline?*", answer)
    await visit.go()
    await expect(visit.page.locator("#count")).to_have_text("about 1,234 incidents")
    exact.set()
    await expect(visit.page.locator("#count")).to_have_text("1 incident")


@pytest.mark.parametrize("width", [1280, 400])
async def test_the_list_stands_still_while_matches_are_counted(visit: Visit, width: int) -> None:
    report(visit.server, {"n": 1}, {"n": 2})
    listed = asyncio.Event()

    async def answer(route: Route) -> None:
        await listed.wait()
        await route.continue_()

    await visit.page.set_viewport_size({"width": width, "height": 800})
    await visit.page.route("**/timeline?*", answer)
    await visit.go()
    await expect(visit.lines).to_have_count(2)
    await expect(visit.page.locator("#chart svg")).to_have_count(0)
    before = await visit.lines.last.bounding_box()
    listed.set()
    await expect(visit.page.locator("#chart svg")).to_be_visible()
    assert await visit.lines.last.bounding_box() == before


async def test_live_follows_what_matches(visit: Visit) -> None:
    report(visit.server, {"service": "billing", "message": "before"})
    await visit.go("/?q=service%3Dbilling")
    live = visit.page.get_by_role("switch", name="Live")
    async with visit.page.expect_response("**/tail?*"):
        await live.click()
    await expect(live).to_have_attribute("aria-checked", "true")
    report(visit.server, {"service": "mail", "message": "no"})
    for n in range(3):
        report(visit.server, {"service": "billing", "message": f"live {n}"})
    await expect(visit.page.locator("#results .message")).to_have_text(
        ["live 2", "live 1", "live 0", "before"]
    )
    await expect(visit.page.locator("#count")).to_have_text("4 incidents")
    await visit.page.reload()
    await expect(live).to_have_attribute("aria-checked", "true")
    await live.click()
    await expect(live).to_have_attribute("aria-checked", "false")


async def test_an_empty_database_says_what_to_do_until_the_first_incident(visit: Visit) -> None:
    async with visit.page.expect_response("**/tail?*"):
        await visit.go()
    welcome = visit.page.locator("#welcome")
    await expect(welcome.locator("h3")).to_have_text(["curl", "Alertmanager", "Python"])
    ways = await welcome.locator("pre").all_text_contents()
    assert all(f"{visit.address}/problems" in way for way in ways)

    await asyncio.to_thread(subprocess.run, ["bash", "-c", ways[0]], check=True, timeout=60)
    await expect(visit.page.locator("#results .message")).to_have_text(["card declined"])
    await expect(welcome).to_be_hidden()
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", ways[2]], check=True, timeout=60)
    assert len(visit.server.find({"service": "billing"})) == 2


async def scroll_to_the_end(visit: Visit, count: int) -> None:
    """Again and again: lines that come into view can be higher than was guessed."""
    async with asyncio.timeout(SECONDS_MAX):
        while await visit.lines.count() != count:
            await visit.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            with suppress(AssertionError):
                await expect(visit.lines).to_have_count(count, timeout=1000)


async def test_back_forward_and_a_copied_address_bring_back_the_view(
    visit: Visit, browser: Browser
) -> None:
    report(visit.server, *({"n": n, "odd": n % 2 == 1} for n in range(160)))
    await visit.go()
    await expect(visit.lines).to_have_count(50)
    await scroll_to_the_end(visit, 160)
    await visit.page.evaluate("scrollTo(0, 2000)")
    await visit.ask("odd=true")
    await expect(visit.page.locator("#count")).to_have_text("80 incidents")
    await visit.lines.nth(3).click()
    await expect(visit.page.locator("#one .code").first).to_have_text("154")
    copied = visit.page.url

    await visit.page.go_back()
    await expect(visit.page.locator("#one")).to_be_hidden()
    await visit.page.go_back()
    await expect(visit.page.locator("#field")).to_have_value("")
    await expect(visit.lines).to_have_count(160)
    await visit.page.go_forward()
    await visit.page.go_forward()
    await expect(visit.page.locator("#one .code").first).to_have_text("154")

    other = await browser.new_page()
    await other.goto(copied)
    await expect(other.locator("#field")).to_have_value("odd=true")
    await expect(other.locator("#one .code").first).to_have_text("154")
    await expect(other.locator("#results [aria-current]")).to_have_count(1)


_LINE_TOP = "document.querySelectorAll('#results li')[120].getBoundingClientRect().top"


@pytest.mark.parametrize("width", [1280, 360])
async def test_the_reader_finds_the_same_lines_at_the_same_place_again(
    visit: Visit, width: int
) -> None:
    report(visit.server, *({"n": n} for n in range(180)))
    page = visit.page
    await page.set_viewport_size({"width": width, "height": 800})
    await visit.go()
    await expect(visit.lines).to_have_count(50)
    await scroll_to_the_end(visit, 180)
    await visit.lines.nth(120).scroll_into_view_if_needed()

    async def place() -> Any:
        """Where a line in the middle stands in the window."""
        return await page.evaluate(f"Math.round({_LINE_TOP})")

    async def found_again(before: int) -> None:
        await expect(visit.lines).to_have_count(180)
        async with asyncio.timeout(SECONDS_MAX):
            while abs(await place() - before) >= 2:  # noqa: ASYNC110 - the page tells nobody
                await asyncio.sleep(0.05)

    before = await place()
    assert 0 < before < 800
    one = page.locator("#one")
    open_ = visit.lines.nth(120).locator("a")
    for close in (page.go_back, lambda: page.keyboard.press("Escape")):
        await open_.click()
        await expect(one.locator(".code").first).to_have_text("60")
        await expect(one.locator("h2")).to_be_in_viewport()
        await close()
        await expect(one).to_be_hidden()
        await found_again(before)
    await page.reload()
    await found_again(before)
    # Not with the mouse: on a narrow window the link is at the top, and one would go there first.
    await page.evaluate("document.querySelector('a[href=docs]').click()")
    await expect(page).to_have_url(re.compile("/docs$"))
    await page.go_back()
    await found_again(before)


async def test_the_keyboard_is_enough(visit: Visit) -> None:
    report(visit.server, *({"message": f"m{n}"} for n in range(3)))
    await visit.go()
    await expect(visit.lines).to_have_count(3)
    keyboard = visit.page.keyboard
    await keyboard.press("/")
    await expect(visit.page.locator("#field")).to_be_focused()
    await keyboard.type("message=m1")
    # What completes may be open: the first one closes that.
    await keyboard.press("Escape")
    await keyboard.press("Escape")
    await expect(visit.page.locator("#field")).not_to_be_focused()
    await keyboard.press("j")
    await keyboard.press("j")
    await keyboard.press("j")
    await keyboard.press("k")
    await expect(visit.lines.nth(1).locator("a")).to_be_focused()
    await keyboard.press("Enter")
    await expect(visit.page.locator("#one h2")).to_have_text("m1")
    await keyboard.press("j")
    await expect(visit.page.locator("#one h2")).to_have_text("m0")
    await keyboard.press("Escape")
    await expect(visit.page.locator("#one")).to_be_hidden()


async def test_content_is_shown_and_never_run(visit: Visit) -> None:
    for place in ("service", "level", "message", HOSTILE):
        report(visit.server, {place: HOSTILE, "nested": {HOSTILE: [HOSTILE, {HOSTILE: HOSTILE}]}})
    visit.server.post("/problems", json.dumps(HOSTILE).encode(), {"User-Agent": HOSTILE})
    visit.server.post("/problems", b"{}", {"X-A": HOSTILE})
    await visit.go()
    for n in range(6):
        await visit.lines.nth(n).click()
        await expect(visit.page.locator("#one .code").first).to_have_text(str(6 - n))
        await expect(visit.page.locator("#one script, #one img, #results img")).to_have_count(0)
    await expect(visit.page.locator("#one .tree").first).to_contain_text("<img src=x onerror=")
    await visit.page.locator("#one .value.string").first.click()
    await expect(visit.page.locator("#meaning")).to_contain_text("<script>")
    # As a name in the query, in what is said of it, in what the server says of it, in the address.
    await visit.go()
    await visit.lines.nth(2).click()
    await visit.page.locator("#one .value.string").first.click()
    await expect(visit.lines).to_have_count(1)
    await visit.ask(HOSTILE)
    await expect(visit.page.locator("#meaning .wrong")).to_be_visible()
    await visit.ask(json.dumps({HOSTILE: [HOSTILE], "n": 1e300}).replace("1e+300", "1e400"))
    await expect(visit.page.locator("#meaning")).to_contain_text("out of the range of a double")
    await visit.go("/?" + urlencode({"since": HOSTILE, "until": HOSTILE}))
    await expect(visit.page.locator("#more")).to_contain_text("since")
    await visit.go("/?" + urlencode({"id": HOSTILE}))
    await expect(visit.page.locator("#one")).to_contain_text("there is nothing")
    await visit.go("/?" + urlencode({"h": HOSTILE}))
    await expect(visit.page.locator("#field")).to_have_attribute("aria-invalid", "true")
    assert await visit.page.title() == "incidents"
    assert await visit.page.locator("main script, main img, main svg svg").count() == 0
    visit.wrong[:] = [each for each in visit.wrong if "status of 4" not in each]


async def test_what_comes_live_is_shown_and_never_run(visit: Visit) -> None:
    async with visit.page.expect_response("**/tail?*"):
        await visit.go()
    report(visit.server, {"message": HOSTILE, HOSTILE: HOSTILE})
    await expect(visit.page.locator("#results .message")).to_contain_text("<img src=x onerror=")
    await expect(visit.page.locator("#count")).to_have_text("1 incident")
    assert await visit.page.title() == "incidents"


async def test_the_policy_stops_a_script_that_got_in(visit: Visit) -> None:
    await visit.go()
    await visit.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'ran'";
            document.body.append(script);
        }"""
    )
    assert await visit.page.title() == "incidents"
    assert any("Content Security Policy" in each for each in visit.wrong)
    visit.wrong.clear()


async def test_what_the_server_refuses_is_said(visit: Visit) -> None:
    await visit.go()
    await visit.ask('{"a": 1e400}')
    await expect(visit.page.locator("#meaning")).to_contain_text("out of the range of a double")
    await visit.ask("nothing=here")
    await expect(visit.page.locator("#more")).to_have_text("Nothing matches.")
    # The browser logs each refusal, a little later than the page says it.
    visit.wrong[:] = [each for each in visit.wrong if "status of 400" not in each]


WELCOME = ("/", "#welcome h2")
FACES = {
    "list": ("/?q=level%3Derror", "#results li"),
    "one": ("/?id=1", "#one .tree .key"),
    "wrong": ("/?q=level%3D%3Derror", "#meaning .wrong"),
    "nothing": ("/?q=level%3Dnone", "#more:not(:empty)"),
    "missing": ("/?id=99", "#one button"),
}


async def test_everybody_can_use_it(serve_here: Start, browser: Browser) -> None:
    server = serve_here()
    page = await browser.new_page()

    async def check(path: str, ready: str) -> None:
        await page.goto(f"http://127.0.0.1:{server.port}{path}")
        async for _ in looks(page):
            await page.wait_for_selector(ready)
            await check_everybody_can_use(page)

    await check(*WELCOME)
    for level in ("error", "warning", "ok", "info"):
        report(server, {"level": level, "service": "a", "n": 1, "x": None, "tags": ["t"]})
    for path, ready in FACES.values():
        await check(path, ready)


async def test_what_sentry_sdks_send_in_vain_is_named(
    start_server: Callable[..., Server], browser: Browser
) -> None:
    # A process of its own: it has counted nothing yet.
    visit = Visit(await browser.new_page(), start_server())
    note = visit.page.locator("#ignored")
    event = b'{}\n{"type":"event"}\n{}\n'
    assert visit.server.request("POST", "/api/1/envelope/", event).status == 200
    await visit.go()
    await expect(visit.page.locator("#count")).to_have_text("1 incident")
    await expect(note).to_be_hidden()

    others = b'{}\n{"type":"session"}\n{}\n{"type":"session"}\n{}\n{"type":"transaction"}\n{}\n'
    assert visit.server.request("POST", "/api/1/envelope/", others).status == 200
    await visit.page.reload()
    await expect(note).to_contain_text("server started: 1 transaction, 2 session.")


async def test_the_api_can_be_browsed(visit: Visit) -> None:
    await visit.page.emulate_media(color_scheme="dark")
    await visit.go("/docs")
    await expect(visit.page.locator("html.dark-mode")).to_be_attached()
    await visit.page.emulate_media(color_scheme="light")
    await expect(visit.page.locator("html.dark-mode")).not_to_be_attached()
    await expect(visit.page.locator(".opblock-summary-path").first).to_have_text("/problems")
    await visit.page.locator("#operations-search-findByQuery .opblock-summary-control").click()
    await expect(visit.page.locator("#operations-search-findByQuery .opblock-body")).to_be_visible()


@pytest.mark.jobs
async def test_a_clock_that_is_not_believed_is_said_on_the_page(
    serve_here: Start, browser: Browser, database: str
) -> None:
    await asyncio.to_thread(
        run_sql,
        database,
        "UPDATE incidents_clock SET seen_at = now(), stopped_at = now(), reason = 'it jumped'",
    )
    server = serve_here(retention="30d")
    page = await browser.new_page(locale="en-GB")
    visit = Visit(page, server)

    async def has_looked() -> bool:
        reply = await asyncio.to_thread(server.request, "GET", "/retention")
        assert reply.status == 200
        return bool(reply.json["reason"])

    await until(has_looked)
    await visit.go()

    await expect(page.locator("#clock")).to_contain_text("Nothing is deleted until somebody")
    await expect(page.locator("#clock")).to_contain_text("it jumped")
    assert visit.wrong == []
