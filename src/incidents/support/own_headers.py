"""The headers that are stored: those of the request, and those that the server adds."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from incidents.core.api_key import holds_key
from incidents.core.hashing import canonical
from incidents.core.incident import OWN_PREFIX, REDACTED, header_name, header_value, stored_headers
from incidents.core.report.query import QUERY, Values
from incidents.core.report.secret_headers import SecretHeaders
from incidents.support.settings import Settings

# The header with the name of the report's API key.
KEY = "Incidents-Key"
# The header with the result of the signature check: valid, invalid or missing.
SIGNATURE = "Incidents-Signature"

_NOTHING: Values = {}

# A sender uses the same header names in each request. So many lists of names are cached; longer
# lists are not, so that a client that invents names cannot fill the memory.
_LAYOUTS_MAX = 512
_NAMES_BYTES_MAX = 2048

# A separator that no name contains, and that ends every key.
_BREAK = b"\n"


class _Layout(NamedTuple):
    """How headers with certain names are written, whatever their values.

    `places` are the indices of the values that `template` takes, in its order. The server's own
    values are inserted among them, from index `own_at`.
    """

    template: str
    places: Sequence[int]
    own_at: int


class OwnHeaders:
    """Writes the stored headers. `secret` has the lower-case names of the redacted ones."""

    def __init__(self, settings: Settings) -> None:
        self.secret = SecretHeaders(settings.redacted_headers, settings.unredacted_headers)
        self._layout_of = lru_cache(maxsize=_LAYOUTS_MAX)(self._lay_out)

    def text(
        self,
        sent: Sequence[tuple[bytes, bytes]],
        key_name: str | None,
        parameters: Values = _NOTHING,
        signature: str | None = None,
    ) -> str:
        """The canonical text. Without key, parameters or signature nothing is added."""
        own: dict[str, Any] = {}
        if key_name is not None:
            own[KEY] = key_name
        if parameters:
            own[QUERY] = parameters
        if signature is not None:
            own[SIGNATURE] = signature
        by_layout = self._by_layout(sent, own)
        if by_layout is not None:
            return by_layout
        return canonical({**stored_headers(sent, self.secret), **own})

    def _by_layout(self, sent: Sequence[tuple[bytes, bytes]], own: dict[str, Any]) -> str | None:
        """The same in half the time; None without a cached layout, or if a value has an API key."""
        names = _BREAK.join([name for name, _ in sent])
        if len(names) > _NAMES_BYTES_MAX:
            return None
        layout = self._layout_of(names, *own)
        if layout is None:
            return None
        values = [sent[place][1] for place in layout.places]
        if holds_key(_BREAK.join(values)):
            return None
        texts = [canonical(header_value(value)) for value in values]
        texts[layout.own_at : layout.own_at] = map(canonical, own.values())
        return layout.template % tuple(texts)

    def _lay_out(self, names: bytes, *own: str) -> _Layout | None:
        """The layout for these names; None if one is repeated or contains a key, or there are none.

        The server's own headers are adjacent when sorted, because names of clients with the same
        prefix are dropped.
        """
        raw = names.split(_BREAK)
        kept = [place for place, name in enumerate(raw) if not name.startswith(OWN_PREFIX)]
        places = {header_name(raw[place]): place for place in kept}
        if not names or len(places) < len(kept) or REDACTED in places:
            return None
        redacted = {name for name, place in places.items() if raw[place] in self.secret}
        written = sorted([*places, *own])
        shown = [name for name in written if name not in redacted]
        entries = [
            f"{canonical(name)}: ".replace("%", "%%")
            + (canonical(REDACTED) if name in redacted else "%s")
            for name in written
        ]
        return _Layout(
            template="{" + ", ".join(entries) + "}",
            places=[places[name] for name in shown if name in places],
            own_at=shown.index(own[0]) if own else 0,
        )
