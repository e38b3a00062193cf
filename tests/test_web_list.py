"""The list of the page, beside what goes on around it. In a real Chromium."""

import json

import pytest
from playwright.async_api import expect

from tests.test_summary import SUMMARIES
from tests.visit import Visit, report

pytestmark = pytest.mark.asyncio(loop_scope="session")


_SUMMARIZE = """async (bodies) => {
    const {summarize} = await import("/page/list/summary.js");
    const {digitsKept} = await import("/page/shared/json.js");
    return bodies.map((body) => {
        const told = summarize({ body: digitsKept(body), headers: {} });
        return [told.level ?? null, told.tone, told.service ?? null, told.message];
    });
}"""


async def test_a_narrower_list_begins_at_its_top(visit: Visit) -> None:
    report(visit.server, *({"n": n, "odd": n % 2 == 1} for n in range(120)))
    await visit.go()
    await expect(visit.lines).to_have_count(50)
    await visit.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await visit.lines.nth(44).click()

    await visit.page.get_by_role("button", name="odd: true.").click()

    await expect(visit.page.locator("#count")).to_have_text("60 incidents")
    await expect(visit.lines.first).to_be_in_viewport()
    await visit.page.go_back()
    await expect(visit.page.locator("#count")).to_have_text("120 incidents")
    await expect(visit.lines.nth(44)).to_be_in_viewport()


async def test_a_server_that_is_back_is_asked_again(visit: Visit) -> None:
    report(visit.server, {"message": "before"})
    await visit.go()
    await expect(visit.page.locator("#chart svg")).to_be_visible()
    for path in ("find", "timeline"):
        await visit.page.route(f"**/{path}?*", lambda route: route.abort("connectionrefused"))

    await visit.ask("message=before")
    await expect(visit.page.locator("#more")).to_contain_text("The server does not answer.")
    await expect(visit.page.locator("#count")).to_contain_text("The server does not answer.")
    await expect(visit.page.locator("#chart svg")).to_have_count(0)

    await visit.page.unroute_all()
    await expect(visit.page.locator("#results .message")).to_have_text(["before"])
    await expect(visit.page.locator("#count")).to_have_text("1 incident")
    await expect(visit.page.locator("#chart svg")).to_be_visible()
    visit.wrong[:] = [each for each in visit.wrong if "ERR_CONNECTION_REFUSED" not in each]


async def test_each_line_is_what_a_person_would_write(visit: Visit) -> None:
    await visit.go()

    said = await visit.page.evaluate(_SUMMARIZE, [json.dumps(each["body"]) for each in SUMMARIES])

    wanted = ("level", "tone", "service", "message")
    assert said == [[each.get(name) for name in wanted] for each in SUMMARIES]


async def test_lines_have_one_height_all_digits_and_a_service(visit: Visit) -> None:
    sent = b'{"order": 12345678901234567890, "service": "billing"}'
    assert visit.server.post("/problems", sent).status == 201
    report(visit.server, {"message": "no level"}, {"level": "error", "service": "a", "message": ""})
    await visit.go()
    await expect(visit.lines.last.locator(".message")).to_contain_text("12345678901234567890")
    heights = await visit.lines.evaluate_all("all => all.map((each) => each.offsetHeight)")
    assert len(set(heights)) == 1, heights

    await visit.lines.last.click()
    await expect(visit.page.locator("#one h2")).to_contain_text("12345678901234567890")
    await expect(visit.lines.last.locator(".service")).to_have_text("billing")
    await expect(visit.lines.last.locator(".service")).to_be_visible()
