"""GET /openapi.json: the description of the API (OpenAPI 3.1)."""

from importlib.resources import files

from falcon.asgi import Request, Response


class Description:
    """Serves the file `openapi.json` beside this one."""

    def __init__(self) -> None:
        self._text = files(__package__).joinpath("openapi.json").read_bytes()

    async def on_get(self, _: Request, resp: Response) -> None:
        """The description."""
        resp.content_type = "application/json"
        resp.data = self._text

    on_head = on_get
