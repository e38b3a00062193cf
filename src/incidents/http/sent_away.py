"""Tells the log of requests that were sent away, without filling it."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class SentAway:
    """Logs how many were sent away, and why the last one; once a second, however many."""

    def __init__(self, how: str) -> None:
        self._how = how
        self._count = 0
        self._logged_at = -1.0

    def report(self, why: Callable[[], str]) -> None:
        """One more was sent away; `why` is asked only for a line that is written."""
        self._count += 1
        if time.monotonic() - self._logged_at >= 1:
            log.warning("%d requests were %s, the last %s", self._count, self._how, why())
            self._count = 0
            self._logged_at = time.monotonic()
