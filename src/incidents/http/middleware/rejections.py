"""Rejected reports: counted, logged, and stored for their operators.

After authorization, a report is read and stored within `keeping`:

    async with rejections.keeping(client):
        …

Errors are raised again. Without an error this costs nothing.
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

# A client that is refused by its headers may not have sent its body yet.
_FIRST_BYTES_SECONDS = 0.1


class Rejections:
    """Handles reports that are refused."""

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        self._recorder = recorder
        self._addresses = Addresses(settings)
        self._keeps_bodies = not settings.redacted_fields

    @asynccontextmanager
    async def keeping(self, client: Client) -> AsyncGenerator[None]:
        """If the report of that client is refused in the block, it is stored."""
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
        """Counts, logs and stores a report, or a part of one, if its error has such a status."""
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
