"""Which environment variables are settings: old names are refused, unknown ones reported."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from incidents.core.errors import CannotStart

ENV_PREFIX = "INCIDENTS_"

# Settings that were renamed, with their new names.
RENAMED = {
    "BULK_INCIDENTS_MAX": "BULK_LINES_MAX",
    "CLIENT_WAIT_SECONDS": "CLIENT_RETRY_SECONDS",
    "INTAKE_INCIDENTS_MAX": "INTAKE_REPORTS_MAX",
    "KEPT_HEADERS": "UNREDACTED_HEADERS",
    "KEYS_SECONDS_MAX": "KEY_CACHE_SECONDS_MAX",
    "SEARCH_TURN_SECONDS": "SEARCH_STAGGER_SECONDS",
}
_REMOVED = {
    "BATCH_BYTES_MAX",
    "BULK_BATCHES_MAX",
    "BULK_BYTES_MAX",
    "CLIENT_SECONDS_MAX",
    "HEADER_BYTES_MAX",
    "INTAKE_BYTES_MAX",
    "LOGINS_MAX",
    "MIGRATE_LOCK_SECONDS",
    "PAGE_INCIDENTS_MAX",
    "REFUSED_BYTES_MAX",
    "REFUSED_SECONDS_MAX",
    "RETENTION_BATCH_INCIDENTS",
    "RETRY_AFTER_SECONDS",
    "SEAL_AFTER_SECONDS",
    "SEARCH_ABSENCES_MAX",
    "SEARCH_BYTES_MAX",
    "SEARCH_WORK_MEM_BYTES",
    "SEND_SECONDS_MAX",
    "STREAMS_MAX",
    "STREAM_SECONDS_MAX",
    "TAIL_BUFFER_BYTES_MAX",
    "TAIL_BUFFER_INCIDENTS_MAX",
    "TAIL_BYTES_PER_SECOND_MAX",
    "TAIL_CONNECTIONS",
    "TAIL_HEARTBEAT_SECONDS",
    "TAIL_LATE_SECONDS_MAX",
    "TAIL_ORDER_SECONDS_MAX",
    "TAIL_POLL_SECONDS",
    "TIMELINE_BINS_MAX",
    "TIMELINE_SECONDS",
    "UNFINISHED_HEADERS_BYTES_MAX",
}
_CHANGED_IN = "0.1.0"

# Not settings: the command line, compose.yaml, ops/shell and the tests read these.
_OTHERS = re.compile(r"ENV_FILE|OUTPUT_BYTES|PUBLISHED_PORT|SENDER|TEST_\w+")

_SIMILARITY_MIN = 0.6


def names_in(env_file: Path) -> list[str]:
    """The names of the variables in an env file."""
    lines = env_file.read_text(encoding="utf-8")
    return re.findall(r"^\s*(?:export\s+)?(\w+)\s*=", lines, re.MULTILINE)


def refuse_old_names(names: Iterable[str]) -> None:
    """Returns if no old name is used. Raises CannotStart, which names the new one."""
    hints = []
    for name in sorted(names):
        old = _setting(name)
        if old in RENAMED:
            hints.append(f"{name} is now {ENV_PREFIX}{RENAMED[old]}: rename it")
        elif old in _REMOVED:
            hints.append(f"{name} was removed in {_CHANGED_IN}: delete it")
    if hints:
        raise CannotStart("settings: " + "; ".join(hints))


def unknown_names(names: Iterable[str], settings: Iterable[str]) -> list[str]:
    """A sentence for each name that looks like a setting but is none, with the nearest one."""
    known = [name.upper() for name in settings]
    sentences = []
    for name in sorted(names):
        setting = _setting(name)
        if setting is None or setting in known or _OTHERS.fullmatch(setting):
            continue
        near = get_close_matches(setting, known, 1, _SIMILARITY_MIN)
        hint = f"; did you mean {ENV_PREFIX}{near[0]}?" if near else ""
        sentences.append(f"{name} is not a setting and has no effect{hint}")
    return sentences


def _setting(name: str) -> str | None:
    upper = name.upper()
    return upper.removeprefix(ENV_PREFIX) if upper.startswith(ENV_PREFIX) else None
