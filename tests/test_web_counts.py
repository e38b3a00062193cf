"""Counts on the page: fields beside the list, parts of the bars, two times. In a real Chromium."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.sql import run_sql
from tests.visit import Visit, report

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WIDE = {"width": 1280, "height": 800}


async def test_a_column_of_fields_includes_and_excludes_values(visit: Visit) -> None:
    for n in range(6):
        level = "error" if n % 2 else "warning"
        report(visit.server, {"level": level, "user": {"id": n % 3}, "big": 12345678901234567890})
    await visit.page.set_viewport_size(_WIDE)  # type: ignore[arg-type]
    await visit.go()
    column, field = visit.page.locator("#fields"), visit.page.locator("#field")
    error = column.get_by_role("button", name="level: error, 3. Ask for it")
    await expect(error).to_have_text(re.compile("error50%3"))
    await column.locator("summary", has_text="user.id").click()
    await column.get_by_role("button", name="user.id: 2, 2. Ask for it").click()
    await expect(field).to_have_value("user.id=2")
    await expect(visit.lines).to_have_count(2)
    # What was open is open again, and says what is asked for.
    taken = column.get_by_role("button", name="user.id: 2, 2. Ask for it")
    await expect(taken).to_have_attribute("aria-pressed", "true")
    await taken.click(modifiers=["Alt"])
    await expect(field).to_have_value("user.id!=2")
    await expect(visit.lines).to_have_count(4)
    await column.get_by_role("button", name="level: error, 2. Exclude it").click()
    await expect(field).to_have_value("user.id!=2 level!=error")
    await expect(visit.lines).to_have_count(2)
    await column.locator("summary", has_text="big").click()
    await column.get_by_role("button", name="big: 12345678901234567890, 2. Ask").click()
    await expect(field).to_have_value("user.id!=2 level!=error big=12345678901234567890")
    await expect(visit.lines).to_have_count(2)


async def test_on_a_phone_the_fields_are_a_drawer(visit: Visit) -> None:
    report(visit.server, {"level": "error"}, {"level": "warning"})
    await visit.page.set_viewport_size({"width": 390, "height": 780})
    await visit.go()
    column, button = visit.page.locator("#fields"), visit.page.locator("#fields-button")
    await expect(visit.lines).to_have_count(2)
    await expect(column).to_be_hidden()
    await button.click()
    await expect(visit.page.locator("#fields-close")).to_be_focused()
    await visit.page.keyboard.press("Escape")
    await expect(column).to_be_hidden()
    await expect(button).to_be_focused()
    await button.click()
    await column.get_by_role("button", name="level: error, 1. Exclude it").click()
    await expect(column).to_be_hidden()
    await expect(visit.lines).to_have_count(1)


async def test_two_times_are_compared(visit: Visit, database: str) -> None:
    report(visit.server, *({"level": "error"} for _ in range(5)), {"level": "fatal"})
    report(visit.server, {"level": "info"}, {"level": "error"})
    await asyncio.to_thread(
        run_sql, database, "UPDATE incidents SET received_at = now() - interval '90m' WHERE id > 6"
    )
    await visit.page.set_viewport_size(_WIDE)  # type: ignore[arg-type]
    await visit.go("/?since=1h")
    column = visit.page.locator("#fields")
    await column.get_by_role("button", name="Compare").click()

    changes = column.locator("li:has(> details[open]) .change")
    await expect(changes).to_have_text(["\u00d75", "new", "was 1"])
    await expect(column.locator("#fields-note")).to_contain_text("right before")


async def test_the_legend_of_the_bars_asks_and_excludes(visit: Visit) -> None:
    report(visit.server, {"level": "error", "node": "a"}, {"level": "error", "node": "b"})
    report(visit.server, {"level": "warning", "node": "a"}, {"node": "a"})
    await visit.page.set_viewport_size(_WIDE)  # type: ignore[arg-type]
    await visit.go()
    legend, field = visit.page.locator("#legend"), visit.page.locator("#field")
    parts = legend.locator("li")
    await expect(parts).to_have_text(["error2", "warning1", "(missing)1"])
    assert await visit.page.locator("rect.bad-0").count() >= 1

    await visit.page.get_by_label("Bars by").select_option("node")
    await expect(parts).to_have_text(["a3", "b1"])
    await visit.page.reload()
    await expect(parts).to_have_text(["a3", "b1"])
    await legend.get_by_role("button", name="a: 3. Ask for it").press("Enter")
    await expect(field).to_have_value("node=a")
    await expect(visit.lines).to_have_count(3)
    await legend.get_by_role("button", name="a: 3. Ask for it").click(modifiers=["Alt"])
    await expect(field).to_have_value("node!=a")
    await expect(visit.lines).to_have_count(1)
