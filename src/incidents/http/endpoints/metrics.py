"""GET /metrics: the metrics of all workers together, for Prometheus."""

from falcon.asgi import Request, Response

from incidents.runtime import Runtime


class MetricsResource:
    """Returns the metrics."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def on_get(self, _: Request, resp: Response) -> None:
        """Answers whatever the state of the database."""
        # Loaded by the first request, so that a server starts faster.
        from incidents.support.metrics.exposition import CONTENT_TYPE, exposition  # noqa: PLC0415

        self._runtime.measure()
        resp.content_type = CONTENT_TYPE
        resp.data = exposition()

    on_head = on_get
