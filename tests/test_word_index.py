"""Finds by words and numbers go by indexes of settled blocks, and find what the oracle says."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core import json_text, word_index
from incidents.core.incident import make_incident
from incidents.core.query.instant import instant_of
from incidents.core.query.parser import parse_query
from incidents.core.query.subject import Texts
from incidents.core.query.tree import Tree, at
from incidents.core.word_index import Run, entries_of, hash_of
from incidents.core.words import FOLDING, distinct_words, words_of
from incidents.db.parameters import TextParameters
from incidents.db.query.words import ids_of_words
from incidents.ingest.loader import Loader
from incidents.search import indexing
from incidents.search.indexing import Indexing
from incidents.support.settings import Settings
from tests.api import Api
from tests.clocks import PARTITION, START, filled, looked, narrow_all, settle
from tests.queries import incidents, pairs
from tests.query_oracle import Stored, matches
from tests.test_query_sql import connected

OpenApi = Callable[..., Awaitable[Api]]

IDS = range(1, 4001, 13)
NEWEST = 4000


class Here:
    """A parser that works in this process; before its first call it does something else."""

    def __init__(self, before: Callable[[], Awaitable[None]] | None = None) -> None:
        self._before = before

    async def call(self, _: float | None, function: Callable[..., Any], *arguments: object) -> Any:
        before, self._before = self._before, None
        if before is not None:
            await before()
        return function(*arguments)


async def index(url: str, parser: Any = None) -> None:
    """All that is settled."""
    parser = parser or Here()
    await looked(Indexing(Settings(), url, parser, lambda: False, rests=False))


def words_in(*texts: str) -> set[str]:
    """Of JSON texts, by the definition."""
    found: set[str] = set()
    for text in texts:
        for each in Texts(json_text.parse(text, 100, exact=True)).texts:
            found.update(words_of(each))
    return found


def escaped(character: str) -> str:
    return character if character.isascii() else json.dumps(character)[1:-1]


def test_a_character_is_in_words_if_it_is_folded_as_one_that_is() -> None:
    assert all(bool(words_of(chr(a))) == bool(words_of(chr(b))) for a, b in FOLDING.items())
    text = "Größe ΣΊΣΥΦΟΣ \u212a_1 \u017f"
    assert distinct_words(text) == set(words_of(text))


@settings(max_examples=100, deadline=None)
@given(stored=st.lists(incidents, min_size=1, max_size=3), is_escaped=st.booleans())
def test_no_word_is_missing(stored: list[Stored], is_escaped: bool) -> None:  # noqa: FBT001
    """However the JSON is written: with escapes or without, numbers with exponents."""
    texts = [(each.headers, json_text.for_search(each.body, 100) or each.body) for each in stored]
    written = "\n".join(
        "".join(map(escaped, text)) if is_escaped else text for pair in texts for text in pair
    )

    entries = entries_of([Run(17, is_whole=True, texts=written.encode())])

    hashes = {int(entry) >> word_index.PLACE_BITS for entry in entries}
    for pair in texts:
        assert {hash_of(word) for word in words_in(*pair)} <= hashes


def test_what_most_runs_of_a_cell_have_is_kept_once() -> None:
    texts = [f'{{"all": 1, "n": "w{n}"}}'.encode() for n in range(16)]
    runs = [Run(8 * n + 7, is_whole=True, texts=each) for n, each in enumerate(texts)]

    entries = [int(each) for each in entries_of(runs)]

    places = 2**word_index.PLACE_BITS
    common = 2 << 32 | hash_of("all")
    assert [each % places for each in entries if each // places == common] == [
        word_index.FIRST_CELL
    ]
    assert [each % places for each in entries if each // places == hash_of("w3")] == [3]


async def test_a_run_that_is_not_whole_may_have_any_word(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_TEXT_BYTES_MAX", 1000)
    await filled(api, database, [(1, START, {"long": "x " * 1000 + "end"}), (999, START, {})])
    await settle(database, 500)
    await index(database)

    assert await lookable(database, "nowhere end") == [(0, 8), (1000, 65536)]


async def lookable(url: str, line: str) -> list[tuple[int, int]]:
    """The ids of the first section that have to be looked at."""
    async with connected(url) as connection:
        found = await looked_at(connection, parse_query(line, 100))
    assert found is not None
    return found


async def looked_at(connection: asyncpg.Connection, tree: Tree) -> list[tuple[int, int]] | None:
    parameters = TextParameters("$1::text[]")
    ids = ids_of_words(tree, parameters)
    if ids is None:
        return None
    found = f"incidents_ids_to_look_at(0, 65536, 0, {ids.replace('section', '0')})"
    query = f"SELECT lower(ids), upper(ids) FROM unnest({found}) AS ids"
    rows = await connection.fetch(query, parameters.texts)
    return [(row[0], row[1]) for row in rows]


async def fetched(url: str, query: str, *values: object) -> list[asyncpg.Record]:
    async with connected(url) as connection:
        return await connection.fetch(query, *values)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(pairs(), min_size=12, max_size=24))
async def test_whatever_matches_is_in_a_run_that_is_looked_at(
    api: Api, database: str, batch: list[tuple[Any, Stored]]
) -> None:
    stored = [each._replace(id=8 * n + 1) for n, (_, each) in enumerate(batch)]
    await api.runtime._store._partitions.cover_each([1])
    async with connected(database) as connection:
        await connection.execute("DELETE FROM incidents; DELETE FROM incidents_blocks")
        await connection.executemany(
            "INSERT INTO incidents (id, hash, received_at, headers, body, body_for_search)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            [(*each[:5], json_text.for_search(each.body, 100)) for each in stored],
        )
        await connection.execute("SELECT setval('incidents_id_seq', 4096)")
        await settle(database, 4096)
        await index(database)

        now = instant_of(datetime.now(UTC))
        for tree in (at(tree, now) for tree, _ in batch):
            looked = await looked_at(connection, tree)
            for each in stored:
                if looked is not None and matches(tree, each):
                    assert any(low <= each.id < high for low, high in looked), (tree, each)


LINES = [
    *("rare", "everywhere", "nowhere", "rare everywhere", '"rare word"', '"word rare"', "odd even"),
    *("rare OR twelve", "rare -odd", "-odd everywhere", "rare:* OR nothing:*", "n=12 rare", "n=12"),
    *("kind=odd rare", "kind=odd everywhere", "text:are", 'text:"a rare w"', "n>3900", "late"),
    *("n>=1000 n<1100", "n<40 OR n>3950 OR late", "kind=odd n<=200", "-n>30", "x-n>1", "n>0 rare"),
]


def body_of(id_: int) -> dict[str, Any]:
    return {
        "kind": "odd" if id_ % 2 else "even",
        "n": id_,
        "text": "a rare word" if id_ % 11 == 0 else "twelve" if id_ % 17 == 0 else "everywhere",
        **({"rare": None} if id_ % 29 == 0 else {}),
    }


async def found(api: Api, line: str, more: str) -> list[int]:
    """By pages, through their cursors."""
    ids: list[int] = []
    url = f"/find?q={quote(line)}{more}"
    while True:
        answer = (await api.get(url)).json
        ids += [each["id"] for each in answer["incidents"]]
        if answer.get("next") is None:
            return ids
        url = f"/find?q={quote(line)}{more}&after={answer['next']}"


def stored_of(id_: int, body: Any) -> Stored:
    return Stored(id_, bytes(32), START, '{"X-N": "1"}', json.dumps(body))


async def test_finds_say_what_the_oracle_says_whatever_is_indexed(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is indexed, what is settled alone, and what is not; deleted and imported later."""
    narrow_all(monkeypatch)
    api = await open_api(partition_ids=PARTITION * 8)
    there = {id_: body_of(id_) for id_ in IDS}

    async def check() -> None:
        for line in LINES:
            tree = at(parse_query(line, 100), instant_of(datetime.now(UTC)))
            expected = [
                id_
                for id_ in sorted(there, reverse=True)
                if matches(tree, stored_of(id_, there[id_]))
            ]
            for more in ("&limit=30", "&limit=500"):
                assert await found(api, line, more) == expected, (line, more)
            assert await found(api, line, "") == expected, line  # streamed
            counts = (await api.get(f"/timeline?seconds=60&q={quote(line)}")).json
            assert counts["count"] == len(expected), line

    await filled(api, database, [(id_, START, body) for id_, body in there.items() if id_ < 3000])
    await settle(database, 100)
    await index(database)
    await filled(api, database, [(id_, START, body) for id_, body in there.items() if id_ >= 3000])
    await settle(database, 300)
    await check()

    late = {id_: {"text": "a rare word, late"} for id_ in range(2, 3000, 13 * 23)}
    async with Loader(api.runtime.settings, database) as loader:
        await loader.store(
            [
                (id_, make_incident("{}", json.dumps(body).encode(), START, 100))
                for id_, body in late.items()
            ]
        )
    there |= late
    await check()
    await settle(database, 100)
    await index(database)
    await check()


async def test_the_index_is_asked_and_a_setting_leaves_it_out(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(word_index=False)
    await filled(api, database, [(id_, START, body_of(id_)) for id_ in IDS])
    await settle(database, 1000)
    at_all = "SELECT count(*) FROM incidents_words"

    ((count,),) = await fetched(database, at_all)
    assert count == 0
    before = await found(api, "rare", "&limit=500")
    await index(database)
    await fetched(database, "DELETE FROM incidents_words")

    # Without its postings, what is indexed seems to have no word: the newest block is not.
    newest = [id_ for id_ in before if id_ >= 3000]
    assert await found(api, "rare", "&limit=500") == newest
    assert await found(api, "rare", "") == newest  # streamed
    assert (await api.get("/timeline?seconds=60&q=rare")).json["count"] == len(newest)


async def test_what_is_stored_while_a_block_is_indexed_is_not_missed(
    api: Api, database: str
) -> None:
    await filled(api, database, [(1, START, {}), (998, START, {})])
    await settle(database, 500)

    async def store_late() -> None:
        async with Loader(api.runtime.settings, database) as loader:
            late = make_incident("{}", b'{"a": "latecomer"}', START, 100)
            await loader.store([(250, late)])
        await settle(database, 500)

    await index(database, Here(store_late))

    assert await lookable(database, "latecomer") == [(248, 256), (500, 65536)]


async def test_a_section_that_is_whole_has_one_row_of_each_bucket(api: Api, database: str) -> None:
    rows = [
        (n * 1000 + 1, START, {"words": [f"word{n}_{m}" for m in range(60)]}) for n in range(70)
    ]
    await filled(api, database, rows)
    await settle(database, 16384)
    parts = "SELECT count(*) FILTER (WHERE part > 0), count(*) FROM incidents_words"

    await index(database)

    ((apart, all_),) = await fetched(database, parts)
    # Several words in each bucket.
    assert apart == 0 < all_ < 66 * 60 / 2
    for n in range(66):
        for m in (0, 59):
            expected = [(n * 1000, n * 1000 + 8)]
            assert await lookable(database, f"word{n}_{m}") == expected
    assert await lookable(database, "word7") == []
    async with Loader(api.runtime.settings, database) as loader:
        await loader.store([(7, make_incident("{}", b'"imported"', START, 100))])
    await settle(database, 16384)
    await index(database)
    assert await lookable(database, "imported") == [(0, 8)]
    assert await lookable(database, "word42_7") == [(42000, 42008)]
