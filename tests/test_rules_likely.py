"""Rules that an incident can match are found without parsing it, and none is passed over."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.query.instant import instant_of
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import Tree, at
from incidents.rules.likely import Likely
from tests.queries import NOW, pairs
from tests.query_oracle import Stored, matches


@settings(max_examples=100, deadline=None)  # a busy machine takes longer
@given(st.lists(pairs(), min_size=1, max_size=4))
def test_what_matches_is_likely(some: list[tuple[Tree, Stored]]) -> None:
    """Beside other queries, of which some share its strings."""
    trees = {number: at(tree, instant_of(NOW)) for number, (tree, _) in enumerate(some)}
    likely = Likely(trees)
    for number, (_, stored) in enumerate(some):
        searched = json_text.for_search(stored.body, 100) or stored.body
        if matches(trees[number], stored):
            assert number in likely.of(stored.headers, searched)


def test_each_is_found_by_what_the_others_do_not_ask_for() -> None:
    lines = {
        **{f"host {n}": f"level=error host=h{n}" for n in range(9)},
        **{f"word {n}": f"level=error word{n}" for n in range(9)},
        **{f"text {n}": f'message:"text {n}"' for n in range(9)},
        "any": "-level=debug",
    }
    likely = Likely({name: parse_query(line, 100) for name, line in lines.items()})
    body = json.dumps({"level": "error", "host": "h3", "message": 'a TEXT 4\n"word5"'})

    assert sorted(likely.of("{}", body)) == ["any", "host 3", "text 4", "word 5"]
