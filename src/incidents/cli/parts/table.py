"""Incidents as rows for people, cut to the width of their terminal."""

import json
import shutil
import unicodedata
from typing import Any

from incidents.support.terminal import visible

_HASH_DIGITS = 12

HEAD = f"{'ID':>10}  {'RECEIVED':20}  {'HASH':{_HASH_DIGITS}}  BODY"


def row(incident: dict[str, Any]) -> str:
    """One incident on one line, with nothing in it that a terminal would obey."""
    received = f"{incident['received_at'][:19]}Z"
    body = json.dumps(incident["body"], ensure_ascii=False)
    line = f"{incident['id']:>10}  {received:20}  {incident['hash'][:_HASH_DIGITS]}  {body}"
    return fitted(line)


def fitted(line: str) -> str:
    """The line, cut to the terminal, with nothing in it that a terminal would obey."""
    return _cut(visible(line).replace("\n", "\\n"), shutil.get_terminal_size().columns)


def _cut(text: str, columns: int) -> str:
    shown: list[str] = []
    width = 0
    for character in text:
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > columns:
            return "".join(shown[:-1]) + "…"
        shown.append(character)
    return "".join(shown)
