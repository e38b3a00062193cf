"""The headers that an incident is stored with: those that came, and those that the server adds."""

from collections.abc import Sequence

from incidents.incident import headers_text, stored_headers
from incidents.report.query import QUERY, Values
from incidents.report.secret_headers import SecretHeaders
from incidents.settings import Settings

# The header that has the name of the key that a report came with.
KEY = "Incidents-Key"
# The header that says what the signature of a report is worth.
SIGNATURE = "Incidents-Signature"

_NOTHING: Values = {}


class OwnHeaders:
    """Makes their text. `secret` has the lower-case names of the headers that are redacted."""

    def __init__(self, settings: Settings) -> None:
        self.secret = SecretHeaders(settings.redacted_headers, settings.kept_headers)

    def text(
        self,
        sent: Sequence[tuple[bytes, bytes]],
        key_name: str | None,
        parameters: Values = _NOTHING,
        signature: str | None = None,
    ) -> str:
        """The canonical text; without key, parameters or signature nothing is added."""
        stored = stored_headers(sent, self.secret)
        if key_name is not None:
            stored[KEY] = key_name
        if signature is not None:
            stored[SIGNATURE] = signature
        return headers_text(stored, {QUERY: parameters} if parameters else {})
