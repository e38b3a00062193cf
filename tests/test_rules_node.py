"""The parts of the page's rules that need no browser."""

from tests.node_programs import run_node


def test_lanes_news_and_forms_are_right() -> None:
    assert run_node("rules.mjs") == ""
