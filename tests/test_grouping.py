"""What makes a group: the four rules, each with reports as they are sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core.grouping.group import Group, group_of
from incidents.core.grouping.mask import mask
from incidents.core.grouping.trace import trace_of

PAYLOADS = Path(__file__).parent / "payloads"


def sent(name: str, number: int) -> Any:
    """One notification of a sender, as it is in tests/payloads."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())["notifications"][number]


def group(body: Any, **headers: str) -> Group:
    return group_of(json.dumps(headers, sort_keys=True), body)


def test_alerts_belong_together_by_the_labels_they_are_grouped_by() -> None:
    firing, resolved = group(sent("alertmanager", 0)), group(sent("alertmanager", 1))
    assert firing.rule == "sender"
    assert (firing.key, firing.title) == (resolved.key, "DiskFull")


@pytest.mark.parametrize("written", [["{{ default }}"], "{{default}}"])
def test_a_default_fingerprint_is_the_group_without_one(written: Any) -> None:
    body = {"service": "shop", "message": "timeout after 30 ms"}
    assert group(body | {"fingerprint": written}) == group(body)
    extended = group(body | {"fingerprint": ["{{ default }}", "eu"]})
    assert (extended.rule, extended.title) == ("sender", "timeout after # ms")
    assert extended.key != group(body).key


def test_a_message_is_masked() -> None:
    first = {"service": "shop", "level": "error", "message": "order 17 of 'ada' from 10.0.0.1"}
    other = {"service": "shop", "level": "ERROR", "message": "order 4711 of 'bob' from 10.2.0.1"}
    assert group(first) == group(other)
    assert group(first).title == "order # of '…' from <ip>"
    assert group(first | {"service": "billing"}).key != group(first).key
    assert group(first | {"level": "warn"}).key != group(first).key


def test_without_a_message_the_paths_count() -> None:
    assert group({"user": 1, "at": {"x": 2}}) == group({"at": {"x": 3}, "user": "b"})
    assert group({"user": 1}).rule == "shape"
    assert group({"user": 1}).title == "user"


def test_a_python_trace_in_a_text() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/srv/app/pay.py", line 12, in pay\n    charge(1)\n'
        '  File "/srv/app/card.py", line 3, in charge\n    raise Declined(7)\n'
        "shop.Declined: card 7\n"
    )
    trace = trace_of(text)
    assert trace is not None
    assert trace == ("shop.Declined", "card 7", ("charge card.py", "pay pay.py"))
    assert group(text) == group(text.replace("line 3", "line 30"))
    assert group(text).rule == "exception"


def test_masks() -> None:
    assert mask("at 2026-11-23T10:31:20.123Z x7y db1 deadbeef 1.5") == "at <time> x#y db# # #"


BODIES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text()
            | st.sampled_from(
                [
                    "message",
                    "exception",
                    "values",
                    "stacktrace",
                    "frames",
                    "labels",
                    "alerts",
                    "error",
                    "fingerprint",
                    "type",
                    "groupLabels",
                    "service",
                    "level",
                    "attributes",
                    "repository",
                ]
            ),
            inner,
        )
    ),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(BODIES)
def test_anything_has_a_group(body: Any) -> None:
    found = group(body)
    assert -(2**63) <= found.key < 2**63
    assert found.title.isprintable()
    assert 0 < len(found.title) <= 200
