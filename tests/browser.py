"""A real Chromium, as the distribution has it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright, expect

# What is expected comes at once, or when a busy machine comes to it: never after that long.
_SECONDS_MAX = 60
expect.set_options(timeout=_SECONDS_MAX * 1000)

# The first one is Chromium without what makes windows: a page takes a third of the processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def program() -> str:
    """Where Chromium is; the test is skipped where there is none, but never in CI."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        said = "there is no Chromium here: install your distribution's (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return found


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """A headless one with these flags, until the end of the block."""
    path = program()
    async with async_playwright() as playwright:
        # As root, Chromium runs only without its sandbox; it opens nothing but our own pages. To
        # pretend that there is a graphics processor takes a tenth of the processor time.
        own = ("--no-sandbox", "--disable-gpu", "--disable-software-rasterizer")
        browser = await playwright.chromium.launch(executable_path=path, args=[*own, *flags])
        try:
            yield browser
        finally:
            await browser.close()
