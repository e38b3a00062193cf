"""A key in a request is stored, logged and shown by nobody, however it is written."""

import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.auth.key_table import KeyTable
from incidents.auth.login import login_text
from incidents.core.api_key import PREFIX, hash_of, holds_key, masked, new_key
from incidents.core.incident import REDACTED, stored_headers
from incidents.http.message.cookie import NAME
from incidents.support.logs import JSONFormatter, TextFormatter
from tests.api import Api
from tests.keys import bearer, make

OpenApi = Callable[..., Awaitable[Api]]

KEY = PREFIX + "0123456789abcdef" * 4

# What a header can have beside it.
BESIDE = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=20)


def in_any_case(draw: st.DrawFn, text: str) -> str:
    upper = draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    return "".join(each.upper() if up else each for each, up in zip(text, upper, strict=True))


def in_base64(draw: st.DrawFn, text: str) -> str:
    around = draw(st.binary(max_size=5)), draw(st.binary(max_size=5))
    encode = draw(st.sampled_from([b64encode, urlsafe_b64encode]))
    written = encode(around[0] + text.encode() + around[1]).decode()
    if draw(st.booleans()):
        written = written.rstrip("=")
    return draw(st.sampled_from([written, written, written.lower(), written.upper()]))


def percent_encoded(draw: st.DrawFn, text: str) -> str:
    chosen = draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    form = draw(st.sampled_from(["%{:02x}", "%{:02X}"]))
    return "".join(
        form.format(ord(each)) if one or each == "%" else each
        for each, one in zip(text, chosen, strict=True)
    )


@st.composite
def writings(draw: st.DrawFn) -> str:
    """A key, as senders and what stands between may write it."""
    text = draw(st.sampled_from([KEY, KEY[:20], f"me:{KEY}", f"https://x/?key={KEY}&a=b"]))
    if draw(st.booleans()):
        text = in_any_case(draw, text)
    if draw(st.booleans()):
        text = in_base64(draw, text)
    for _ in range(draw(st.integers(0, 3))):
        text = percent_encoded(draw, text)
    return text


@given(writings(), BESIDE, BESIDE)
def test_a_key_is_found_however_it_is_written(text: str, before: str, behind: str) -> None:
    whole = (before + text + behind).encode()

    assert holds_key(whole)
    assert stored_headers([(b"x-a", whole)], frozenset()) == {"X-A": REDACTED}
    assert not holds_key(masked(whole.decode()).encode())


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_plain_key_alone_is_masked(before: str, behind: str) -> None:
    text = f"{before} {KEY}, {behind}"
    if holds_key(f"{before} {behind}".encode(errors="replace")):
        return
    assert masked(text) == f"{before} {PREFIX}[redacted], {behind}"


@pytest.mark.parametrize(
    "value",
    [
        *(
            b"application/json",
            b"550e8400-e29b-41d4-a716-446655440000",
            b"incidents_keys is a table",
        ),
        *(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", b"sha256=" + b"0f" * 32),
        *(
            b"https://x/?q=100%25%20of%20incidents%5Fkey%5F",
            b"%",
            b"%%%",
            b"%2525",
            b"incidents_key_",
        ),
    ],
)
def test_what_is_no_key_is_stored(value: bytes) -> None:
    assert stored_headers([(b"x-a", value)], frozenset()) == {"X-A": value.decode()}


def test_a_key_in_a_name_is_redacted_with_its_value() -> None:
    names = [KEY.encode(), b"x-" + b64encode(KEY.encode()).lower().rstrip(b"=")]
    assert stored_headers([(name, b"v") for name in names], frozenset()) == {REDACTED: REDACTED}


def test_a_key_in_parts_of_a_header_is_redacted() -> None:
    parts = [KEY[:9], KEY[9:30], KEY[30:]]
    for name in (b"x-a", b"cookie"):
        raw = [(name, each.encode()) for each in parts]
        assert set(stored_headers(raw, frozenset()).values()) == {REDACTED}
    # What follows the part that begins like a key is the rest of it.
    raw = [(b"x-a", KEY[:30].encode()), (b"x-b", b"1"), (b"x-a", KEY[30:].encode())]
    assert stored_headers(raw, frozenset()) == {"X-A": REDACTED, "X-B": "1"}


def test_a_login_is_redacted_too() -> None:
    cookie = f"a=1; {NAME}={login_text(hash_of(KEY.encode()), 1)}"
    assert holds_key(cookie.encode())
    assert stored_headers([(b"x-a", cookie.encode())], frozenset()) == {"X-A": REDACTED}


async def test_no_key_comes_back_in_an_answer_or_the_log(
    open_api: OpenApi, table: KeyTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = await make(table, "admin")
    api = await open_api(redacted_headers=(), unredacted_headers=("Cookie", "Authorization"))
    encoded = b64encode(key.encode()).decode()
    percent = "".join(f"%{ord(each):02x}" for each in key)
    digits = [key.removeprefix(PREFIX)[:8], encoded[20:32], encoded.lower()[20:32], percent[60:80]]
    written = [key, key.upper(), encoded, encoded.lower(), percent]

    answers = []
    for each in written:
        sent = {**bearer(key), "X-Copied": each, each.replace("%", "-"): "1", "X-Request-Id": each}
        answers.append(await api.post("/problems", b"{}", sent))
        answers += [
            await api.post("/problems", b"{}", {**bearer(key), name: each})
            for name in ("Content-Type", "Content-Encoding", "Origin")
        ]
        answers += [
            await api.request("GET", path + each, headers={**bearer(key), "X-Request-Id": each})
            for path in ("/find?h=", "/find?limit=", "/tail?example=", "/incidents/", "/page/", "/")
        ]
        answers.append(await api.post(f"/find?since={each}", b"{}", bearer(key)))
        answers.append(await api.request(each, "/find", b"", bearer(key)))
        answers.append(await api.post("/login", f'{{"key": "{each}0"}}'.encode()))
        answers.append(await api.get("/metrics", **bearer(key)))
    answers.append(await api.post("/find", b"{}", bearer(key)))
    # One with a copy of the key, one with the key for a Content-Type, which decides nothing.
    assert len(answers[-1].json["incidents"]) == 2 * len(written)

    said = "".join(answer.text + str(answer.headers) for answer in answers)
    said += "".join(
        formatter.format(record)
        for formatter in (TextFormatter(), JSONFormatter())
        for record in caplog.records
    )
    for some in digits:
        assert some not in said
        assert some.upper() not in said


def test_what_is_told_without_a_key_is_told_unchanged() -> None:
    assert masked('{"a": "b\\n%20", "c": [1, "x=y"]}') == '{"a": "b\\n%20", "c": [1, "x=y"]}'
    line = f'{{"message": "got \\"{b64encode(new_key().encode()).decode()}\\"", "n": 1}}'
    assert masked(line) == '{"message": "got \\"[redacted]\\"", "n": 1}'
