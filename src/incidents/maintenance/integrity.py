"""Whether an incident is unchanged: its hash is recomputed.

An incident from another system keeps that system's hash, so that it can be found by it. Its header
`Incidents-Imported` has both: that hash, and the one by our formula without this header. So any
change shows there too.
"""

from typing import Any

from incidents.core import json_text
from incidents.core.errors import NotJSON, OverLimit
from incidents.core.hashing import canonical, fingerprint
from incidents.support.settings import NESTING_LEVELS_MAX

IMPORTED = "Incidents-Imported"


def fault_of(headers: str, body: str, hash_: bytes) -> str | None:
    """What is wrong with an incident of these texts; None if its hash is right."""
    try:
        named = json_text.parse(headers, NESTING_LEVELS_MAX)
        value = json_text.parse(body, NESTING_LEVELS_MAX)
        recomputed = fingerprint(canonical(named), value)
        vouched_for = is_imported(named) and mark(named, value, hash_) == named[IMPORTED]
    except (NotJSON, OverLimit) as error:
        return f"its headers or body cannot be read: {error}"
    if recomputed != hash_ and not vouched_for:
        return f"its hash is {hash_.hex()}, its headers and body give {recomputed.hex()}"
    return None


def is_imported(headers: Any) -> bool:
    """Whether the headers say that the hash comes from another system."""
    return isinstance(headers, dict) and IMPORTED in headers


def mark(headers: dict[str, Any], value: Any, hash_: bytes) -> str:
    """The value of `Incidents-Imported` for an incident that keeps `hash_`.

    Raises OverLimit as `canonical` does.
    """
    own = {name: each for name, each in headers.items() if name != IMPORTED}
    return f"{hash_.hex()} {fingerprint(canonical(own), value).hex()}"
