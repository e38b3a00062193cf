"""Heads that were parsed before are not parsed again, and nothing else is different."""

import asyncio
import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest

from incidents.auth.key_table import KeyTable
from incidents.core.json_text import decode
from incidents.http.http1 import known as known_module
from incidents.http.http1.exchange import Exchange
from incidents.http.http1.head import request_scope
from incidents.http.http1.known import KnownHeads
from tests.keys import make
from tests.served import Served
from tests.test_http1 import (  # noqa: F401 - fixtures: each holds over both wires
    Peer,
    identity,
    request,
    serving,
    wire,
)

Start = Callable[..., Served]

HEAD = b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"


def exchange(body: bytes, *, keep_alive: bool = True, version: str = "1.1") -> Exchange:
    """One whose request came with that body."""
    scope = request_scope("POST", b"/x", version, [], {"client": ("127.0.0.1", 1)})
    made = Exchange(None, scope, keep_alive=keep_alive, expects_continue=False)  # type: ignore[arg-type]
    made.memo = "memo"
    made.body_arrived(body)
    made.body_ended()
    return made


def test_a_head_is_known_with_every_body_of_its_length_and_with_no_other() -> None:
    heads = KnownHeads()
    heads.remember(HEAD + b"1234", exchange(b"1234"))

    found = heads.find(HEAD + b"abcd")

    assert found is not None
    assert (found[0].memo, found[1]) == ("memo", b"abcd")
    for other in (b"", b"123", b"12345", b"1234POST /x HTTP/1.1\r\n"):
        assert heads.find(HEAD + other) is None
    assert heads.find(HEAD.replace(b"/x", b"/y") + b"1234") is None
    assert heads.find(b"") is None


@pytest.mark.parametrize(
    ("data", "made"),
    [
        pytest.param(HEAD + b"1234", exchange(b"1234", keep_alive=False), id="close"),
        pytest.param(HEAD + b"1234", exchange(b"1234", version="1.0"), id="1.0"),
        pytest.param(HEAD + b"4\r\n1234\r\n0\r\n\r\n", exchange(b"1234"), id="in chunks"),
        # The end of what came looks like the body behind a head.
        pytest.param(
            HEAD + b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
            exchange(b"\r\n0\r\n\r\n"),
            id="chunks like it",
        ),
        pytest.param(
            HEAD[:-4] + b"\r\nX: " + b"x" * 2048 + b"\r\n\r\n1234", exchange(b"1234"), id="long"
        ),
    ],
)
def test_what_is_not_the_same_each_time_is_not_known(data: bytes, made: Exchange) -> None:
    heads = KnownHeads()

    heads.remember(data, made)

    assert not heads._heads


def test_a_head_of_very_many_headers_is_not_known() -> None:
    heads, many = KnownHeads(), exchange(b"1234")
    many.scope["headers"] = [(b"a", b"")] * 65

    heads.remember(HEAD + b"1234", many)
    assert not heads._heads

    many.scope["headers"].pop()
    heads.remember(HEAD + b"1234", many)
    assert heads._heads


def test_no_more_are_known_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_module, "_HEADS_MAX", 3)
    heads = KnownHeads()

    for number in range(10):
        data = HEAD.replace(b"/x", b"/%d" % number) + b"1234"
        heads.remember(data, exchange(b"1234"))
        assert len(heads._heads) <= 3
        assert heads.find(data) is not None


class Short:
    """Answers each whole request at once with its client, its body, and whether it was known."""

    def __init__(self) -> None:
        self.known: list[bool] = []

    def __call__(self, exchange: Exchange) -> bool:
        self.known.append(exchange.memo is not None)
        exchange.memo = "memo"
        said = json.dumps([exchange.scope["client"][1], decode(exchange.whole_body())])
        exchange.answer(200, [], said.encode())
        return True


async def own_port(peer: Peer) -> int:
    return int(peer.writer.get_extra_info("sockname")[1])


async def test_what_a_request_is_told_is_its_own() -> None:
    short = Short()
    async with serving(at_once=short) as server:
        for _ in range(2):
            peer = await server.connect()
            for body in (b"1111", b"2222"):
                await peer.say(request(body))
                _, answer = await peer.answer()
                assert json.loads(answer) == [await own_port(peer), body.decode()]

    assert short.known == [False, True, True, True]


async def test_one_sent_ahead_or_in_parts_is_parsed_and_answered_in_its_turn() -> None:
    short = Short()
    async with serving(at_once=short) as server:
        peer = await server.connect()
        await peer.say(request(b"1111"))
        assert json.loads((await peer.answer())[1])[1] == "1111"
        await peer.say(request(b"2222") + request(b"3333") + request(b"4444")[:30])
        assert [json.loads((await peer.answer())[1])[1] for _ in range(2)] == ["2222", "3333"]
        await peer.say(request(b"4444")[30:-2])
        await asyncio.sleep(0)
        await peer.say(b"44")
        assert json.loads((await peer.answer())[1])[1] == "4444"
        await peer.say(request(b"5555"))
        assert json.loads((await peer.answer())[1])[1] == "5555"

    assert short.known == [False, False, False, False, True]


class Asked:
    """Takes each whole request, and leaves it to the test to answer."""

    def __init__(self) -> None:
        self.exchanges: asyncio.Queue[Exchange] = asyncio.Queue()

    def __call__(self, exchange: Exchange) -> bool:
        exchange.memo = "memo"
        self.exchanges.put_nowait(exchange)
        return True

    async def answer(self) -> bytes:
        """Answers the next with its own body."""
        exchange = await self.exchanges.get()
        exchange.answer(200, [], exchange.whole_body())
        return exchange.whole_body()


async def test_a_known_head_behind_a_request_that_is_answered_waits_for_its_turn() -> None:
    asked = Asked()
    async with serving(at_once=asked) as server:
        peer = await server.connect()
        for body in (b"1111", b"2222", b"3333"):
            await peer.say(request(body))
        for body in (b"1111", b"2222", b"3333"):
            assert await asked.answer() == body
            assert (await peer.answer())[1] == body


async def test_the_server_says_that_it_ends_the_connection() -> None:
    asked = Asked()
    async with serving(at_once=asked) as server:
        peer = await server.connect()
        await peer.say(request(b"1111"))
        await asked.answer()
        await peer.answer()
        await peer.say(request(b"2222"))
        exchange = await asked.exchanges.get()
        is_plain = [exchange.is_plain]
        closing = asyncio.create_task(server.listener.close(5))
        await asyncio.sleep(0)
        is_plain.append(exchange.is_plain)
        assert is_plain == [True, False]
        exchange.answer(200, [], b"")
        assert b"connection: close" in await peer.rest()
        await closing


def reports(server: Served, bodies: list[bytes], *headers: str) -> list[tuple[int, Any]]:
    """What each of these reports is answered; each comes in one piece, over one connection."""
    lines = "\r\n".join(
        ["POST /problems HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    )
    answers = []
    with server.connect() as raw:
        for body in bodies:
            raw.sendall(f"{lines}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            reply = http.client.HTTPResponse(raw)
            reply.begin()
            answers.append((reply.status, json.loads(reply.read())))
    return answers


def test_reports_with_the_same_head_are_kept_each_as_it_was_sent(serve_here: Start) -> None:
    server = serve_here()
    sent = [b'{"number": %d}' % number for number in range(100, 110)]
    # One in between is refused; it has the same head, too.
    sent[5] = b'{"number": x12}'

    answers = reports(server, sent)

    assert [status for status, _ in answers] == [201] * 5 + [400] + [201] * 4
    for body, (status, answer) in zip(sent, answers, strict=True):
        if status == 201:
            reply = server.request("GET", f"/find?h={answer['hash']}")
            (incident,) = reply.json["incidents"]
            assert incident["body"] == json.loads(body)
            assert incident["headers"]["Content-Length"] == "15"


async def test_a_key_is_looked_at_for_each_report_whatever_its_head(
    serve_here: Start, table: KeyTable
) -> None:
    key = f"Authorization: Bearer {await make(table, 'report')}"
    server = serve_here(key_cache_seconds_max=0.2)
    assert [status for status, _ in reports(server, [b"{}"] * 3, key)] == [201] * 3

    await table.revoke("report")
    await asyncio.sleep(server.settings.key_cache_seconds_max)

    assert [status for status, _ in reports(server, [b"{}"] * 2, key)] == [401] * 2
