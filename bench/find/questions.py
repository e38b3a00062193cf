"""Classes of questions, each with many different ones."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, product
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench.find import generator
from bench.find.load import PLAIN_TEXT
from incidents.search.question import write_cursor

_SAMPLE = 20_000
# Which part of the incidents match what is called so.
_COMMON = 0.035, 0.07
_VERY_COMMON = 0.25, 0.45
_ALL_HAVE = {"Accept", "Content-Type", "Host", "error", "tags"}
_PAGE = 50
_DEEP = 200
_ALERTS = list(product(generator.SEVERITIES, generator.ALERTS))
_SERVICE_LEVELS = list(product(generator.SERVICES[:9], generator.LEVELS))
_ERRORS_OF = list(product(generator.ERRORS, generator.SERVICES[:9]))
_CLUSTERS_SERVICES = list(product(generator.CLUSTERS, generator.SERVICES))


class _Line(NamedTuple):
    """A query line, and what an expert would ask the table `plain` instead, as SQL."""

    line: str
    plain: str


def _word(text: str) -> str:
    return rf"{PLAIN_TEXT} ~* '\y{text}\y'"


def _part(text: str) -> str:
    return f"{PLAIN_TEXT} ILIKE '%{text}%'"


def _in_body(**fields: Any) -> str:
    return f"body @> '{json.dumps(fields)}'"


def _of_cluster(cluster: str, service: str) -> _Line:
    in_headers = f"headers @> '{json.dumps({'X-Cluster': cluster})}'"
    line = f"x-cluster={cluster} service={service}"
    return _Line(line, f"{in_headers} AND {_in_body(service=service)}")


def _of_alert(severity: str, alert: str) -> _Line:
    labels = {"severity": severity, "alertname": alert}
    line = f"alerts.labels.severity={severity} alerts.labels.alertname={alert}"
    return _Line(line, _in_body(alerts=[{"labels": labels}]))


def _not_of_level(service: str, level: str) -> _Line:
    plain = f"{_in_body(service=service)} AND NOT {_in_body(level=level)}"
    return _Line(f"service={service} -level={level}", plain)


def _of_either(service: str, level: str) -> _Line:
    plain = f"({_in_body(service=service)} OR {_in_body(level=level)})"
    return _Line(f"service={service} OR level={level}", plain)


def _longer_than(milliseconds: int) -> _Line:
    plain = f"(body ->> 'duration_ms')::numeric > {milliseconds}"
    return _Line(f"duration_ms>{milliseconds}", plain)


# Query lines of a class, and how fast each shall be. Many incidents match each of them.
_LINES: list[tuple[str, float, list[_Line]]] = [
    ("line: equal", 30, [_of_cluster(*each) for each in _CLUSTERS_SERVICES]),
    ("line: nested", 30, [_of_alert(*each) for each in _ALERTS]),
    ("line: not", 30, [_not_of_level(*each) for each in _SERVICE_LEVELS]),
    ("line: or", 30, [_of_either(*each) for each in _SERVICE_LEVELS]),
    ("line: word", 30, [_Line(e, _word(e)) for e in generator.ERRORS]),
    (
        "line: word nobody has",
        30,
        [_Line(f"nobody{n}", _word(f"nobody{n}")) for n in range(_DEEP)],
    ),
    (
        "line: phrase",
        30,
        [_Line(f'"{e} while calling {s}"', _word(f"{e} while calling {s}")) for e, s in _ERRORS_OF],
    ),
    (
        "line: words, not",
        30,
        [_Line(f"{e} -{s}", f"{_word(e)} AND NOT {_word(s)}") for e, s in _ERRORS_OF],
    ),
    (
        "line: words, or",
        30,
        [_Line(f"{e} OR {s}", f"({_word(e)} OR {_word(s)})") for e, s in _ERRORS_OF],
    ),
    (
        "line: words",
        30,
        [_Line(f"{e} {s}", f"{_word(e)} AND {_word(s)}") for e, s in _ERRORS_OF],
    ),
    ("line: range", 50, [_longer_than(n) for n in range(10_000, 28_000, 250)]),
    (
        "line: part",
        50,
        [_Line(f"*{each[1:-1]}*", _part(each[1:-1])) for each in generator.ERRORS],
    ),
]
# Of 500,000 incidents about one matches each: it has nearly the least or the greatest number.
_RARE_RANGES = [
    *(f"seconds>899.98{n}" for n in range(5)),
    *(f"seconds<0.01{n}" for n in range(1, 6)),
    *(f"alerts.values.A>99.996{n}" for n in range(5)),
    *(f"context.tenant>=19998 duration_ms>{n}" for n in range(27_000, 27_500, 100)),
]
_SERVICE_LINES = [f"service={service}" for service in generator.SERVICES[:9]]

Entry = tuple[str, str]  # the key, and its value as JSON
Example = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an example, a hash or a query line, and parameters behind `limit`.

    `url` is what is asked of another path than that of finds, as it is; `plain` is what a line is
    in SQL for the table `plain`.
    """

    example: Example | None
    parameters: str = ""
    hash: str | None = None
    line: str | None = None
    url: str | None = None
    plain: str | None = None

    @property
    def has_plain_way(self) -> bool:
        """Whether it is also asked the plain way."""
        return self.plain is not None or (self.line is None and self.url is None)


@dataclass(frozen=True, slots=True)
class Class:
    """Questions of one kind; at ten million the p99 shall be within `target_ms`."""

    name: str
    target_ms: float
    questions: list[Question]


def classes(seed: int, size: int, sample: list[generator.Row], count: int) -> list[Class]:
    """`count` questions of each class, the same for the same seed.

    `sample` are incidents of the table, at random places.
    """
    rng = Random(seed)  # noqa: S311 - not for secrets
    shares = _shares(seed, size)
    common = [each for found in _between(shares, *_COMMON) for each in _beside_what_all_have(found)]
    very_common = [
        each for found in _between(shares, *_VERY_COMMON) for each in _beside_what_all_have(found)
    ]
    rare = [_rare(row) for row in sample]
    absent: list[Example] = [{("service", "trace_id")[n % 2]: f"none-{n}"} for n in range(count)]

    def some(name: str, target_ms: float, examples: Iterable[Example]) -> Class:
        found = list(examples)
        chosen = rng.sample(found, min(count, len(found)))
        return Class(name, target_ms, [Question(each) for each in chosen])

    any_of_these = rng.sample(common + very_common + rare + absent, count)
    deep = rng.sample(common, min(count, len(common)))
    return [
        some("absent", 5, absent),
        some("rare", 5, rare),
        some("common", 10, common),
        Class("very common", 10, _at_places(rng, very_common, size, count)),
        some("never together", 30, _never()),
        some("retired", 50, _retired()),
        some("both places", 10, _both_places()),
        some("nested, arrays", 10, _nested()),
        Class("time-bounded", 10, [Question(each, _far_back(rng)) for each in any_of_these]),
        Class(
            f"deep: page {_DEEP}",
            10,
            [Question(each, _deep(size, _share(shares, each))) for each in deep],
        ),
        Class("by hash", 5, [Question(None, hash=row.hash.hex()) for row in sample]),
        Class("line: rare word", 30, [_rare_word(row) for row in sample]),
        *(
            Class(name, target_ms, [_of_line(rng.choice(lines)) for _ in range(count)])
            for name, target_ms, lines in _LINES
        ),
        # (Row by row each of these takes the whole time that a find has.)
        Class("line: rare range", 5000, [Question(None, line=each) for each in _RARE_RANGES]),
        Class("groups: a day", 200, [_groups(size, n) for n in range(count)]),
        Class("groups: a day, line", 5000, [_groups(size, 0, each) for each in _SERVICE_LINES]),
        Class("timeline: common", 500, [_url("/timeline", q=each) for each in _SERVICE_LINES]),
    ]


def not_indexable(count: int) -> list[Question]:
    """Questions that no index leads to, and that nothing matches: they meet the deadline."""
    lines = ("*nobody{}*", "message:nobody{}", "duration_ms>1e{}")
    return [Question(None, line=lines[n % 3].format(n + 10)) for n in range(count)]


def _groups(size: int, minutes: int, line: str = "") -> Question:
    """The first page of the last day, and of so many minutes before it."""
    since = generator.received_at(size, size, 0) - timedelta(days=1, minutes=minutes)
    return _url("/groups", since=f"{since:%Y-%m-%dT%H:%M:%SZ}", q=line)


def _url(path: str, **parameters: str) -> Question:
    return Question(None, url=f"{path}?{urlencode(parameters)}")


def _rare(row: generator.Row) -> Example:
    body = json.loads(row.body)
    if "trace_id" in body and row.id % 2:
        return {"trace_id": body["trace_id"]}
    return {"X-Request-Id": json.loads(row.headers)["X-Request-Id"]}


def _rare_word(row: generator.Row) -> Question:
    """One that this incident alone has; every other time beside a common one."""
    request = json.loads(row.headers)["X-Request-Id"]
    if row.id % 2:
        return _of_line(_Line(f"json {request}", f"{_word('json')} AND {_word(request)}"))
    return _of_line(_Line(request, _word(request)))


def _of_line(asked: _Line) -> Question:
    return Question(None, line=asked.line, plain=asked.plain)


def _between(shares: dict[str, float], least: float, most: float) -> list[Example]:
    return [json.loads(key) for key, share in shares.items() if least <= share <= most]


def _shares(seed: int, size: int) -> dict[str, float]:
    """Entries and combinations of up to three, and which part of a sample has them."""
    counts: Counter[tuple[Entry, ...]] = Counter()
    first = max(1, size - _SAMPLE + 1)
    for row in generator.rows(seed, size, first, size):
        entries = sorted(_entries(json.loads(row.headers), json.loads(row.body)))
        for length in (1, 2, 3):
            counts.update(combinations(entries, length))
    total = size - first + 1
    return {
        _key({key: json.loads(value) for key, value in combination}): times / total
        for combination, times in sorted(counts.items())
    }


def _beside_what_all_have(example: Example) -> Iterator[Example]:
    """The example with more and more that every incident has, and that says nothing."""
    headers = {"Accept": "*/*", "Content-Type": "application/json", "Host": "incidents:8000"}
    of_services: Example = (
        {"error": {}, "tags": []} if {"context", "release"} & set(example) else {}
    )
    everywhere: Example = {**headers, **of_services}
    for length in range(len(everywhere) + 1):
        for keys in combinations(everywhere, length):
            yield {**example, **{key: everywhere[key] for key in keys}}


def _at_places(rng: Random, examples: list[Example], size: int, count: int) -> list[Question]:
    """As many questions: each example from the newest on, then from places in the newest tenth."""
    questions = [Question(each) for each in examples[:count]]
    while len(questions) < count:
        place = write_cursor(size - rng.randrange(size // 10))
        questions.append(Question(rng.choice(examples), f"&after={place}"))
    return questions


def _share(shares: dict[str, float], example: Example) -> float:
    said = {key: value for key, value in example.items() if key not in _ALL_HAVE}
    return shares[_key(said)]


def _key(example: Example) -> str:
    return json.dumps(example, sort_keys=True)


def _entries(headers: dict[str, Any], body: dict[str, Any]) -> Iterator[Entry]:
    for key in ("service", "level", "environment", "release", "status"):
        if key in body:
            yield key, json.dumps(body[key])
    if "context" in body:
        yield "context", json.dumps({"region": body["context"]["region"]})
    if "X-Cluster" in headers:
        yield "X-Cluster", json.dumps(headers["X-Cluster"])


def _with(example: Example) -> Iterator[Example]:
    """The example, alone and with what is common."""
    extras: list[Example] = [{}]
    for names, key in (
        (generator.ENVIRONMENTS, "environment"),
        (generator.LEVELS, "level"),
        (generator.CLUSTERS, "X-Cluster"),
    ):
        extras += [{**extra, key: name} for extra in extras for name in names]
    for extra in extras:
        yield {**example, **extra}


def _never() -> Iterator[Example]:
    for service, region in generator.NEVER_TOGETHER:
        yield from _with({"service": service, "context": {"region": region}})


def _retired() -> Iterator[Example]:
    for example in _with({"service": generator.RETIRED}):
        yield example
        yield {**example, "Host": "incidents:8000"}


def _both_places() -> Iterator[Example]:
    for cluster, service in product(generator.CLUSTERS, generator.SERVICES):
        yield {"X-Cluster": cluster, "service": service}


def _nested() -> Iterator[Example]:
    for severity, service in product(generator.SEVERITIES, generator.SERVICES):
        yield {"alerts": [{"labels": {"severity": severity, "service": service}}]}
    for severity, alert in product(generator.SEVERITIES, generator.ALERTS):
        yield {"alerts": [{"labels": {"severity": severity, "alertname": alert}}]}
    for region, tag in product(generator.REGIONS, range(9)):
        yield {"tags": [region, f"team-{tag}"]}
    for service, alert in product(generator.SERVICES[:10], generator.ALERTS):
        yield {"alerts": [{"labels": {"service": service, "alertname": alert}}]}


def _far_back(rng: Random) -> str:
    """Somewhere in the older six tenths of the time."""
    days = generator.SPAN / timedelta(days=1)
    since = generator.BEGIN + timedelta(days=rng.uniform(0, days * 0.4))
    until = since + timedelta(days=rng.uniform(1, days * 0.2))
    return f"&since={since:%Y-%m-%dT%H:%M:%SZ}&until={until:%Y-%m-%dT%H:%M:%SZ}"


def _deep(size: int, share: float) -> str:
    """Where the page begins, as far as it can be told from how many match; or half-way."""
    newer = int(_PAGE * (_DEEP - 1) / share)
    return f"&after={write_cursor(max(size // 2, size - newer))}"
