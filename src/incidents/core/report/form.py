"""Forms, as browsers and older webhooks send them (application/x-www-form-urlencoded)."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

from incidents.core import json_text

# GitHub and Slack send their JSON in a field of this name.
_PAYLOAD = "payload"


def form_body(text: str) -> str:
    """The JSON text of a form: its field `payload` if that holds JSON, otherwise all its fields.

    The fields are an object of strings; a repeated field is an array of strings.
    https://url.spec.whatwg.org/#application/x-www-form-urlencoded
    """
    fields: dict[str, list[str]] = {}
    for name, value in _fields(text):
        fields.setdefault(name, []).append(value)
    payload = fields.get(_PAYLOAD, [])
    if len(payload) == 1 and json_text.is_json(payload[0]):
        return payload[0]
    joined = {name: each[0] if len(each) == 1 else each for name, each in fields.items()}
    return json.dumps(joined, ensure_ascii=False)


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        yield _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    """Decoded as UTF-8, or as Latin-1 if it is not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape").decode("latin-1")
    return text
