import json
from datetime import UTC, datetime, timedelta, timezone

from incidents.core.incident import StoredIncident, stored_headers

NONE: frozenset[bytes] = frozenset()


def test_header_names_are_written_with_capitals() -> None:
    raw = [(b"content-type", b"a/b"), (b"x-github-event", b"push"), (b"te", b"x")]

    assert list(stored_headers(raw, NONE)) == ["Content-Type", "X-Github-Event", "Te"]


def test_a_header_sent_twice_is_joined_in_order_and_cookies_with_semicolons() -> None:
    raw = [(b"x-a", b"1"), (b"cookie", b"a=1"), (b"x-a", b"2"), (b"cookie", b"b=2")]

    assert stored_headers(raw, NONE) == {"X-A": "1, 2", "Cookie": "a=1; b=2"}


def test_a_secret_is_redacted_however_often_it_was_sent() -> None:
    raw = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"*/*")]

    assert stored_headers(raw, frozenset({b"cookie"})) == {
        "Cookie": "[redacted]",
        "Accept": "*/*",
    }


def test_a_value_is_read_as_utf_8_and_else_byte_for_byte() -> None:
    raw = [(b"x-a", "Иван".encode()), (b"x-b", b"caf\xe9")]

    assert stored_headers(raw, NONE) == {"X-A": "Иван", "X-B": "café"}


def test_an_incident_is_shown_with_its_body_as_sent_and_its_time_in_utc() -> None:
    moment = datetime(2026, 11, 23, 5, 46, 0, 7, tzinfo=timezone(timedelta(hours=2)))
    incident = StoredIncident(13, moment, bytes(32), '{"Host": "x"}', '{"b": 1.0,\n "a": 1}')

    assert incident.to_json() == (
        '{"id": 13, "hash": "' + "0" * 64 + '", "received_at": "2026-11-23T03:46:00.000007Z", '
        '"body": {"b": 1.0,\n "a": 1}, "headers": {"Host": "x"}}'
    )
    assert "\n" not in incident.to_line()
    assert json.loads(incident.to_line()) == json.loads(incident.to_json())


def test_the_first_and_the_last_moment_can_be_shown() -> None:
    for moment in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        assert StoredIncident(1, moment, b"", "{}", "{}").to_json()
