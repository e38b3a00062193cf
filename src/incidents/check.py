"""Whether an incident is what was stored: its hash, recomputed."""

from incidents import json_text
from incidents.errors import NotJSON, OverLimit
from incidents.fingerprint import canonical, fingerprint
from incidents.incident import StoredIncident
from incidents.settings import NESTING_LEVELS_MAX


def recomputed_hash(incident: StoredIncident) -> bytes:
    """The hash of its headers and body as they came back, by the formula that anyone can use.

    Raises NotJSON or OverLimit when they are not what could have been stored.
    """
    headers = json_text.parse(incident.headers, NESTING_LEVELS_MAX)
    return fingerprint(canonical(headers), json_text.parse(incident.body, NESTING_LEVELS_MAX))


def fault_of(incident: StoredIncident) -> str | None:
    """What is wrong with it, to be shown; None when its hash is right."""
    try:
        recomputed = recomputed_hash(incident)
    except (NotJSON, OverLimit) as error:
        return f"its headers or body cannot be read: {error}"
    if recomputed != incident.hash:
        return f"its hash is {incident.hash.hex()}, its headers and body give {recomputed.hex()}"
    return None
