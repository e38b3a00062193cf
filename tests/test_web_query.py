"""The query line on the page: understood by the server alone. In a real Chromium."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Route, expect

from tests.visit import Visit, report

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Fields and values that are hard to write: each is asked for by a click.
HARD: list[tuple[list[str], str | None, Any]] = [
    (["service"], None, "billing"),
    (["user", "id"], "body", 7),
    (["a.b", "c d", 'e"f', ""], "body", 'x "y" \\ z'),
    (["id"], "body", "13"),
    (["headers"], "body", None),
    (["User-Agent"], "headers", "curl/8.1 (x)"),
    (["7up", "é"], "body", "true"),
    (["n"], "body", 1.5),
    (["ok"], "body", False),
    (["tags"], "body", []),
    (["empty"], "body", ""),
    (["a=b", "-x", "AND"], "body", "a OR b"),
    (["OR"], "body", "-1"),
    (["text"], "body", "line\nline\ttab\u2028"),
]

_WRITTEN = """async (fields) => {
    const {toggled, indexOf} = await import("/page/bar/terms.js");
    const {understand} = await import("/page/shared/api.js");
    const {parse} = await import("/page/shared/json.js");
    const told = [];
    for (const [names, place, value] of JSON.parse(fields)) {
        const [field, wanted] = [{names, place}, parse(JSON.stringify(value))];
        for (const not of [false, true]) {
            const before = await understand("b=1 OR c=2");
            const line = toggled("b=1 OR c=2", before, field, wanted, {not});
            const after = await understand(line);
            told.push([
                line,
                indexOf(after, field, wanted, {not}),
                indexOf(after, field, wanted, {not: !not}),
                toggled(line, after, field, wanted, {not}),
            ]);
        }
    }
    return told;
}"""


async def test_what_a_click_writes_is_read_as_it_was_meant(visit: Visit) -> None:
    await visit.go("/docs")
    told = await visit.page.evaluate(_WRITTEN, json.dumps(HARD))

    for line, found, opposite, without in told:
        assert line.startswith("(b=1 OR c=2) "), line
        assert (found, opposite) == (1, -1), line
        assert without == "(b=1 OR c=2)", line


async def test_the_line_says_what_it_means_and_where_it_is_wrong(visit: Visit) -> None:
    report(visit.server, {"status": 502, "region": "us"}, {"status": 502, "region": "eu"})
    await visit.go()
    field, meaning = visit.page.locator("#field"), visit.page.locator("#meaning")
    await field.press_sequentially("status>=500 AND NOT region=eu")
    await expect(meaning.locator("code")).to_have_text("status>=500 region!=eu")
    await field.fill("status > 500 && region=us")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(meaning.locator(".wrong")).to_contain_text("without spaces")
    await expect(meaning.locator("mark")).to_have_text(">")
    await expect(meaning.locator(".here")).to_have_text("status > 500 && region=us")

    await meaning.get_by_role("button", name="Use status>500 AND region=us").click()

    await expect(field).to_have_value("status>500 AND region=us")
    await expect(field).not_to_have_attribute("aria-invalid", "true")
    await expect(visit.lines).to_have_count(1)
    assert "q=status%3E500" in visit.page.url
    visit.wrong[:] = [each for each in visit.wrong if "status of 400" not in each]


async def test_a_wrong_line_is_not_asked_and_the_caret_goes_to_the_mistake(visit: Visit) -> None:
    report(visit.server, {"n": 1})
    await visit.go()
    await expect(visit.lines).to_have_count(1)
    await visit.ask("n=1 (x=2")
    await expect(visit.page.locator("#meaning .wrong")).to_contain_text("not closed")
    assert await visit.page.evaluate("document.getElementById('field').selectionStart") == 4
    await expect(visit.lines).to_have_count(1)
    assert "q=" not in visit.page.url
    visit.wrong[:] = [each for each in visit.wrong if "status of 400" not in each]


async def test_links_of_before_mean_the_same_line(visit: Visit) -> None:
    report(visit.server, {"a": {"b": "x"}, "n": 5}, {"a": {"b": "x"}, "n": 5})
    digest = visit.server.report({"a": {"b": "y"}})
    old = {
        "q=" + quote('a.b=x n=5 {"n": 5}'): ('a.b=x n=5 {"n": 5}', 2),
        f"h={digest}": (f"hash={digest}", 1),
        f"h={digest}&since=1h&id=2": (f"hash={digest}", 1),
    }
    for link, (line, count) in old.items():
        await visit.go(f"/?{link}")
        await expect(visit.page.locator("#field")).to_have_value(line)
        await expect(visit.lines).to_have_count(count)
        assert "h=" not in re.sub(r"hash", "", visit.page.url.split("?")[1].split("&")[0])


async def test_fields_and_values_complete_with_the_keys(visit: Visit) -> None:
    report(visit.server, *({"level": "error", "service": "billing api"} for _ in range(3)))
    report(visit.server, {"level": "warning", "service": "mail"}, {"level": "info"})
    await visit.go()
    await expect(visit.lines).to_have_count(5)
    field = visit.page.get_by_role("combobox", name="Query")
    options = visit.page.locator("#offers [role=option]")
    await field.press_sequentially("lev")
    await expect(options.first).to_contain_text("level")
    await expect(field).to_have_attribute("aria-expanded", "true")
    await field.press("Tab")
    await expect(field).to_have_value("level=")
    await expect(options).to_contain_text(["error", "info", "warning"])
    await field.press("ArrowDown")
    await field.press("ArrowDown")
    active = await field.get_attribute("aria-activedescendant")
    await expect(visit.page.locator(f"#{active}")).to_contain_text("info")
    await expect(visit.page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    await field.press("Enter")
    await expect(field).to_have_value("level=info ")
    await expect(field).to_have_attribute("aria-expanded", "false")
    await expect(visit.lines).to_have_count(5)

    await field.fill("")
    await field.press_sequentially("(level=info OR service=bil")
    await expect(options).to_have_count(1)
    await field.press("Escape")
    await expect(options).to_have_count(0)
    await expect(field).to_be_focused()
    await field.press("ArrowDown")
    await options.first.click()
    await expect(field).to_have_value('(level=info OR service="billing api" ')
    await field.press_sequentially(")")
    await field.press("Enter")
    await expect(visit.lines).to_have_count(4)
    visit.wrong[:] = [each for each in visit.wrong if "status of 400" not in each]


_MARKED = """() => [...CSS.highlights.get("found")]
    .map((range) => range.startContainer.data.slice(range.startOffset, range.endOffset)).sort()"""


async def test_what_is_found_is_marked_and_leads_to_all_that_has_it(visit: Visit) -> None:
    trace = {"X-Trace": "7f-A1"}
    visit.server.post("/problems", b'{"message": "Connection Reset by peer"}', trace)
    report(visit.server, {"message": "connections", "log": "peer"}, {"trace": "7f-a1"})
    await visit.go("/?q=" + quote('"connection reset" OR *eer* -x=1'))
    await expect(visit.lines).to_have_count(2)
    assert await visit.page.evaluate(_MARKED) == ["Connection Reset", "eer"]
    await visit.lines.last.click()
    await visit.page.get_by_role("button", name="Anything with 7f-A1").click()
    await expect(visit.page.locator("#field")).to_have_value('"7f-A1"')
    await expect(visit.lines).to_have_count(2)


async def test_where_nothing_matches_the_page_offers_what_would(visit: Visit) -> None:
    report(visit.server, {"team": "payments"})
    hint = {"query": "team:payments", "count": 1, "estimate": False, "reason": "in any case"}

    async def none(route: Route) -> None:
        # As the server says it where it finds one within 50 ms.
        await route.fulfill(body=json.dumps({"next": None, "hints": [hint]}))

    await visit.page.route("**/find?*q=team%3DPayments", none)
    await visit.go("/?q=team%3DPayments")
    await expect(visit.page.locator("#more")).to_contain_text("Nothing matches. in any case:")
    await visit.page.get_by_role("button", name="team:payments").click()
    await expect(visit.lines).to_have_count(1)
