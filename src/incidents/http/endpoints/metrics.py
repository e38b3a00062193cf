"""GET /metrics: what Prometheus asks for, of all workers together."""

from falcon.asgi import Request, Response

from incidents.runtime import Runtime


class MetricsResource:
    """Tells what was counted."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def on_get(self, _: Request, resp: Response) -> None:
        """Answers whatever the state of the database."""
        # Loaded by the first who asks: a server is ready the sooner.
        from incidents.support.metrics.exposition import CONTENT_TYPE, exposition  # noqa: PLC0415

        self._runtime.measure()
        resp.content_type = CONTENT_TYPE
        resp.data = exposition()

    on_head = on_get
