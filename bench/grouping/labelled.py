"""Reports of which is known what they are about."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import click

from bench.grouping.problems import problems
from bench.grouping.slots import Slots

_SEED = 1


class Labelled(NamedTuple):
    """A report's body, and the problem that it is about."""

    body: Any
    problem: str


def generated(count: int, *, half: int) -> list[Labelled]:
    """So many reports of every second problem, some reported a hundred times as often as others."""
    random = Random(_SEED + half)  # noqa: S311 - the same in every run
    known = list(problems().items())[half::2]
    random.shuffle(known)
    often = [1 / (1 + place) for place in range(len(known))]
    chosen = random.choices(known, often, k=count)
    return [Labelled(_filled(template, Slots(random)), name) for name, template in chosen]


def loghub(folder: Path) -> dict[str, list[Labelled]]:
    """The lines of each system of Loghub, in a clone of https://github.com/logpai/loghub."""
    files = sorted(folder.glob("*/*_2k.log_structured.csv"))
    if not files:
        raise click.ClickException(f"no *_2k.log_structured.csv in the folders of {folder}")
    return {file.parent.name: list(_lines(file)) for file in files}


def _lines(file: Path) -> Iterator[Labelled]:
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            service, level = row.get("Component", ""), row.get("Level", "")
            body = {"service": service, "level": level, "message": row["Content"]}
            yield Labelled(body, f"{service} {level} {row['EventId']}")


def _filled(template: Any, slots: Slots) -> Any:
    if isinstance(template, str):
        slots.clear()
        return template.format_map(slots)
    if isinstance(template, list):
        return [_filled(each, slots) for each in template]
    if isinstance(template, dict):
        return {name: _filled(value, slots) for name, value in template.items()}
    return template
