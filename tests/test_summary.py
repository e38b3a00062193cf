"""One line about an incident: what a person would write."""

import json
from pathlib import Path
from typing import Any

import pytest

from incidents.core.summary import summarize

# The page is held to the same (test_web_list.py).
SUMMARIES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "summaries.json").read_text())


@pytest.mark.parametrize("case", SUMMARIES, ids=lambda case: str(case["message"])[:40])
def test_it_says_what_a_person_would(case: dict[str, Any]) -> None:
    found = summarize(json.dumps(case["body"], ensure_ascii=False))
    wanted = (case.get("level"), case["tone"], case.get("service"), case["message"])
    assert tuple(found) == wanted
