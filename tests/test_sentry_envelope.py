"""Envelopes are read as Sentry's protocol says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.core.errors import NotJSON
from incidents.http.protocols.sentry_envelope import Envelope, key_of, read_envelope

ID = "9ec79c33ec9942ab8353589fcb2e04dc"


def test_an_event_with_a_length_may_have_line_breaks() -> None:
    event = b'{\n"message": "hello"\n}'
    data = b'{"event_id": "%s"}\n{"type": "event", "length": %d}\n%s\n' % (
        ID.encode(),
        len(event),
        event,
    )

    assert read_envelope(data) == Envelope(ID, [event], {})
    assert read_envelope(data.removesuffix(b"\n")) == Envelope(ID, [event], {})


def test_an_item_without_a_length_ends_with_its_line() -> None:
    data = b'{}\n{"type":"event"}\n{"a": 1}\n{"type":"event"}\n{"b": 2}'

    assert read_envelope(data) == Envelope(None, [b'{"a": 1}', b'{"b": 2}'], {})


def test_other_items_are_counted_by_type_whatever_they_hold() -> None:
    data = (
        b'{"event_id": 5}\n{"type":"session"}\n{}\n{"type":"attachment","length":3}\n\n\xff\n\n'
        b'{"type":"session"}\n{}\n{"type":"of tomorrow","length":0}\n'
    )

    assert read_envelope(data) == Envelope(
        None, [], {"session": 2, "attachment": 1, "of tomorrow": 1}
    )


def test_an_envelope_may_be_empty() -> None:
    assert read_envelope(b"{}") == Envelope(None, [], {})
    assert read_envelope(b"{}\n\n") == Envelope(None, [], {})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the envelope's header is no JSON"),
        (b"nothing\n", "the envelope's header is no JSON"),
        (b"[]\n", "the envelope's header is not a JSON object"),
        (b"{}\n{}\n{}\n", "the header of item 1 has no type"),
        (b'{}\n{"type":"event"\n{}\n', "the header of item 1 is no JSON"),
        (b'{}\n{"type":"event","length":9}\n{}\n', "only 3 bytes follow"),
        (b'{}\n{"type":"event","length":1}\n{}\n', "no line ends there"),
        (b'{}\n{"type":"event","length":-1}\n{}\n', "no number of bytes"),
        (b'{}\n{"type":"event","length":true}\n{}\n', "no number of bytes"),
        (b'{}\n{"type":"event"}\n{}\n{"type":7}\n', "the header of item 2 has no type"),
        (b"{}\n" + b'{"type":"x"}\n\n' * 1001, "more than 1000 items"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, said: str) -> None:
    with pytest.raises(NotJSON, match=said):
        read_envelope(data)


@given(st.lists(st.tuples(st.sampled_from(["event", "session"]), st.binary(), st.booleans())))
def test_what_was_put_in_comes_out(items: list[tuple[str, bytes, bool]]) -> None:
    data = b"{}\n"
    for kind, payload, ends in items:
        header = json.dumps({"type": kind, "length": len(payload)}).encode()
        data += header + b"\n" + payload + b"\n" + b"\n" * ends

    found = read_envelope(data)

    assert found.events == [payload for kind, payload, _ in items if kind == "event"]
    assert sum(found.others.values()) == len(items) - len(found.events)


@pytest.mark.parametrize(
    ("auth", "key"),
    [
        (b"Sentry sentry_version=7, sentry_key=abc, sentry_client=x", b"abc"),
        (b"sentry sentry_key=abc,sentry_secret=d", b"abc"),
        (b"Sentry not_sentry_key=abc", None),
        (b"Bearer sentry_key=abc", None),
        (b"Sentry ", None),
        (None, None),
    ],
)
def test_the_key_stands_in_the_header_of_the_sdk(auth: bytes | None, key: bytes | None) -> None:
    assert key_of(auth) == key
