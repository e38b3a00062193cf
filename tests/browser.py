"""A real Chromium, as the distribution has it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

# What is expected comes at once, or when a busy machine comes to it: never after that long.
_SECONDS_MAX = 60
expect.set_options(timeout=_SECONDS_MAX * 1000)

# The first one is Chromium without what makes windows: a page takes a third of the processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

_FLAGS = (
    # As root, Chromium runs only without its sandbox; it opens nothing but our own pages.
    "--no-sandbox",
    # To pretend that there is a graphics processor takes a tenth of the processor time.
    "--disable-gpu",
    "--disable-software-rasterizer",
    # As few processes as can be: a quarter of what a page takes.
    "--no-zygote",
    "--in-process-gpu",
    "--disable-site-isolation-trials",
)


def program(*, whole: bool = False) -> str:
    """Where Chromium is; the test is skipped where there is none, but never in CI.

    `whole` leaves out the one that has no windows: it sends no reports of the Reporting API either.
    """
    names = _NAMES[1:] if whole else _NAMES
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        said = "there is no Chromium here: install your distribution's (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return found


@asynccontextmanager
async def chromium(*flags: str, whole: bool = False) -> AsyncIterator[Browser]:
    """A headless one with these flags, until the end of the block; `whole` as for `program`."""
    path = program(whole=whole)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


_LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1280), ("dark", 360))


async def looks(page: Page) -> AsyncIterator[int]:
    """The page by day in a wide window, then by night on a phone; gives the width."""
    for scheme, width in _LOOKS:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": width, "height": 800})
        yield width


async def check_everybody_can_use(page: Page) -> None:
    """Returns when axe found nothing, and nothing is wider than the window."""
    # What is as it should be is not listed: half of the work.
    found = await Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
