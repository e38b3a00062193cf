"""Each class of question asked: of our server, and the plain way."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from statistics import median

import asyncpg
import click

from bench.failed import Failed
from bench.find.client import Client
from bench.find.questions import Class, Question
from incidents.search.question import parse_cursor

_PLAIN_SECONDS_MAX = 10
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds; of the plain way too, which is given 10 s a question.

    `p50` and `p99` are over the questions, each with the median of its rounds: what it costs.
    `every_p99` is over all answers, whatever else the machine did meanwhile.
    """

    count: int
    p50: float
    p99: float
    every_p99: float
    plain_p50: float
    plain_p99: float


def measure(port: int, url: str, asked: Class, plain_questions: int) -> Times:
    """Asks all questions once, and then round after round: warm; of the plain way some of them."""
    rounds = _rounds(port, asked.questions)
    ours = [median(times) for times in zip(*rounds, strict=True)]
    every_p99 = percentile([each for times in rounds for each in times], 99)
    alike = [each for each in asked.questions if each.has_plain_way]
    some = alike[:: max(1, len(ours) // plain_questions)] if plain_questions else ()
    plain = asyncio.run(_plain(url, some)) or [nan]
    click.echo(f"{asked.name}: {percentile(ours, 99):.1f} ms, {every_p99:.1f} ms", err=True)
    return Times(
        len(ours),
        percentile(ours, 50),
        percentile(ours, 99),
        every_p99,
        percentile(plain, 50),
        percentile(plain, 99),
    )


def _rounds(port: int, questions: Sequence[Question]) -> list[list[float]]:
    """The milliseconds of each question in each round; before them each was asked once."""
    with Client(port) as client:
        for question in questions:
            client.ask(question)
        return [[client.ask(each)[0] for each in questions] for _ in range(_ROUNDS)]


def percentile(values: Sequence[float], which: int) -> float:
    """The least value that so many hundredths of them do not exceed."""
    return sorted(values)[-(-len(values) * which // 100) - 1]


def meets_the_deadline(port: int, questions: Sequence[Question], deadline_seconds: float) -> str:
    """A sentence on questions that no index leads to. Raises Failed when one gave no cursor."""
    took = []
    with Client(port) as client:
        for question in questions:
            milliseconds, answer = client.ask(question)
            took.append(milliseconds)
            page = json.loads(answer)
            if page["next"] is None and milliseconds > deadline_seconds * 1000:
                raise Failed("a page that met the deadline had no cursor")
    return (
        f"Not indexable, {len(took)} questions: p50 {percentile(took, 50):,.0f} ms, longest "
        f"{max(took):,.0f} ms; the deadline is {deadline_seconds * 1000:,.0f} ms; each gave a "
        "cursor, or was at its end."
    )


async def _plain(url: str, questions: Sequence[Question]) -> list[float]:
    connection = await asyncpg.connect(url, server_settings={"jit": "off", "work_mem": "64MB"})
    try:
        await connection.execute(f"SET statement_timeout = '{_PLAIN_SECONDS_MAX}s'")
        return [await _plainly(connection, each) for each in questions]
    finally:
        await connection.close()


async def _plainly(connection: asyncpg.Connection, question: Question) -> float:
    query = _query(question)
    milliseconds = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        try:
            await connection.fetch(query)
        except asyncpg.QueryCanceledError:
            return _PLAIN_SECONDS_MAX * 1000.0
        milliseconds = (time.perf_counter() - begun) * 1000
    return milliseconds


def _query(question: Question) -> str:
    """With literals, so that PostgreSQL knows what it plans for."""
    criteria = [] if question.plain is None else [question.plain]
    if question.hash is not None:
        criteria.append(f"hash = {_literal(question.hash)}")
    for key, value in (question.example or {}).items():
        entry = f"{_literal(json.dumps({key: value}))}::jsonb"
        criteria.append(f"(headers @> {entry} OR body @> {entry})")
    parameters = dict(each.split("=") for each in question.parameters.split("&")[1:])
    if "since" in parameters:
        criteria.append(f"received_at >= '{parameters['since']}'")
        criteria.append(f"received_at < '{parameters['until']}'")
    if "after" in parameters:
        criteria.append(f"id < {parse_cursor(parameters['after'])}")
    where = " AND ".join(criteria)
    return f"SELECT * FROM plain WHERE {where} ORDER BY id DESC LIMIT 50"  # noqa: S608


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
