"""GET /healthz and GET /readyz: for whoever starts, watches and balances servers."""

from falcon.asgi import Request, Response

from incidents.runtime import Runtime


class Health:
    """Says that the process lives."""

    async def on_get(self, _: Request, resp: Response) -> None:
        """Answers whatever the state of the database."""
        resp.media = {"status": "alive"}

    on_head = on_get


class Readiness:
    """Says whether a report could be stored now."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def on_get(self, _: Request, resp: Response) -> None:
        """200 when a report could be stored, 503 otherwise, which says what keeps it from that."""
        await self._runtime.fitness.check()
        resp.media = {"status": "ready"}

    on_head = on_get
