"""A query in SQL matches what the oracle says, on a real PostgreSQL."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.query.instant import instant_of
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import Tree, at
from incidents.db.conditions import Parameters
from incidents.db.query.row import row_matches
from tests.queries import NOW, pairs
from tests.query_oracle import Stored, matches
from tests.test_query_meaning import BODIES, MATCHING, NOTE, OTHER, incident


@pytest.fixture
async def connection(cluster: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(cluster)
    yield opened
    await opened.close()


async def found(
    connection: asyncpg.Connection, trees: list[Tree], incidents: list[Stored]
) -> list[list[bool]]:
    """Of each incident, whether it matches each of the trees."""
    parameters = Parameters()
    searched = [json_text.for_search(each.body, 100) for each in incidents]
    columns = [*zip(*incidents, strict=True), tuple(searched)]
    types = ["bigint[]", "bytea[]", "timestamptz[]", "json[]", "json[]", "json[]"]
    arrays = [
        parameters.add(tuple(each), type_) for each, type_ in zip(columns, types, strict=True)
    ]
    asked = [row_matches(at(tree, instant_of(NOW)), parameters) for tree in trees]
    rows = await connection.fetch(
        f"SELECT {', '.join(asked)} FROM unnest({', '.join(arrays)}) WITH ORDINALITY"
        " AS incidents(id, hash, received_at, headers, body, body_for_search, nth) ORDER BY nth",
        *parameters.values,
    )
    return [list(row) for row in rows]


async def test_a_line_matches_what_it_says(connection: asyncpg.Connection) -> None:
    lines = [*MATCHING, *OTHER]

    for line in lines:
        tree = parse_query(line, 100)
        assert await found(connection, [tree], [incident(NOTE)]) == [[line in MATCHING]], line
    for line, body, expected in BODIES:
        tree = parse_query(line, 100)
        assert await found(connection, [tree], [incident(body)]) == [[expected]], line


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(pairs(), min_size=4, max_size=8))
async def test_it_says_what_the_oracle_says(
    connection: asyncpg.Connection, batch: list[tuple[Tree, Stored]]
) -> None:
    trees = [at(tree, instant_of(NOW)) for tree, _ in batch]
    incidents = [stored for _, stored in batch]

    for stored, answers in zip(incidents, await found(connection, trees, incidents), strict=True):
        for tree, answer in zip(trees, answers, strict=True):
            assert answer is matches(tree, stored), (tree, stored)
