"""One page of a server in a browser, and what went wrong in it."""

from typing import Any

from playwright.async_api import Locator, Page

from tests.server import Client


class Visit:
    """One page, and what went wrong in it: errors, warnings, requests to elsewhere."""

    def __init__(self, page: Page, server: Client) -> None:
        self.page = page
        self.server = server
        self.address = f"http://127.0.0.1:{server.port}"
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # A line that is half typed is none: the browser logs each 400 of /query.
        is_half_typed = "/query?" in message.location["url"] and "status of 400" in message.text
        if message.type in ("error", "warning") and "503" not in message.text and not is_half_typed:
            self.wrong.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.wrong.append(f"asked for {request.url}")

    async def go(self, path: str = "/?show=incidents") -> None:
        await self.page.goto(self.address + path)

    @property
    def lines(self) -> Locator:
        return self.page.locator("#results li")

    async def ask(self, text: str) -> None:
        await self.page.fill("#field", text)
        await self.page.press("#field", "Enter")

    async def messages(self) -> list[str]:
        return await self.page.locator("#results .message").all_text_contents()


def report(server: Client, *bodies: Any) -> None:
    for body in bodies:
        server.report(body)
