"""Mutated requests, read by our server and by h11: both must see the same, or it is explained.

    python -m tests.differential [COUNT [SEED]]

`STRICTER` and `LAXER` have each class of difference and its reason; any other one is a fault.
"""

import asyncio
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

import h11

from incidents.http.http1.head import Headers
from tests.test_http1 import CHUNKED, HOST, Server, request, serving

COUNT = 20_000
SEED = 9112

_SEEDS = (
    request(b"body"),
    request(b"{}", b"/a/b?c=d&e=%20"),
    b"GET /find?h=1 HTTP/1.1\r\n" + HOST + b"Accept: */*\r\nX-Empty:\r\n\r\n",
    CHUNKED + b'3\r\nabc\r\n2;a=b;c="d"\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n',
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET http://example.com:80/x?y HTTP/1.1\r\n" + HOST + b"\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    b"HEAD / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
    request(b"up", more=b"Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    request(b"12345", more=b"Expect: 100-continue\r\nAuthorization: Bearer x\r\n"),
)

_PIECES = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b":",
        b";",
        b",",
        b"\0",
        b"\x7f",
        b"\xff",
        b"0",
        b"\r\n\r\n",
    ),
    *(b"Content-Length: 4\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n"),
    *(b"Transfer-Encoding: gzip\r\n", b"Host: other\r\n", b"Connection: close\r\n", b" folded\r\n"),
    *(b"Authorization: Basic eA==\r\n", b"Expect: x\r\n", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9"),
    *(b"http://other/", b"GET ", b"CONNECT ", b"PUT ", b"0\r\n\r\n", b"1\r\nx\r\n", b"X: y\r\n"),
)


class Asked(NamedTuple):
    """One request, as a server sees it."""

    version: str
    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass
class Seen:
    """What a server made of some bytes: whole requests, and how it ended."""

    requests: list[Asked] = field(default_factory=list)
    refused: str = ""  # why, where it was


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Byte strings: one or two requests, changed in up to four places."""
    chance = random.Random(seed)
    for _ in range(count):
        data = b"".join(chance.choices(_SEEDS, k=chance.choice((1, 1, 2))))
        for _ in range(chance.choice((0, 1, 1, 2, 3, 4))):
            data = _changed(data, chance)
        yield data


def _changed(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.choice((0, 1, 1, 2, 8)))
    match chance.randrange(6):
        case 0:
            return data[:start] + data[end:]
        case 1:
            return data[:start] + chance.choice(_PIECES) + data[start:]
        case 2:
            return data[:start] + chance.choice(_PIECES) + data[end:]
        case 3:
            return data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :]
        case 4:  # a line twice, or gone
            lines = data.split(b"\r\n")
            number = chance.randrange(len(lines))
            return b"\r\n".join(
                lines[:number] + lines[number:][: chance.choice((0, 1))] + lines[number:]
            )
        case _:
            return data[:start] + data[start:end] * 2 + data[end:]


def seen_by_h11(data: bytes) -> Seen:
    """What h11 makes of it, which answers each request with 200."""
    seen = Seen()
    peer = h11.Connection(h11.SERVER)
    head, body = None, b""
    try:
        peer.receive_data(data)
        peer.receive_data(b"")
        while True:
            event = peer.next_event()
            if isinstance(event, h11.Request):
                head, body = event, b""
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                headers = tuple((bytes(name), bytes(value)) for name, value in head.headers)
                version, method = head.http_version.decode(), head.method.decode()
                seen.requests.append(Asked(version, method, bytes(head.target), headers, body))
                peer.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                peer.send(h11.EndOfMessage())
                if peer.our_state is not h11.DONE:
                    return seen
                peer.start_next_cycle()
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return seen
    except h11.RemoteProtocolError as error:
        if "closed connection" not in str(error):  # before the end: neither more nor less
            seen.refused = str(error)
    return seen


class Ours:
    """Our server, in this process."""

    def __init__(self) -> None:
        self._seen = Seen()

    def refuse(self, status: HTTPStatus, why: str) -> tuple[int, Headers, bytes]:
        """What it says to what is no request."""
        self._seen.refused = why
        return status, [], why.encode()

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers each request that is whole with 200."""
        body = b""
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body += event["body"]
            if not event["more_body"]:
                break
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        version, method, target = scope["http_version"], scope["method"], scope["raw_path"] + query
        asked = Asked(version, method, target, tuple(scope["headers"]), body)
        self._seen.requests.append(asked)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def see(self, server: Server, data: bytes) -> Seen:
        """What it makes of `data`, over a connection of its own that is closed behind them."""
        self._seen = Seen()
        peer = await server.connect()
        server.peers.clear()
        with suppress(ConnectionError):
            await peer.say(data)
            peer.half_close()
            async with asyncio.timeout(60):
                await peer.rest()
        peer.writer.close()
        return self._seen


async def differences(count: int, seed: int) -> "Counter[str]":
    """How many there are of each class; what nobody explains is a class of its own."""
    ours = Ours()
    found: Counter[str] = Counter()
    bounds: Any = {"refuse": ours.refuse, "refused_seconds_max": 0.5}
    async with serving(ours.application, **bounds) as server:
        for data in mutated(count, seed):
            found.update(compared(data, await ours.see(server, data), seen_by_h11(data)))
    return found


def compared(data: bytes, ours: Seen, theirs: Seen) -> set[str]:
    """The classes of the difference between the two; one that is "" where there is none."""
    classes = {ABSOLUTE} if any(not _is_path(each) for each in theirs.requests) else set()
    wanted = [_without_host(each) for each in theirs.requests]
    same = next(
        (
            n
            for n, both in enumerate(zip(ours.requests, wanted, strict=False))
            if both[0] != both[1]
        ),
        min(len(ours.requests), len(wanted)),
    )
    if same < len(ours.requests) and same < len(wanted):
        return {_unexplained(data, ours, theirs)}
    if len(ours.requests) != len(wanted) or bool(ours.refused) != bool(theirs.refused):
        classes.add(_explained(ours, theirs, same) or _unexplained(data, ours, theirs))
    return classes or {""}


def _is_path(asked: Asked) -> bool:
    return asked.target.startswith((b"/", b"*"))


def _without_host(asked: Asked) -> Asked:
    """An absolute target as a path, and its host as the header's (RFC 9112, section 3.2.2)."""
    found = re.fullmatch(rb"(?i)https?://([^/?#]+)([^#]*).*", asked.target)
    if found is None:
        return asked._replace(target=asked.target.partition(b"#")[0].removesuffix(b"?"))
    target = (found[2] if found[2].startswith(b"/") else b"/" + found[2]).removesuffix(b"?")
    headers = [(name, found[1] if name == b"host" else value) for name, value in asked.headers]
    return asked._replace(target=target, headers=tuple(headers))


def _explained(ours: Seen, theirs: Seen, same: int) -> str | None:
    """Why one sees no more than `same` requests, and the other does, or refuses the next."""
    last = ours.requests[same - 1] if same else None
    if len(ours.requests) == same:
        if ours.refused:
            return _first(STRICTER, ours.refused)
        if last is not None and _upgrades(last):
            return UPGRADE
    if len(theirs.requests) == same:
        if theirs.refused:
            return _first(LAXER, theirs.refused)
        if last is not None and last.version == "1.0":
            return KEPT
    return None


def _first(table: dict[str, str], said: str) -> str | None:
    return next((why for pattern, why in table.items() if re.search(pattern, said)), None)


def _upgrades(asked: Asked) -> bool:
    return asked.method == "CONNECT" or any(name == b"upgrade" for name, _ in asked.headers)


def _unexplained(data: bytes, ours: Seen, theirs: Seen) -> str:
    return f"{UNEXPLAINED}: {data!r}\n  ours   {ours}\n  theirs {theirs}"


UNEXPLAINED = "unexplained"

ABSOLUTE = "an absolute target gives path and host; h11 leaves that to its caller"
KEPT = "HTTP/1.0 with keep-alive is kept, as its clients expect; h11 closes"
UPGRADE = "a connection ends behind a request that would upgrade it; h11 waits for its caller"

_LINE_ENDS = "lines end in CR LF; h11 takes LF alone (RFC 9112, section 2.2: may)"
_LISTED = "a method that nobody listed is no HTTP here; h11 takes any token"
_VERSIONS = "versions are 1.1 and 1.0; h11 leaves others of one digit to its caller"
_TARGETS = "a target is a path, or a URL of http; h11 takes any visible characters"
_CHARACTERS = "control characters, DEL among them, are in no value; h11 takes some"
_FOLDED = "a folded header is refused; h11 unfolds it (RFC 9112, section 5.2: either)"
_LENGTHS = "a length is said once, by digits; h11 takes the same one twice"
_CHUNKS = "a chunk's size and extensions are as RFC 9112, section 7.1, writes them; h11 is laxer"

# By what our server says: it refuses more than h11. Nothing behind a refusal is read.
STRICTER = {
    "Invalid method": _LISTED,
    "Expected space after method": _LISTED,
    "HTTP/2 Connection Preface|Pause on PRI": _LISTED,
    "Expected (CRLF|LF after headers|LF after CR)": _LINE_ENDS,
    "Missing expected (CR|LF)": _LINE_ENDS,
    "Expected LF after chunk": _CHUNKS,
    "is not spoken here|Invalid (major|minor|HTTP) version|Expected dot|Expected HTTP/": _VERSIONS,
    "char in url|characters in url|start char in url|char in url": _TARGETS,
    "the target must be": _TARGETS,
    "Invalid header value char": _CHARACTERS,
    "Invalid header (token|field char)": "a name is a token; h11 reads on until its line ends",
    "Unexpected whitespace after header value": _FOLDED,
    "Unexpected space after start line": _FOLDED,
    "Content-Length can't be present": "a length and chunks are refused; h11 drops the length",
    "Content-Length": _LENGTHS,
    "chunk (size|extension)": _CHUNKS,
    "the Host header must be": "a Host is a name or an address, and a port; h11 takes more",
    "send one Host header": "every HTTP/1.1 request has one Host",
    "send one Authorization": "several Authorizations are refused; h11 leaves that to its caller",
    "Expect 100-continue|only thing to Expect": "an unknown Expect is 417; h11 passes it over",
    "Transfer-Encoding": "chunked is all that is known; h11 says so with another status",
}

# By what h11 says: our server takes what h11 refuses.
LAXER = {
    "no request line received": "empty lines before a request are passed over; h11 takes one",
    r"illegal request line: bytearray\(b'[A-Z-]+( {2,}\S+ +| \S+ {2,})\S+'\)": "several blanks may "
    "part method, target and version (RFC 9112, section 3: may)",
    "illegal request line$": "a CR may begin an empty line; h11 takes it for a request",
}


def main() -> int:
    """Prints the classes of differences; 1 where one is not explained."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    found = asyncio.run(differences(count, seed))
    lines = [f"{count} requests, seed {seed}: {found.pop('', 0)} seen the same"]
    lines += [f"{number:6} {name}" for name, number in found.most_common()]
    sys.stdout.write("\n".join(lines) + "\n")
    return any(name.startswith(UNEXPLAINED) for name in found)


if __name__ == "__main__":
    sys.exit(main())
