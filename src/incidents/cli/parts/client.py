"""A client of a server, over HTTP."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from incidents import __version__
from incidents.core.errors import CannotStart, NotFound, Rejected, Unavailable
from incidents.support.settings import Settings

_PIECE_BYTES = 64 * 1024
_NOT_FOUND = 404
_SERVER_ERROR = 500
_BUSY = 503
_RETRY_SECONDS = 1.0
# Time for the next piece of a response: longer than the server's own deadlines.
_READ_SECONDS_MAX = 30
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to a report."""

    id: int
    hash: str


class Client:
    """Calls the server of the settings. The key is sent to that server only."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.url.rstrip("/")
        if not self._url.startswith(("http://", "https://")):
            raise CannotStart(
                f"a server's URL looks like http://127.0.0.1:8000, not {settings.url}"
            )
        self._seconds = _READ_SECONDS_MAX
        self._wait_seconds = settings.client_retry_seconds
        self._headers = {"User-Agent": f"incidents/{__version__}"}
        if settings.key:
            if not (settings.key.isascii() and settings.key.isprintable()):
                raise CannotStart("INCIDENTS_KEY has characters that no key has")
            self._headers["Authorization"] = f"Bearer {settings.key}"
        # This machine is called directly, whatever proxy is configured.
        direct = [ProxyHandler({})] if urlsplit(self._url).hostname in _THIS_MACHINE else []
        self._opener: OpenerDirector = build_opener(_StayHere, *direct)

    def report(self, body: bytes, headers: dict[str, str]) -> Reply:
        """The response once the report is on disk.

        Retries while the server is unreachable or busy: then nothing was stored. Raises Rejected,
        Unavailable.
        """
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                with self._open("POST", "/problems", body, headers) as response:
                    return _reply(response)
            except _Busy as busy:
                if time.monotonic() + busy.seconds > deadline:
                    raise
                time.sleep(busy.seconds)

    def store_rejected(self, id_: int) -> Reply:
        """The response once the rejected report of that id is on disk as an incident.

        Raises NotFound, Rejected, Unavailable.
        """
        with self._open("POST", f"/rejected/{id_}/store", b"", {}) as response:
            return _reply(response)

    def answer(self, method: str, path: str) -> Any:
        """The parsed JSON of a response. Raises NotFound, Rejected, Unavailable."""
        with self._open(method, path, None, {}) as response:
            return json.load(response)

    def change(self, method: str, path: str, given: Mapping[str, Any] | None = None) -> Any:
        """The parsed JSON of the response to an object; None where it is empty.

        Raises NotFound, Rejected, Unavailable.
        """
        body = None if given is None else json.dumps(given).encode()
        with self._open(method, path, body, {}) as response:
            text = response.read()
            return json.loads(text) if text else None

    def lines(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[str]:
        """The lines of a response, as they arrive.

        Raises NotFound, Rejected, and Unavailable, also if the response is incomplete.
        """
        asked = {"Accept": "application/x-ndjson", **(headers or {})}
        with self._open(method, path, body, asked) as response:
            rest = b""
            # readline would take an incomplete response for a complete one.
            while piece := response.read1(_PIECE_BYTES):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield line.decode()
            if response.length:
                raise IncompleteRead(rest, response.length)
            if rest:
                yield rest.decode()

    @contextmanager
    def _open(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Iterator[HTTPResponse]:
        request = Request(  # noqa: S310 - http or https, checked above
            f"{self._url}{path}",
            data=body,
            method=method,
            headers={"Content-Type": "application/json", **self._headers, **headers},
        )
        try:
            with self._opener.open(request, timeout=self._seconds) as response:
                yield response
        except HTTPError as error:
            with error:
                raise _meaning(error) from error
        except URLError as error:
            said = f"{self._url} cannot be reached: {error.reason}"
            if isinstance(error.reason, ConnectionRefusedError):
                raise _Busy(said, _RETRY_SECONDS) from error
            raise Unavailable(said) from error
        except HTTPException as error:
            raise Unavailable(f"the response of {self._url} is incomplete: {error!r}") from error
        except OSError as error:
            raise Unavailable(
                f"the connection to {self._url} was lost; the request may have been done: {error}"
            ) from error


class _StayHere(HTTPRedirectHandler):
    """Follows no redirects: a report only goes to the server that was named."""

    def redirect_request(self, *_: Any) -> None:
        """None: the redirect is an error."""


class _Busy(Unavailable):
    """Nothing was stored; retry after `seconds`."""

    def __init__(self, detail: str, seconds: float) -> None:
        super().__init__(detail)
        self.seconds = seconds


def _reply(response: HTTPResponse) -> Reply:
    place = response.headers["Location"]
    return Reply(int(place.rpartition("/")[2]), json.load(response)["hash"])


def _meaning(error: HTTPError) -> Rejected | NotFound | Unavailable:
    try:
        detail = str(json.loads(error.read(_PIECE_BYTES))["detail"])
    except (ValueError, KeyError, TypeError, OSError):
        detail = error.reason
    said = f"the server answered {error.code}: {detail}"
    if error.code == _NOT_FOUND:
        return NotFound(said)
    if error.code == _BUSY:
        after = error.headers.get("Retry-After", "")
        return _Busy(said, float(after) if after.isdigit() else _RETRY_SECONDS)
    return Unavailable(said) if error.code >= _SERVER_ERROR else Rejected(said)
