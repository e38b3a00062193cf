"""What an example says of itself."""

import pytest

from incidents.core.example import parse_example


@pytest.mark.parametrize(
    ("text", "prefilters"),
    [
        (b'{"service": "billing"}', ['"billing"']),
        (b'{"a": {"b": ["x", {"c": "longest"}]}, "d": 1}', ['"x"', '"longest"', '"d"']),
        (b'{"a": "\\u0062oth"}', ['"both"']),
        # A header's name may be spelt in another way, so it is no prefilter.
        (b'{"a": "two \\"words\\"", "b": "back\\\\slash", "C": "\\n"}', ['"C"']),
        ('{"é": "ü"}'.encode(), []),
        (b'{"context": {}}', ['"context"']),
        (b'{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}', ['"a"', '"b"', '"c"', '"d"']),
        (b"{}", []),
    ],
)
def test_needles_are_strings_that_need_no_escape(text: bytes, prefilters: list[str]) -> None:
    assert list(parse_example(text, 100).prefilters) == prefilters


@pytest.mark.parametrize(
    ("text", "indexable"),
    [
        (b"{}", False),
        (b'{"a": {}}', False),
        (b'{"a": [], "b": [{"c": []}]}', False),
        (b'{"a": [], "b": [{"c": null}]}', True),
        (b'{"a": false}', True),
        (b'{"a": ""}', True),
    ],
)
def test_an_index_leads_to_what_has_a_value(text: bytes, *, indexable: bool) -> None:
    assert bool(parse_example(text, 100).leads) is indexable
