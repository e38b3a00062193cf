"""GET /retention: whether what is too old is deleted, and why it is not."""

from falcon.asgi import Request, Response

from incidents.core.incident import rfc3339
from incidents.maintenance.retention import Retention


class RetentionResource:
    """Tells what the retention of this worker saw when it looked last."""

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
