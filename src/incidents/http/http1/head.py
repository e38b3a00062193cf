"""Request and response headers."""

import asyncio
import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

Headers = list[tuple[bytes, bytes]]
Address = tuple[str, int] | None

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

_ASGI = {"version": "3.0", "spec_version": "2.4"}


class Head(NamedTuple):
    """The headers of a response, and how its body is sent."""

    text: bytes
    in_chunks: bool
    keep_alive: bool


def ends_of(transport: asyncio.BaseTransport) -> dict[str, Any]:
    """What each ASGI scope says of its connection: `client`, `server` and `scheme`."""
    return {
        "client": _address(transport.get_extra_info("peername")),
        "server": _address(transport.get_extra_info("sockname")),
        "scheme": "http" if transport.get_extra_info("ssl_object") is None else "https",
    }


def _address(name: object) -> Address:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None


def request_scope(
    method: str, target: bytes, version: str, headers: Headers, ends: dict[str, Any]
) -> dict[str, Any]:
    """The request as an ASGI scope; `ends` as from `ends_of`."""
    raw_path, _, query = target.partition(b"#")[0].partition(b"?")
    path = unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": version,
        "method": method,
        "root_path": "",
        "path": path.decode(errors="replace"),
        "raw_path": raw_path,
        "query_string": query,
        "headers": headers,
        **ends,
    }


def answer_head(
    status: int, headers: Headers, length: int | None, version: str, *, keep_alive: bool
) -> Head:
    """The headers of a response whose body has that length, or comes in chunks.

    Raises ValueError for a header with a line break.
    """
    lines = [_status_line(status), date_line()]
    sized = False
    for name, value in headers:
        if b"\n" in value or b"\r" in value or b"\n" in name:
            raise ValueError(f"a line break in the header {name!r}")
        sized = sized or name == b"content-length"
        lines.append(b"%b: %b\r\n" % (name, value))
    in_chunks = False
    if not sized and has_body("GET", status):
        if length is not None:
            lines.append(b"content-length: %d\r\n" % length)
        elif version == "1.1":
            in_chunks = True
            lines.append(b"transfer-encoding: chunked\r\n")
        else:
            keep_alive = False  # the body ends with the connection
    if not keep_alive:
        lines.append(b"connection: close\r\n")
    elif version != "1.1":
        lines.append(b"connection: keep-alive\r\n")
    lines.append(b"\r\n")
    return Head(b"".join(lines), in_chunks, keep_alive)


def has_body(method: str, status: int) -> bool:
    """Whether a body follows the headers (RFC 9112, section 6.3)."""
    return method != "HEAD" and status not in _WITHOUT_BODY


@lru_cache(maxsize=128)
def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


def date_line() -> bytes:
    """The Date header (RFC 9110, section 6.6.1)."""
    return _date(int(time.time()))


@lru_cache(maxsize=2)
def _date(now: int) -> bytes:
    return f"date: {formatdate(now, usegmt=True)}\r\n".encode()
