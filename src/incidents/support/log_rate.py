"""Limits the log: the first line of each kind is written at once, then their number once a minute.

Most warnings are caused by clients: refused keys, limits reached, broken bodies, slow finds. So no
client can fill the disk, whatever it sends.
"""

import copy
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SECONDS = 60.0

# More kinds than places in the code that log a warning. Beyond it, all lines count as one kind.
_KINDS_MAX = 256
_OTHER: "_Kind" = ("",)

_Kind = tuple[object, ...]


@dataclass(slots=True)
class _Counted:
    """When a line of this kind was last written, how many were not, and the last of these."""

    since: float
    count: int = 0
    last: logging.LogRecord | None = None


class LogRate:
    """Decides which lines are written, and counts the others."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[_Kind, _Counted] = {}
        self._due_at = math.inf

    def is_exceeded(self, record: logging.LogRecord) -> bool:
        """Whether a line of that kind was written in the last minute; if so, it is counted."""
        kind = _kind_of(record)
        if kind not in self._kinds and len(self._kinds) >= _KINDS_MAX:
            kind = _OTHER
        counted = self._kinds.get(kind)
        if counted is None:
            self._kinds[kind] = _Counted(self._clock())
            self._due_at = min(self._due_at, self._clock() + _SECONDS)
            return False
        counted.count += 1
        counted.last = record
        record.exc_info = None  # a traceback keeps all its variables alive
        return True

    def due(self, *, all_: bool = False) -> Iterator[logging.LogRecord]:
        """The last line of each kind whose minute is over, with the number of lines as `repeated`.

        With `all_`, of every kind that has counted lines.
        """
        now = self._clock()
        if now < self._due_at and not all_:
            return
        for kind, counted in list(self._kinds.items()):
            if now - counted.since >= _SECONDS or all_:
                del self._kinds[kind]
                if counted.last is not None:
                    yield _with_number(counted.last, counted.count)
                    self._kinds[kind] = _Counted(now)
        sinces = [counted.since for counted in self._kinds.values()]
        self._due_at = min(sinces, default=math.inf) + _SECONDS


def _kind_of(record: logging.LogRecord) -> _Kind:
    """Where it was logged, and the classes of its errors: nothing that a client can choose."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    errors = [type(each) for each in arguments if isinstance(each, BaseException)]
    raised = record.exc_info[0] if record.exc_info else None
    return (record.name, record.lineno, raised, *errors)


def _with_number(record: logging.LogRecord, count: int) -> logging.LogRecord:
    numbered = copy.copy(record)
    numbered.fields = {**getattr(record, "fields", {}), "repeated": count}
    return numbered
