"""Refused reports: counted, logged, and kept for who is to look at them.

Who authorized a client reads and stores its report within `keeping`:

    async with rejections.keeping(client):
        …

What that raises is raised on. Without anything to refuse it costs nothing.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from incidents.core.errors import IncidentsError
from incidents.http.message.address import Addresses
from incidents.http.message.client import Client
from incidents.http.message.problem_details import detail_of, reason_of, status_of
from incidents.rejected.recorder import Recorder
from incidents.rejected.rejection import BODY_BYTES_MAX, STATUSES, Rejection
from incidents.support.metrics.metrics import REFUSED
from incidents.support.settings import Settings

# Who is refused by the head may not have sent the body yet.
_FIRST_BYTES_SECONDS = 0.1


class Rejections:
    """Knows what becomes of a report that is refused."""

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        self._recorder = recorder
        self._addresses = Addresses(settings)
        self._keeps_bodies = not settings.redacted_fields

    @asynccontextmanager
    async def keeping(self, client: Client) -> AsyncGenerator[None]:
        """Keeps the report of that client, who may report, when it is refused inside."""
        try:
            yield
        except IncidentsError as error:
            if status_of(error) in STATUSES:
                await client.wait_for_body(_FIRST_BYTES_SECONDS)
                body, is_whole = client.body_so_far()
                self.keep(client, error, body, is_whole=is_whole)
            raise

    def keep(
        self,
        client: Client,
        error: IncidentsError,
        body: bytes,
        *,
        is_whole: bool = True,
        part: str | None = None,
    ) -> None:
        """Counts, logs and keeps a report, or a part of one, if its error has such a status."""
        status = status_of(error)
        if status not in STATUSES:
            return
        reason = reason_of(error)
        REFUSED.add(1, reason)
        rejection = Rejection(
            received_at=datetime.now(UTC),
            status=status,
            detail=detail_of(error) if part is None else f"{part}: {detail_of(error)}",
            headers=client.scope["headers"],
            query=client.scope["query_string"],
            address=self._address(client.scope),
            key=client.key_name,
            body=body[:BODY_BYTES_MAX] if self._keeps_bodies else None,
            is_truncated=len(body) > BODY_BYTES_MAX or not is_whole,
            signature=client.signature,
        )
        self._recorder.record(rejection, reason)

    def _address(self, scope: Mapping[str, Any]) -> str | None:
        found = self._addresses.of(scope)
        return None if found is None else str(found).partition("%")[0]
