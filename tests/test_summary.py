"""One line about an incident: what a person would write."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.core.naming import LEVELS, MESSAGES, SERVICES
from incidents.core.summary import summarize

# The page is held to the same (test_web_list.py).
SUMMARIES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "summaries.json").read_text())


@pytest.mark.parametrize("case", SUMMARIES, ids=lambda case: str(case["message"])[:40])
def test_it_says_what_a_person_would(case: dict[str, Any]) -> None:
    found = summarize(json.dumps(case["body"], ensure_ascii=False))
    wanted = (case.get("level"), case["tone"], case.get("service"), case["message"])
    assert tuple(found) == wanted


def test_the_names_that_are_tried_are_in_the_reference() -> None:
    page = (Path(__file__).parents[1] / "docs" / "reference" / "summaries.md").read_text()
    for names in (SERVICES, MESSAGES):
        assert ", ".join(f"`{name}`" for name in names) in page
    assert all(f"`{name}`" in page for name in LEVELS)


NAMES = (*MESSAGES, *SERVICES, *LEVELS, "alerts", "action", "issue", "method", "path", "request")
BODIES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner) | st.just({"values": [{}]})
    ),
)


@given(BODIES)
def test_anything_has_a_summary(body: Any) -> None:
    message = summarize(json.dumps(body)).message
    assert message
    assert "\n" not in message
