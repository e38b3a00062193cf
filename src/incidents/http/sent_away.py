"""Tells the log of requests that were sent away, without filling it."""

import logging
import time

log = logging.getLogger(__name__)


class SentAway:
    """Logs how many were sent away, and why the last one; once a second, however many."""

    def __init__(self, how: str) -> None:
        self._how = how
        self._count = 0
        self._logged_at = -1.0

    def report(self, why: str) -> None:
        """One more was sent away."""
        self._count += 1
        if time.monotonic() - self._logged_at >= 1:
            log.warning("%d requests were %s, the last %s", self._count, self._how, why)
            self._count = 0
            self._logged_at = time.monotonic()
