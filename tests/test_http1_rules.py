"""RFC 9110 and 9112: what is no request, and what a request says of where it goes."""

import ast
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from incidents.http.http1.rules import HEADERS_MAX, Malformed, split_target
from tests.test_http1 import (  # noqa: F401 - fixtures: each holds over both wires
    CHUNKED,
    HOST,
    echo,
    identity,
    request,
    serving,
    wire,
)

REFUSED = {
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    "two Hosts in HTTP/1.0": (b"GET / HTTP/1.0\r\n" + HOST + HOST + b"\r\n", 400),
    "a Host that is none": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "a Host with a path": (b"GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", 400),
    "two Hosts in one": (b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    "two Authorizations": (request(more=b"Authorization: a\r\nAuthorization: b\r\n"), 400),
    "lengths that differ": (request(more=b"Content-Length: 3\r\n"), 400),
    "the same length twice": (request(more=b"Content-Length: 0\r\n"), 400),
    "a length with a sign": (request().replace(b": 0", b": +0"), 400),
    "a length that no one has": (request().replace(b": 0", b": 99999999999999999999"), 400),
    "a length and chunks": (request(more=b"Transfer-Encoding: chunked\r\n"), 400),
    "an unknown Expect": (request(more=b"Expect: miracles\r\n"), 417),
    "two Expects": (request(more=b"Expect: 100-continue\r\nExpect: miracles\r\n"), 417),
    "too many headers": (request(more=b"X: y\r\n" * HEADERS_MAX), 431),
    "a folded header": (request(more=b"X: a\r\n b\r\n"), 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: localhost\n\n", 400),
    "a bare line feed": (b"GET / HTTP/1.1\r\nHost: localhost\n\r\n", 400),
    "a bare carriage return": (request(more=b"X: a\rb\r\n"), 400),
    "a blank before a colon": (request(more=b"X : a\r\n"), 400),
    "a blank before the first header": (b"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400),
    "a header without a name": (request(more=b": a\r\n"), 400),
    "a header without a colon": (request(more=b"X\r\n"), 400),
    "NUL in a value": (request(more=b"X: a\0b\r\n"), 400),
    "NUL in a name": (request(more=b"X\0: a\r\n"), 400),
    "HTTP/0.9": (b"GET / HTTP/0.9\r\n\r\n", 505),
    "no version": (b"GET /\r\n\r\n", 505),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\n" + HOST + b"\r\n", 400),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "an unknown method": (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a target that is no path": (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a URL of something else": (b"GET ftp://localhost/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a URL with a user": (b"GET http://u@localhost/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "chunks in HTTP/1.0": (CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n", 400),
    **{
        f"Transfer-Encoding {coding!r}": (
            b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n",
            400,
        )
        for coding in (
            *(b"gzip", b"gzip, chunked", b"chunked, gzip", b"identity", b"xchunked"),
            *(b"chunked, chunked", b"chunked\r\nTransfer-Encoding: chunked", b"", b"chunked;q=1"),
            b"identity\r\nTransfer-Encoding: chunked",
        )
    },
    **{
        f"chunk size {size!r}": (CHUNKED + size + b"\r\nx\r\n0\r\n\r\n", 400)
        for size in (b"", b"+1", b"-1", b"0x1", b" 1", b"1 ", b"g", b"f" * 17, b"1\n", b"1;\n")
    },
    "a chunk that is longer than its size": (CHUNKED + b"1\r\nxy\r\n0\r\n\r\n", 400),
}


@pytest.mark.parametrize(("data", "status"), REFUSED.values(), ids=REFUSED)
async def test_what_is_no_request_is_refused_and_nothing_behind_it_is_answered(
    data: bytes, status: int
) -> None:
    asked: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await echo(scope, receive, send)

    async with serving(application) as server:
        peer = await server.connect()
        await peer.say(data + request(b"smuggled", b"/smuggled"))
        said = await peer.rest()
        assert said.startswith(b"HTTP/1.1 %d " % status), said
        assert b"connection: close\r\n" in said
        assert said.count(b"\r\ndate: ") == 1
        assert "/smuggled" not in asked


TAKEN = {
    "an empty Host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "an address of IPv6": b"GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n",
    "no Host in HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "no body for HTTP/1.0's Expect": b"GET / HTTP/1.0\r\nExpect: miracles\r\n\r\n",
    "Chunked": CHUNKED.replace(b"chunked", b"Chunked") + b"1\r\nx\r\n0\r\n\r\n",
    "all the headers": request(more=b"X: y\r\n" * (HEADERS_MAX - 2)),
    "lines before a request": b"\r\n\r\n" + request(),
    "blanks around a value": request(more=b"X: \t y \t\r\n"),
}


@pytest.mark.parametrize("data", TAKEN.values(), ids=TAKEN)
async def test_what_is_a_request_is_answered(data: bytes) -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(data)
        assert (await peer.answer())[0].startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("target", [b"http://evil.example/x?y", b"HTTPS://evil.example/x?y"])
async def test_the_host_of_an_absolute_target_is_the_host(target: bytes) -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["path"], scope["query_string"], dict(scope["headers"])[b"host"]))
        await echo(scope, receive, send)

    async with serving(application) as server:
        peer = await server.connect()
        await peer.say(b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        await peer.answer()
    assert seen == [("/x", b"y", b"evil.example")]


async def test_blanks_around_a_value_are_none_of_it() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(scope["headers"])
        await echo(scope, receive, send)

    async with serving(application) as server:
        peer = await server.connect()
        await peer.say(request(more=b"X: \t a b \t\r\n"))
        await peer.answer()
    assert (b"x", b"a b") in seen


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", b"/a?b", (b"/a?b", None)),
        ("GET", b"http://host:80/a?b", (b"/a?b", b"host:80")),
        ("GET", b"http://host", (b"/", b"host")),
        ("GET", b"http://host?a", (b"/?a", b"host")),
        ("OPTIONS", b"*", (b"*", None)),
        ("CONNECT", b"host:443", (b"host:443", None)),
    ],
)
def test_targets(method: str, target: bytes, expected: object) -> None:
    assert split_target(method, target) == expected


@pytest.mark.parametrize("target", [b"*", b"host:443", b"ftp://a/", b"http:///a", b"http://a b/"])
def test_targets_that_are_none(target: bytes) -> None:
    with pytest.raises(Malformed):
        split_target("GET", target)


def _files() -> Iterator[tuple[str, set[str]]]:
    for file in files("incidents.http.http1").iterdir():
        if file.name.endswith(".py"):
            tree = ast.parse(file.read_text())
            named = {each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
            yield f"incidents.http.http1.{file.name[:-3]}", {str(each) for each in named}


def test_files_import_each_other_in_one_direction() -> None:
    imports = dict(_files())
    left = set(imports)
    while left:
        lowest = {each for each in left if not imports[each] & left}
        assert lowest, f"these import each other: {left}"
        left -= lowest
