"""Positions, as listeners send them back."""

import pytest

from incidents.core.errors import BadParameter
from incidents.db.stream.position import parse_position


@pytest.mark.parametrize("text", ["0", "7", "1234~5-90~1200"])
def test_a_position_is_read_as_it_was_written(text: str) -> None:
    assert str(parse_position(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "1~", "10~12", "10~5-4", "10~5~4", "10~4~4", "10~4-6~6-5", "1" * 30, "٣"],
)
def test_what_no_event_gave_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="Last-Event-ID: the id that an event had"):
        parse_position(text)
