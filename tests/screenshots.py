"""python -m tests.screenshots: pictures of the page, light and dark, wide and narrow."""

import asyncio
import gzip
import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page, ViewportSize

from incidents.embedded.postgresql import Embedded
from tests.browser import chromium
from tests.conftest import run_sql
from tests.receiver import OK, receiver
from tests.server import Server

IMAGES = Path(__file__).parents[1] / "docs" / "images"

_COUNT = 600
_HOURS = 24
_FIRING = 3  # members of the rules, one more for a moment

_SIZES = {
    "wide": ViewportSize(width=1280, height=800),
    "narrow": ViewportSize(width=390, height=780),
}

_SERVICES = {
    "billing": ["card declined", "the card processor did not answer in 30 s", "no rate for SEK"],
    "checkout": ["cart 7719 is locked by another request", "coupon SPRING is not known"],
    "search": ["shard 3 answered after 2.4 s", "index is 40 s behind"],
    "mail": ["550 5.1.1 no such user", "connection to smtp-2 refused"],
    "warehouse": ["stock of 88-120-3 is negative", "label printer 4 is out of paper"],
}
_LEVELS = ["error"] * 5 + ["warning"] * 3 + ["critical"]
_AGENTS = ["billing/2.14.0", "python-requests/2.32.3", "Alertmanager/0.28.1", "curl/8.11.0"]


def report(chance: random.Random) -> dict[str, Any]:
    """Something that went wrong."""
    service = chance.choice(list(_SERVICES))
    return {
        "service": service,
        "level": chance.choice(_LEVELS),
        "message": chance.choice(_SERVICES[service]),
        "release": f"2.{chance.randrange(12, 15)}.{chance.randrange(4)}",
        "context": {
            "user": chance.randrange(1, 5000),
            "region": chance.choice(["eu", "us", "ap"]),
            "request": {
                "id": f"{chance.getrandbits(64):016x}",
                "path": f"/{service}/orders/{chance.randrange(10_000, 99_999)}",
                "took_ms": round(chance.lognormvariate(6, 1), 1),
                "retried": chance.random() < 0.3,
            },
        },
        "tags": chance.sample(["payment", "retry", "slow", "eu-west-1", "blue"], 2),
    }


def fill(server: Server, url: str) -> None:
    """Reports, spread over the last day: more of them in one bad hour."""
    chance = random.Random(7)
    for _ in range(_COUNT):
        headers = {"User-Agent": chance.choice(_AGENTS), "Content-Encoding": "gzip"}
        body = gzip.compress(json.dumps(report(chance)).encode())
        assert server.post("/problems", body, headers).status == 201
    now = datetime.now(UTC)
    ages = sorted(
        (
            chance.gauss(9, 0.4) if chance.random() < 0.35 else chance.uniform(0.01, _HOURS)
            for _ in range(_COUNT)
        ),
        reverse=True,
    )
    times = ", ".join(
        f"({n}, '{(now - timedelta(hours=age)).isoformat()}')" for n, age in enumerate(ages, 1)
    )
    run_sql(
        url,
        "UPDATE incidents SET received_at = t.at::timestamptz "
        f"FROM (VALUES {times}) AS t (id, at) WHERE incidents.id = t.id",
    )


def set_up_rules(server: Server, hook: str) -> None:
    """Rules of each kind, of which some fire; a channel that works, and one that fails."""
    things: dict[str, Any] = {
        "/channels/chat": {"slack": {"url": hook}},
        "/channels/pager": {"slack": {"url": "http://127.0.0.1:9/"}, "fallback": "chat"},
        "/rules/billing-errors": {
            "query": "service=billing level=error",
            "when": "count >= 2 in 5m",
            "by": ["release"],
            "quiet": "10m",
            "repeat": "4h",
            "channels": ["chat", "pager"],
        },
        "/rules/card-processor": {
            "query": '"card processor"',
            "when": "any",
            "quiet": "1h",
            "channels": ["chat"],
            "title": "{service}: {message}",
        },
        "/rules/mail": {
            "query": "service=mail",
            "when": "any",
            "quiet": "2s",
            "channels": ["chat"],
        },
        "/rules/nightly-backup": {
            "query": "job=backup state=ok",
            "when": "absent for 25h",
            "by": ["host"],
            "members": ["db1", "db2"],
            "channels": ["pager"],
        },
        "/rules/checkout": {"query": "service=checkout", "when": "new group", "quiet": "1h"},
        "/mutes/label-printers": {
            "query": "service=warehouse",
            "reason": "the printer is repaired",
        },
        "/mutes/checkout-deploy": {"query": "service=checkout", "reason": "deploy of 2.14"},
    }
    for path, given in things.items():
        headers = {"Content-Type": "application/json"}
        reply = server.request("PUT", path, json.dumps(given).encode(), headers)
        assert reply.status in (200, 201), reply.body
    for body in (
        *({"service": "billing", "level": "error", "release": "2.14.0"} for _ in range(3)),
        {"service": "billing", "level": "error", "release": "2.13.1"},
        {"service": "billing", "level": "error", "message": "the card processor did not answer"},
        {"service": "mail", "message": "connection to smtp-2 refused"},
        {"service": "checkout", "message": "the cart service answers with 502"},
    ):
        assert server.post("/problems", json.dumps(body).encode()).status == 201
    while server.request("GET", "/firing").json["firing"] < _FIRING:
        time.sleep(0.1)


# Of each face its address, and what is there once it is whole.
_FACES = {
    "groups": ("", "#groups-list .badge"),
    "list": ("?since=24h", "#results li"),
    "one": ("?q=service%3Dbilling+level%3Derror&since=24h", "#results li"),
    "wrong": ("?q=service%3Dbilling+level%3D%3Derror", "#meaning .wrong"),
    "docs": ("docs", ".opblock"),
}
_RULE_FACES = {
    "rules": ("?show=rules", "#rules-list li"),
    "rule": ("?show=rules&rule=billing-errors", "#rule .lane"),
    "tell": ("?q=service%3Dbilling&show=rules", "#rules-list li"),
}


async def take(browser: Browser, address: str, faces: dict[str, tuple[str, str]]) -> None:
    """Pictures of these faces of the page, in every light and width."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme, (width, size) in product(schemes, _SIZES.items()):
        opened = await browser.new_context(
            device_scale_factor=2, locale="en-GB", viewport=size, color_scheme=scheme
        )
        page = await opened.new_page()
        for face, (path, ready) in faces.items():
            await page.goto(f"{address}/{path}")
            await page.wait_for_selector(ready)
            await _open(page, face)
            await page.wait_for_load_state("networkidle")
            if face in ("groups", "list", "one"):
                await page.wait_for_selector("#chart:not(.estimate)", state="attached")
            name = f"{face}-{scheme}-{width}.png"
            await page.screenshot(path=IMAGES / name, full_page=face in ("rules", "rule"))
        await opened.close()


async def _open(page: Page, face: str) -> None:
    """What one clicks to see that face."""
    if face == "one":
        await page.locator("#results a").nth(2).click()
        await page.wait_for_selector("#one .tree")
    if face == "tell":
        await page.locator("#tell").click()
        await page.wait_for_selector("#rule-channels-list input")
        await page.locator("#rule-try").click()
        await page.wait_for_selector("#rule-tried li")


async def take_all(server: Server, url: str) -> None:
    """The first visit, then the filled page, then its rules."""
    address = f"http://127.0.0.1:{server.port}"
    async with chromium() as browser, receiver(OK) as hook:
        page = await browser.new_page(viewport=_SIZES["wide"], device_scale_factor=2)
        await page.goto(address)
        await page.wait_for_selector("#welcome article")
        await page.screenshot(path=IMAGES / "welcome-light-wide.png")
        await page.close()
        await asyncio.to_thread(fill, server, url)
        await take(browser, address, _FACES)
        await asyncio.to_thread(set_up_rules, server, hook.url)
        await take(browser, address, _RULE_FACES)


def main() -> None:
    """Starts a server, fills it, and takes the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        Path(data).chmod(0o711)  # as root, PostgreSQL's user passes
        server = Server("--data", data)
        try:
            server.wait_until_ready()
            asyncio.run(take_all(server, Embedded(Path(data), start_seconds=60).url))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
