"""Headers whose values are secrets, by their names."""

import re
from collections.abc import Container, Iterable

_SECRET = re.compile(
    rb"cookie|set-cookie"
    rb"|.*(?:token|secret|password|api-key|apikey|credential).*"
    rb"|.*(?:-auth|-key|authorization)"
)
# Signatures and identifiers: knowing them gives no access.
_HARMLESS = re.compile(rb".*signature.*|.*idempotency-key|x-event-key|incidents-key|postman-token")


class SecretHeaders(Container[bytes]):
    """Contains the lower-case names of the headers whose values are never stored.

    `added` are further secret names; `exempt` names are not secret although they look so.
    """

    def __init__(self, added: Iterable[str], exempt: Iterable[str]) -> None:
        self._known = {name.lower().encode(): True for name in added}
        self._known |= {name.lower().encode(): False for name in exempt}

    def __contains__(self, name: object) -> bool:
        assert isinstance(name, bytes)
        known = self._known.get(name)
        if known is not None:
            return known
        return _SECRET.fullmatch(name) is not None and _HARMLESS.fullmatch(name) is None
