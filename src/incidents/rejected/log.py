"""Logs refusals: the first of each reason and sender at once, then their number each minute.

During a flood a refusal costs one look-up: a line of the log costs half as much as a report.
"""

import asyncio
import logging
from dataclasses import dataclass

from incidents.rejected.rejection import Rejection

_SHOWN_CHARACTERS_MAX = 80
# Combinations of sender and reason with lines of their own; all others share some.
_KINDS_MAX = 64
_SECONDS = 60
_OTHERS = "others"

log = logging.getLogger(__name__)

_Kind = tuple[str, str]


@dataclass(slots=True)
class _Counted:
    """How many came since the last line of that kind, the last of them, and when it is due."""

    timer: asyncio.TimerHandle
    count: int = 0
    last: Rejection | None = None


class RefusalLog:
    """Bounded in lines and in memory. Needs a running event loop."""

    def __init__(self) -> None:
        self._kinds: dict[_Kind, _Counted] = {}

    def add(self, rejection: Rejection, reason: str) -> None:
        """Logs it, or counts it if one like it was logged within a minute."""
        kind = reason, rejection.key or rejection.address or "-"
        counted = self._kinds.get(kind)
        if counted is None and len(self._kinds) >= _KINDS_MAX:
            kind = reason, _OTHERS
            counted = self._kinds.get(kind)
        if counted is None:
            _write(rejection)
            self._kinds[kind] = _Counted(self._timer(kind))
        else:
            counted.count += 1
            counted.last = rejection

    def close(self) -> None:
        """Logs what was only counted."""
        for counted in self._kinds.values():
            counted.timer.cancel()
            _tell(counted)
        self._kinds.clear()

    def _timer(self, kind: _Kind) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(_SECONDS, self._look, kind)

    def _look(self, kind: _Kind) -> None:
        counted = self._kinds.pop(kind)
        if counted.count:
            _tell(counted)
            self._kinds[kind] = _Counted(self._timer(kind))


def _tell(counted: _Counted) -> None:
    if counted.last is not None:
        _write(counted.last, repeated=counted.count)


def _write(rejection: Rejection, **more: int) -> None:
    agent = dict(rejection.headers).get(b"user-agent", b"").decode("latin-1")
    said = {
        "status": int(rejection.status),
        "address": rejection.address,
        "key": rejection.key,
        "user_agent": agent[:_SHOWN_CHARACTERS_MAX],
        **more,
    }
    extra = {"fields": said, "is_rated": True}
    log.warning("a report was refused: %s", rejection.detail, extra=extra)
