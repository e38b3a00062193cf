"""A form as browsers and older webhooks send it (application/x-www-form-urlencoded)."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

from incidents.core import json_text

# GitHub and Slack put their JSON into a field of this name.
_PAYLOAD = "payload"


def form_body(text: str) -> str:
    """The JSON text of a form: what its field `payload` holds, where that is JSON; else its fields.

    The fields are an object of strings, with an array of strings where a field came more than
    once. https://url.spec.whatwg.org/#application/x-www-form-urlencoded
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
    """As UTF-8, which it was taken for; as Latin-1 where it was not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape").decode("latin-1")
    return text
