"""Refused reports: counted, logged, and kept for who is to look at them.

Who authorized a client reads and stores its report within `keeping`:

    async with rejections.keeping(client):
        …

What that raises is raised on. Without anything to refuse it costs nothing.
"""

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from incidents.errors import IncidentsError
from incidents.http.address import Addresses
from incidents.http.client import Client
from incidents.http.errors import detail_of, reason_of, status_of
from incidents.metrics.metrics import REFUSED
from incidents.rejected.recorder import Recorder
from incidents.rejection import BODY_BYTES_MAX, STATUSES, Rejection
from incidents.settings import Settings

# Who is refused by the head may not have sent the body yet.
_FIRST_BYTES_SECONDS = 0.1
_SHOWN_CHARACTERS_MAX = 80
# So many senders have lines of their own in a minute's log, for each of their reasons.
_SENDERS_MAX = 64
_MINUTE_SECONDS = 60
_OTHERS = "others"

log = logging.getLogger(__name__)


class Rejections:
    """Knows what becomes of a report that is refused."""

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        self._recorder = recorder
        self._addresses = Addresses(settings)
        self._keeps_bodies = not settings.redacted_fields
        self._senders: dict[tuple[str, str], float] = {}

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
        self._log(reason, rejection)
        self._recorder.record(rejection)

    def _address(self, scope: Mapping[str, Any]) -> str | None:
        found = self._addresses.of(scope)
        return None if found is None else str(found).partition("%")[0]

    def _log(self, reason: str, rejection: Rejection) -> None:
        """The first of each reason and sender at once, and then how many, once a minute."""
        sender = rejection.key or str(rejection.address)
        agent = dict(rejection.headers).get(b"user-agent", b"").decode("latin-1")
        log.warning(
            "a report was refused: %s",
            rejection.detail,
            extra={
                "kind": self._kind(reason, sender),
                "fields": {
                    "status": int(rejection.status),
                    "address": rejection.address,
                    "key": rejection.key,
                    "user_agent": agent[:_SHOWN_CHARACTERS_MAX],
                },
            },
        )

    def _kind(self, reason: str, sender: str) -> tuple[str, str]:
        now, kind = monotonic(), (reason, sender)
        if kind not in self._senders:
            if len(self._senders) >= _SENDERS_MAX:
                young = now - _MINUTE_SECONDS
                self._senders = {each: at for each, at in self._senders.items() if at > young}
            if len(self._senders) >= _SENDERS_MAX:
                return reason, _OTHERS
            self._senders[kind] = now
        return kind
