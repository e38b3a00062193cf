"""What puts reports into groups: incidents, and drain3."""

import json
from collections.abc import Callable, Hashable
from importlib.util import find_spec
from time import process_time
from typing import Any

from bench.grouping.labelled import Labelled
from incidents.core.grouping.group import forget, group_of
from incidents.core.summary import summarize

# The quickest one counts: others had a neighbour.
_ROUNDS = 5
_REMEMBERED = 1000
_MICROSECONDS = 1_000_000
_HEADERS = '{"Content-Type": "application/json", "User-Agent": "bench"}'

Grouping = Callable[[list[Labelled]], tuple[list[Hashable], float]]


def has_drain3() -> bool:
    """Whether drain3 is installed."""
    return find_spec("drain3") is not None


def ours(reports: list[Labelled]) -> tuple[list[Hashable], float]:
    """The group of each report, and the microseconds for one, with texts that are new."""
    took = []
    for _ in range(_ROUNDS):
        forget()
        start = process_time()
        groups: list[Hashable] = [group_of(_HEADERS, report.body).key for report in reports]
        took.append(_each(start, reports))
    return groups, min(took)


def again(reports: list[Labelled]) -> float:
    """The microseconds for a report whose texts were seen a moment ago."""
    few = reports[:_REMEMBERED]
    took = []
    for _ in range(_ROUNDS):
        seen = [group_of(_HEADERS, report.body) for report in few]
        start = process_time()
        for report in few:
            group_of(_HEADERS, report.body)
        took.append(_each(start, seen))
    return min(took)


def drain3(reports: list[Labelled]) -> tuple[list[Hashable], float]:
    """The cluster of each report's message with its service and level, as drain3 finds them."""
    from drain3 import TemplateMiner  # noqa: PLC0415 - is not there in every environment
    from drain3.template_miner_config import TemplateMinerConfig  # noqa: PLC0415

    config = TemplateMinerConfig()
    config.profiling_enabled = False
    read = [summarize(json.dumps(report.body)) for report in reports]
    took = []
    for _ in range(_ROUNDS):
        miner = TemplateMiner(config=config)
        start = process_time()
        clusters = [miner.add_log_message(each.message)["cluster_id"] for each in read]
        took.append(_each(start, reports))
    found = zip(read, clusters, strict=True)
    return [(each.service, each.level, cluster) for each, cluster in found], min(took)


def parsing(reports: list[Labelled]) -> float:
    """The microseconds for parsing the JSON of one report."""
    texts = [json.dumps(report.body) for report in reports]
    took = []
    for _ in range(_ROUNDS):
        start = process_time()
        for text in texts:
            json.loads(text)
        took.append(_each(start, reports))
    return min(took)


def _each(start: float, reports: list[Any]) -> float:
    return (process_time() - start) * _MICROSECONDS / len(reports)
