"""Whatever is sent, the server says what is wrong: never a 5xx, never a worker lost."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from faults.wire import Hung, Unanswered, Wire, json_headers, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server import Reply, Server

_EXAMPLES = 40
# For each of many operations; what schemathesis makes and checks takes most of the time.
_EXAMPLES_EACH = 3
_TARGETS = ["/problems", "/find", "/find?limit=1", "/incidents/1"]
_PARAMETERS = ["h", "limit", "after", "since", "until", "x"]

in_time = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

token = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=':()<>@,;\\"/[]?={}'),
    min_size=1,
    max_size=30,
)
# RFC 9110, section 5.5. What is none of these, is no request.
field_value = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=200
).map(str.strip)
json_value: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
)
almost_json = st.builds(
    lambda value, cut, junk: json.dumps(value).encode()[:cut] + junk,
    json_value,
    st.integers(0, 400),
    st.sampled_from([b"", b"", b"\x00", b"]", b",", b"\xff", b" {}"]),
)
body = st.binary(max_size=300) | almost_json


@pytest.fixture(scope="module")
def started(shared_database: str) -> Iterator[Server]:
    """One that these tests share, and that stops as it should after all of them."""
    server = Server("--database-url", shared_database)
    try:
        server.wait_until_ready()
        yield server
        assert server.stop() == 0
    finally:
        server.kill()


@pytest.fixture
def server(started: Server) -> Iterator[Server]:
    """At the end of the test each of its workers is still there."""
    workers = started.workers()
    yield started
    assert started.workers() == workers
    assert "Traceback" not in started.output, started.output


def ask(server: Server, raw: bytes) -> Reply | None:
    """The reply; None where the connection was ended without one."""

    async def run() -> Reply | None:
        wire = Wire(server.port)
        try:
            with suppress(Unanswered):
                return await wire.ask(raw)
            return None
        finally:
            wire.close()

    try:
        return asyncio.run(run())
    except Hung:
        pytest.fail(f"no answer to {raw!r}")


def is_right(reply: Reply) -> bool:
    """Whether it is no error, or one that is the sender's and says so."""
    if reply.status < 400:
        return True
    problem = reply.json
    return (
        reply.status < 500
        and reply.headers["content-type"] == "application/problem+json"
        and problem["status"] == reply.status
        and problem["detail"] == problem["message"] != ""
    )


def test_any_body(server: Server) -> None:
    @in_time
    @given(target=st.sampled_from(_TARGETS[:3]), raw=body)
    def check(target: str, raw: bytes) -> None:
        reply = ask(server, request("POST", target, json_headers(raw), raw))
        assert reply is not None
        assert is_right(reply), reply

    check()


def test_any_headers(server: Server) -> None:
    @in_time
    @given(
        target=st.sampled_from(_TARGETS),
        headers=st.dictionaries(
            token | st.sampled_from(["Accept", "Content-Encoding", "Cookie", "Expect", "Range"]),
            field_value,
            max_size=10,
        ),
    )
    def check(target: str, headers: dict[str, str]) -> None:
        own = {name.lower(): (name, value) for name, value in headers.items()}
        own |= {name.lower(): (name, value) for name, value in json_headers(b"{}").items()}
        reply = ask(server, request("POST", target, dict(own.values()), b"{}"))
        assert reply is not None
        assert is_right(reply), reply

    check()


def test_any_query(server: Server) -> None:
    pair = st.tuples(
        st.sampled_from(_PARAMETERS),
        st.text(st.characters(codec="utf-8")).map(lambda text: quote(text, safe="%&=+"))
        | st.binary(max_size=20).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)),
    )

    @in_time
    @given(pairs=st.lists(pair, max_size=5), method=st.sampled_from(["GET", "POST"]))
    def check(pairs: list[tuple[str, str]], method: str) -> None:
        query = "&".join("=".join(each) for each in pairs)
        raw = b"{}" if method == "POST" else b""
        reply = ask(server, request(method, f"/find?{query}", json_headers(raw), raw))
        assert reply is not None
        assert is_right(reply), reply

    check()


def test_any_cursor_leads_somewhere_or_is_refused(server: Server) -> None:
    for number in range(5):
        server.report({"number": number})
    cursor = server.post("/find?limit=2", b"{}").json["next"]

    @in_time
    @given(position=st.integers(0, len(cursor) - 1), letter=token.map(lambda text: text[0]))
    def check(position: int, letter: str) -> None:
        changed = cursor[:position] + letter + cursor[position + 1 :]
        target = f"/find?limit=2&after={''.join(f'%{ord(each):02x}' for each in changed)}"
        reply = ask(server, request("POST", target, json_headers(b"{}"), b"{}"))
        assert reply is not None
        assert is_right(reply), reply

    check()


def test_bytes_that_are_no_http(server: Server) -> None:
    @in_time
    @given(raw=st.binary(min_size=1, max_size=200))
    def check(raw: bytes) -> None:
        reply = ask(server, raw + b"\r\n\r\n")
        # It may be the beginning of a request.
        assert reply is None or is_right(reply)

    check()


def test_the_description_says_what_happens(server: Server) -> None:
    # Imported here: it takes two seconds, which each process that looks for tests would spend.
    import schemathesis  # noqa: PLC0415

    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        if operation.label == "GET /tail":
            continue  # its answer has no end; tests/test_tail.py asks for it

        @settings(in_time, max_examples=_EXAMPLES_EACH)
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case[Any]) -> None:
            # No schema says what a cursor, a time or gzip is: some of what fits it is refused.
            case.call_and_validate(excluded_checks=[schemathesis.checks.positive_data_acceptance])

        check()
