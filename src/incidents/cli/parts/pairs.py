"""JSON objects as people type them: service=billing user:=42."""

import json
from collections.abc import Sequence

import click

from incidents.core.errors import NotJSON
from incidents.core.json_text import parse
from incidents.support.settings import NESTING_LEVELS_MAX


def is_pair(text: str) -> bool:
    """Whether it is name=value or name:=value, and not JSON."""
    return "=" in text and not text.lstrip().startswith(("{", "["))


def object_of(pairs: Sequence[str]) -> str:
    """The JSON object of pairs: name=value is a string, name:=value any JSON, unchanged.

    Bytes that are not UTF-8 become U+FFFD: a report of a program's output is better so than not at
    all. Raises click.UsageError.
    """
    return "{" + ", ".join(map(_member, map(_in_utf8, pairs))) + "}"


def _in_utf8(argument: str) -> str:
    return argument.encode(errors="surrogateescape").decode(errors="replace")


def _member(pair: str) -> str:
    name, _, value = pair.partition("=")
    if not name.rstrip(":"):
        raise click.UsageError(f"a name is missing before the = of {pair}")
    if not name.endswith(":"):
        return f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
    try:
        parse(value, NESTING_LEVELS_MAX)
    except NotJSON as error:
        raise click.UsageError(f"the value after := of {pair} is not JSON: {error}") from error
    return f"{json.dumps(name[:-1])}: {value}"
