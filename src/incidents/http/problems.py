"""POST /problems: a report comes in."""

from datetime import UTC, datetime

from falcon import HTTP_201
from falcon.asgi import Request, Response

from incidents.errors import HeadersTooLarge
from incidents.http.body import read_json_body
from incidents.incident import make_incident, stored_headers
from incidents.intake.intake import Intake
from incidents.settings import Settings


class Problems:
    """Takes reports."""

    def __init__(self, intake: Intake, settings: Settings) -> None:
        self._intake = intake
        self._settings = settings
        self._redacted = frozenset(name.lower().encode() for name in settings.redacted_headers)

    async def on_post(self, req: Request, resp: Response) -> None:
        """Answers when the incident is on disk."""
        with self._intake.place() as place:
            raw = await read_json_body(req, place, self._settings)
            place.grow(_size_of_headers(req, self._settings.header_bytes_max))
            headers = stored_headers(req.scope["headers"], self._redacted)
            incident = make_incident(
                headers, raw, datetime.now(UTC), self._settings.nesting_levels_max
            )
            id_ = await self._intake.store(incident)
        resp.status = HTTP_201
        resp.set_header("Location", f"/incidents/{id_}")
        resp.content_type = "application/json"
        resp.text = f'{{"hash": "{incident.hash.hex()}"}}'


def _size_of_headers(req: Request, limit: int) -> int:
    size = sum(len(name) + len(value) for name, value in req.scope["headers"])
    if size > limit:
        raise HeadersTooLarge(f"the headers have {size} bytes; at most {limit} are taken")
    return size
