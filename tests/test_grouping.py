"""What makes a group: the four rules, each with reports as they are sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core.grouping.exception import HOLDERS, TEXTS, TYPES, VALUES
from incidents.core.grouping.group import NAMES as ASKED
from incidents.core.grouping.group import TITLE_CHARS_MAX, Group, group_of
from incidents.core.grouping.mask import mask
from incidents.core.grouping.trace import FRAMES_MAX, trace_of
from tests.traces import PRINTED, PYTHON, Printed

PAYLOADS = Path(__file__).parent / "payloads"


def sent(name: str, number: int) -> Any:
    """One notification of a sender, as it is in tests/payloads."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())["notifications"][number]


def group(body: Any, headers: dict[str, str] | None = None) -> Group:
    return group_of(json.dumps(headers or {}, sort_keys=True), body)


def test_the_names_that_are_tried_are_in_the_reference() -> None:
    page = (Path(__file__).parents[1] / "docs" / "reference" / "groups.md").read_text()
    for names in (TYPES, VALUES, TEXTS):
        assert ", ".join(f"`{name}`" for name in names) in page
    assert "`exception`, `error`, `err` or `thrown`" in page
    assert HOLDERS == ("exception", "error", "err", "thrown")


# The sender's own word


def test_alerts_belong_together_by_the_labels_they_are_grouped_by() -> None:
    firing, resolved = group(sent("alertmanager", 0)), group(sent("alertmanager", 1))
    assert firing.rule == "sender"
    assert (firing.key, firing.title) == (resolved.key, "DiskFull")


def test_alerts_without_such_labels_belong_together_by_their_names() -> None:
    body = sent("grafana", 0)
    other = body | {"alerts": body["alerts"][::-1], "commonLabels": {}}
    assert group(body) == group(other)
    assert group(body).title == "High CPU usage, High memory usage"
    by_key = body | {"groupKey": '{}/{team="blue"}:{alertname="Down"}'}
    assert group(by_key).key != group(body).key


def test_one_alert_belongs_to_those_of_its_name_whatever_its_own_fingerprint_is() -> None:
    first, second = sent("alertmanager", 0)["alerts"]
    assert first["fingerprint"] != second["fingerprint"]
    assert group(first) == group(second)
    nameless = {"labels": {"zone": "eu"}, "startsAt": "2026-11-23T09:14:05Z", "message": "down"}
    assert group(nameless | {"fingerprint": "8b1c6e2f7d0a9354"}).rule == "message"


def test_an_alarm_of_cloudwatch_is_the_same_directly_and_by_way_of_sns() -> None:
    assert group(sent("aws-sns", 2)) == group(sent("aws-sns", 3))
    assert group(sent("aws-sns", 3)).title == "disk"


def test_events_of_github_belong_to_what_they_are_about() -> None:
    opened = sent("github", 1)
    comment = opened | {"action": "created", "comment": {"body": "me too"}}
    issues, issue_comment = {"X-Github-Event": "issues"}, {"X-Github-Event": "issue_comment"}
    assert group(opened, issues) == group(comment, issue_comment)
    assert group(opened, issues).title == f"#7 {opened['issue']['title']}"
    other = opened | {"issue": opened["issue"] | {"number": 8}}
    assert group(other, issues).key != group(opened, issues).key
    failed = {"workflow_run": {"name": "CI", "conclusion": "failure"}}
    run = opened | {"issue": None, "action": "completed"} | failed
    assert group(run, {"X-Github-Event": "workflow_run"}).title == "CI"
    assert group(sent("github", 0), {"X-Github-Event": "ping"}).title == "ping"


@pytest.mark.parametrize("written", ["db", ["db"], ["db", "eu"], ["db", 7], [["db"]], [], "", None])
def test_a_fingerprint_is_a_string_or_strings(written: Any) -> None:
    bodies = [{"message": text, "fingerprint": written} for text in ("down", "gone")]
    is_one = written in ("db", ["db"], ["db", "eu"], ["db", 7])
    assert (group(bodies[0]).key == group(bodies[1]).key) is is_one
    assert group(bodies[0]).rule == ("sender" if is_one else "message")
    assert group(bodies[0]).title == "down"


@pytest.mark.parametrize("written", [["{{ default }}"], "{{default}}"])
def test_a_default_fingerprint_is_the_group_without_one(written: Any) -> None:
    body = {"service": "shop", "message": "timeout after 30 ms"}
    assert group(body | {"fingerprint": written}) == group(body)
    extended = group(body | {"fingerprint": ["{{ default }}", "eu"]})
    assert (extended.rule, extended.title) == ("sender", "timeout after # ms")
    assert extended == group(
        body | {"fingerprint": ["{{default}}", "eu"], "message": "timeout after 4 ms"}
    )
    assert extended.key != group(body | {"fingerprint": ["{{ default }}", "us"]}).key


# An exception


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED)
def test_a_printed_trace_has_a_type_and_frames(printed: Printed) -> None:
    trace = trace_of(printed.text)
    assert trace is not None
    assert (trace.type, trace.frames[: len(printed.frames)]) == (printed.type, printed.frames)


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED)
def test_a_trace_is_found_wherever_it_stands(printed: Printed) -> None:
    text = printed.text
    wherever: list[Any] = [
        text,
        {"message": text},
        {"message": "request 17 failed", "stack_trace": text},
        {"msg": "no", "err": {"type": trace_of(text).type, "message": "x", "stack": text}},  # type: ignore[union-attr]
        {"body": "no", "attributes": {"exception.stacktrace": text, "user.id": 7}},
        {"log": json.dumps({"level": "error", "exc_info": text}), "stream": "stderr"},
        {"backtrace": text.split("\n")},
        [{"Exception": text}],
        text.replace("\n", "\r\n"),
    ]
    groups = {group(body).key for body in wherever}
    assert len(groups) == 1
    assert {group(body).rule for body in wherever} == {"exception"}


def test_line_numbers_and_values_make_no_group_and_functions_do() -> None:
    text = PYTHON.text
    assert group(text) == group(text.replace("line 12", "line 99").replace("4711", "4712"))
    assert group(text).title == "shop.errors.Declined: card # of order #"
    assert group(text).key != group(text.replace("in pay", "in refund")).key
    assert group(text).key != group(text.replace("pay.py", "refund.py")).key
    assert group(text).key != group(text.replace("Declined: card", "Lost: card")).key


def test_an_event_of_sentry_is_its_chain_and_the_frames_of_the_program() -> None:
    def event(line: int, library: str, function: str = "pay") -> Any:
        frames = [
            {"filename": "flask/app.py", "function": library, "lineno": line, "in_app": False},
            {"filename": "shop/pay.py", "function": function, "lineno": line, "in_app": True},
        ]
        inner = {"type": "OSError", "value": "7"}
        outer = {"type": "Declined", "value": "card 7", "stacktrace": {"frames": frames}}
        return {"level": "error", "exception": {"values": [inner, outer]}}

    assert group(event(1, "wsgi")) == group(event(2, "asgi"))
    assert group(event(1, "wsgi")).title == "OSError Declined: card #"
    assert group(event(1, "wsgi")).key != group(event(1, "wsgi", "refund")).key


def test_without_frames_type_and_masked_value_count() -> None:
    record = {"body": "division by zero", "attributes": {"exception.type": "ZeroDivisionError"}}
    assert group(record).rule == "exception"
    assert group(record).title == "ZeroDivisionError"
    first, second, other = (
        group({"error": {"type": "Declined", "message": text}})
        for text in ("card 7", "card 8", "no card")
    )
    assert first == second
    assert first.key != other.key


def test_recursion_ends_anywhere() -> None:
    once = '  File "/srv/a.py", line 3, in walk\n    walk()\n'
    text = "Traceback (most recent call last):\n{}RecursionError: too deep\n"
    assert group(text.format(once * 5)) == group(text.format(once * 90))
    many = "".join(f'  File "/srv/a.py", line 3, in f{each:c}\n' for each in range(97, 123)) * 3
    trace = trace_of(text.format(many))
    assert trace is not None
    assert len(trace.frames) == FRAMES_MAX


# The message


def test_a_message_is_masked_and_counts_with_service_and_level() -> None:
    first = {"service": "shop", "level": "error", "message": "order 17 of 'ada' from 10.0.0.1"}
    other = {"service": "shop", "level": "ERROR", "message": "order 4711 of 'bob' from 10.2.0.1"}
    assert group(first) == group(other)
    assert (group(first).rule, group(first).title) == ("message", "order # of '…' from #")
    assert group(first | {"service": "billing"}).key != group(first).key
    assert group(first | {"level": "warn"}).key != group(first).key
    assert group(first | {"level": 3}) == group(first)


def test_an_access_is_its_method_its_path_and_how_it_failed() -> None:
    body = {"method": "POST", "path": "/cart/17?a=b", "status": 502, "duration_ms": 3100}
    assert group(body) == group(body | {"path": "/cart/18", "duration_ms": 7})
    assert group(body).title == "POST /cart/# 502"
    assert group(body | {"status": 201}).title == "POST /cart/#"


def test_a_message_that_is_json_is_read() -> None:
    inner = {"level": "error", "msg": "card declined"}
    logged = {"log": json.dumps(inner) + "\n", "kubernetes": {"container_name": "billing"}}
    assert group(logged) == group({**inner, "service": "billing"})
    assert group(json.dumps(inner)) == group(inner)
    assert group('{"msg": "a').rule == group("{}").rule == "message"
    assert group({"message": '{"msg": '}).rule == "message"
    assert group({"message": "{" * 100_000}).rule == "message"


@pytest.mark.parametrize(
    ("texts", "masked"),
    [
        (("after 30 ms", "after 1.5 ms", "after 1,234 ms", "after -7 ms"), "after # ms"),
        (("took 30ms", "took 1m30.5s", "took 2h", "took 1.2 GiB", "took 17 B"), "took #"),
        (("id deadbeef", "id 5d9c6b7f4", "id 0x7ffe", "id 1763893880", "id x2x7q"), "id #"),
        (("on db1", "on db22"), "on db#"),
        (("on shop-1.", "on shop-17."), "on shop-#."),
        (("of cus_NffrFeUfNV2Hib", "of cus_9s6XKzkNRiz8i3"), "of cus_#"),
        (
            ("at 2026-11-23T10:31:20.157Z", "at 2026-11-23 10:31:20", "at 10:31"),
            ("at #", "at # #", "at #"),
        ),
        (("Nov 23 10:31:20 up", "Dec  1 09:00:00 up"), "# # # up"),
        (("[23/Nov/2026:10:31:20 +0100]", "[01/May/2026:01:00:00 +0000]"), "[#/#/# +#]"),
        (("from 10.0.0.1:80", "from 10.0.0.2", "from fe80::1ff:fe23:4567:890a"), "from #"),
        (("by ::1 up", "by ::ffff:10.0.0.1 up", "by 5d:9c:6b:7f:4a:01 up"), "by # up"),
        (("to ada@shop.example", "to a.b+c@mail.shop.example"), "to #"),
        (("of db1.eu.shop.example", "of mail-2.us.shop.example"), "of #"),
        (("https://a.example/cart", "https://10.0.0.1:8080/cart"), "https://#/cart"),
        (("5f7d1c1e-03aa-4f5e-9d55-0f1d6c7a7f10", "00000000-0000-0000-0000-000000000000"), "#"),
        (("nodes 1, 2, 3 left", "nodes 7 left"), "nodes # left"),
        (('said "no"', 'said "not now"'), 'said "…"'),
        (("can't say 'x'", "can't say 'y z'"), "can't say '…'"),
        (('level=error msg="card 17 lost"',), 'level=error msg="card # lost"'),
        (('# "GET /cart/17 HTTP/1.1" 502 "curl/8"',), '# "GET /cart/# HTTP/#" # "…"'),
        (("std::bad_alloc in x::y",), "std::bad_alloc in x::y"),
        (("١٢ items", "7 items"), "# items"),
        (("a\n  b\t c",), "a b c"),
    ],
)
def test_a_mask_stands_for_what_varies(texts: tuple[str, ...], masked: Any) -> None:
    wanted = masked if isinstance(masked, tuple) else (masked,) * len(texts)
    assert tuple(map(mask, texts)) == wanted


# The shape


def test_without_a_message_the_paths_count() -> None:
    assert group({"user": 1, "at": {"x": 2}}) == group({"at": {"x": 3}, "user": "b"})
    assert (group({"user": 1}).rule, group({"user": 1}).title) == ("shape", "user")
    assert group({"user": 1}).key != group({"users": 1}).key
    assert group({"users": {"17": 1}}) == group({"users": {"18": 1, "19": 2}})
    assert group({"service": "a", "x": 1}).key != group({"service": "b", "x": 1}).key
    assert group(17) == group(None)


@pytest.mark.parametrize("number", [10**4000, -(10**400), 1e308, 5e-324, float("inf"), -0.0])
@pytest.mark.parametrize("name", ["message", "service", "level", "fingerprint", "status", "path"])
def test_any_number_can_stand_for_a_word(name: str, number: float) -> None:
    body = {name: number, "method": "GET", "duration_ms": number, "error": {"type": number}}
    assert group(body).title
    del body["error"]
    assert group(body).title


# All of them

MESSAGES = st.sampled_from(
    ["order {0} of {1} failed", "'{1}' is {0} s late", "[{2}] {0}/{0} {1}", "{1}: code={0} at {2}"]
)
NUMBERS = st.integers(0, 10**12).map(str)
IDS = st.uuids().map(str) | st.uuids().map(lambda each: each.hex) | st.ip_addresses().map(str)
TIMES = st.datetimes().map(lambda each: each.isoformat(timespec="milliseconds"))


@settings(max_examples=50)
@given(MESSAGES, st.tuples(NUMBERS, IDS, TIMES), st.tuples(NUMBERS, IDS, TIMES))
def test_numbers_ids_and_times_make_no_group(
    text: str, values: tuple[str, ...], others: tuple[str, ...]
) -> None:
    assert group(text.format(*values)) == group(text.format(*others))


NAMES = (
    *("message", "exception", "values", "stacktrace", "frames", "labels", "alerts", "error"),
    *("fingerprint", "type", "groupLabels", "groupKey", "service", "level", "attributes"),
    *("exception.type", "AlarmName", "repository", "issue", "full_name", "number", "status"),
)
ANY_TEXTS = st.text() | st.sampled_from([*(each.text for each in PRINTED.values()), "{}", "\x00"])
BODIES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=6)
    ),
    max_leaves=20,
)


def reordered(value: Any) -> Any:
    if isinstance(value, list):
        return [reordered(each) for each in value]
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return value


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(BODIES, st.sampled_from(["issues", "push", ""]))
def test_anything_has_a_group_whatever_the_order_of_its_names(body: Any, event: str) -> None:
    headers = {"X-Github-Event": event} if event else {}
    found = group(body, headers)
    assert found == group(reordered(body), headers)
    assert -(2**63) <= found.key < 2**63
    assert found.title.isprintable()
    assert 0 < len(found.title) <= TITLE_CHARS_MAX


NAMED = st.dictionaries(st.sampled_from(sorted(ASKED)) | st.text(max_size=3), BODIES, max_size=6)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(NAMED)
def test_what_is_remembered_of_a_report_is_what_would_be_worked_out(body: Any) -> None:
    # With GitHub's header every field can count, so nothing is remembered; this one says nothing.
    assert group(body) == group_of('{"X-Github-Event": null}', body)


@pytest.mark.parametrize(
    "text",
    ["1" * 10**6, "a." * 10**6, "x@" * 10**6, "'" * 10**6, ":" * 10**6, "at " * 10**6, "f" * 10**6]
    + [
        each * 10**5
        for each in ("\n at x", '\n File "a", line 1, in b', "#0 a: b\n", "a.rb:1:in 'b'\n")
    ],
    ids=range(11),
)
def test_hostile_texts_take_bounded_time(text: str) -> None:
    for body in (
        text,
        {"message": text},
        {"fingerprint": text},
        {"error": {"type": text}},
        {text: 1},
    ):
        assert len(group(body).title) <= TITLE_CHARS_MAX


KEY = 5050802145370739489


def test_the_group_is_the_same_in_every_process_and_version_of_python() -> None:
    assert group({"service": "shop", "level": "error", "message": "card 7 declined"}).key == KEY
