"""GET /retention: whether expired incidents are deleted, and if not, why."""

from falcon.asgi import Request, Response

from incidents.core.incident import rfc3339
from incidents.maintenance.retention import Retention


class RetentionResource:
    """Returns what the retention of this worker saw at its last look."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention

    async def on_get(self, _: Request, resp: Response) -> None:
        """Answers whatever the state of the database."""
        observed = self._retention.observed
        until = observed.waits_until
        resp.media = {
            "state": observed.trust.value if self._retention.is_set else "off",
            "reason": observed.reason,
            "until": until and rfc3339(until),
        }

    on_head = on_get
