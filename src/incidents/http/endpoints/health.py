"""GET /healthz and GET /readyz: liveness and readiness."""

from falcon.asgi import Request, Response

from incidents.runtime import Runtime


class Health:
    """Answers while the process lives."""

    async def on_get(self, _: Request, resp: Response) -> None:
        """Answers 200 whatever the state of the database."""
        resp.media = {"status": "alive"}

    on_head = on_get


class Readiness:
    """Tells whether a report could be stored now."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def on_get(self, _: Request, resp: Response) -> None:
        """200 if a report could be stored, otherwise 503 with the reason."""
        await self._runtime.fitness.check()
        resp.media = {"status": "ready"}

    on_head = on_get
