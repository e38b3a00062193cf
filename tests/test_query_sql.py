"""A query in SQL matches what the oracle says, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.query.instant import instant_of
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import Tree, at
from incidents.db.names import SEARCHED
from incidents.db.parameters import Parameters
from incidents.db.query.lead import in_section, lead_of
from incidents.db.query.row import checked
from tests.api import Api
from tests.queries import NOW, pairs
from tests.query_oracle import Stored, matches
from tests.test_query_meaning import BODIES, MATCHING, NOTE, OTHER, incident


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database) as opened:
        yield opened


async def found(
    connection: asyncpg.Connection, trees: list[Tree], incidents: list[Stored]
) -> list[list[tuple[bool, bool]]]:
    """Of each incident, whether it matches each of the trees, and whether the index leads there."""
    parameters = Parameters()
    searched = [json_text.for_search(each.body, 100) for each in incidents]
    columns = [*zip(*incidents, strict=True), tuple(searched)]
    types = ["bigint[]", "bytea[]", "timestamptz[]", "json[]", "json[]", "bigint[]", "json[]"]
    arrays = [
        parameters.add(tuple(each), type_) for each, type_ in zip(columns, types, strict=True)
    ]
    asked = [
        f"ROW({checked(tree, parameters)}, {index_leads(tree, parameters)})"
        for tree in (at(tree, instant_of(NOW)) for tree in trees)
    ]
    rows = await connection.fetch(
        f"SELECT {', '.join(asked)} FROM unnest({', '.join(arrays)}) WITH ORDINALITY"
        " AS incidents(id, hash, received_at, headers, body, group_key, body_for_search, nth)"
        " ORDER BY nth",
        *parameters.values,
    )
    return [list(row) for row in rows]


def index_leads(tree: Tree, parameters: Parameters) -> str:
    """Whether the index leads to a row of the first section; NULL where it leads to none."""
    lead = lead_of(tree)
    if lead is None:
        return "NULL::boolean"
    return f"{SEARCHED} @@ {parameters.add(in_section(lead, 0), 'jsonpath')}"


async def test_a_line_matches_what_it_says(connection: asyncpg.Connection) -> None:
    lines = [*MATCHING, *OTHER]

    for line in lines:
        [[(answer, _)]] = await found(connection, [parse_query(line, 100)], [incident(NOTE)])
        assert answer is (line in MATCHING), line
    for line, body, expected in BODIES:
        [[(answer, _)]] = await found(connection, [parse_query(line, 100)], [incident(body)])
        assert answer is expected, line


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(pairs(), min_size=4, max_size=8))
async def test_it_says_what_the_oracle_says_and_the_index_leads_there(
    connection: asyncpg.Connection, batch: list[tuple[Tree, Stored]]
) -> None:
    trees = [at(tree, instant_of(NOW)) for tree, _ in batch]
    incidents = [stored for _, stored in batch]

    for stored, answers in zip(incidents, await found(connection, trees, incidents), strict=True):
        for tree, (answer, is_led) in zip(trees, answers, strict=True):
            assert answer is matches(tree, stored), (tree, stored)
            assert not answer or is_led is not False, (tree, stored)


LED = {
    "service=billing": True,
    "a.b.c=1 -d:*": True,
    '{"service": "billing", "n": [1, {"x": null}]}': True,
    'tags:=["prod"] OR x-a=-5': True,
    "message:text": False,
    "service=billing OR word": False,
    "-service=billing": False,
    "a.b.c.d.e.f.g.h=1": False,
}


async def test_the_index_leads_to_what_equals(api: Api, database: str) -> None:
    await api.report({})
    query = f"EXPLAIN SELECT FROM incidents WHERE {SEARCHED} @@ $1::jsonpath"
    async with connected(database) as connection:
        await connection.execute("SET enable_seqscan = off")
        for line, is_led in LED.items():
            lead = lead_of(parse_query(line, 100))
            assert (lead is not None) is is_led, line
            path = in_section(lead, 0) if lead else None
            plan = [row[0] for row in await connection.fetch(query, path)] if lead else []
            assert not lead or any("Bitmap Index Scan" in each for each in plan), line
