"""The text of an incident's headers: that of what is stored, whichever way it is made."""

import json
from base64 import b64encode
from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from incidents.core.api_key import PREFIX
from incidents.core.hashing import canonical
from incidents.core.incident import stored_headers
from incidents.support.own_headers import _LAYOUTS_MAX, _NAMES_BYTES_MAX, OwnHeaders
from incidents.support.settings import Settings

Sent = Sequence[tuple[bytes, bytes]]

HEADERS = OwnHeaders(Settings())
KEY = (PREFIX + "0123456789abcdef" * 4).encode()

NAMES = st.sampled_from(
    [
        *(b"host", b"hos", b"hos!", b"host-a", b"te", b"%s", b"100%", b"x-a", b"incidents-key"),
        *(b"cookie", b"x-token", b"x-forwarded-for", b"x-" + KEY, b"idempotency-key"),
    ]
)
VALUES = st.binary(max_size=9) | st.sampled_from(
    [
        *(b"", b"%", b"%2", b"%69", b"%s", b"a=b", b'"\\', b"\xff", KEY, KEY[:30], KEY[:9]),
        *(b"%69" + KEY[1:20], b"%2569" + KEY[1:20], b64encode(b"me:" + KEY)),
    ]
)
KEY_NAMES = st.none() | st.just("billing")
PARAMETERS = st.sampled_from([{}, {"a": "100%"}, {"b": ["1", "2"], "a": "ü"}])
SIGNATURES = st.none() | st.just("valid")


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6), KEY_NAMES, PARAMETERS, SIGNATURES)
@example([], None, {}, None)
@example([(b"host", b"%"), (b"te", b"69ncidents_key_0")], None, {}, None)
@example([(b"x" * (_NAMES_BYTES_MAX + 1), b"a")], "billing", {}, None)
def test_the_text_is_the_canonical_one_of_what_is_stored(
    sent: Sent, key_name: str | None, parameters: dict[str, str | list[str]], signature: str | None
) -> None:
    own = {
        "Incidents-Key": key_name,
        "Incidents-Query": parameters or None,
        "Incidents-Signature": signature,
    }
    added = {name: value for name, value in own.items() if value is not None}
    stored = {**stored_headers(sent, HEADERS.secret), **added}

    for _ in range(2):  # the second time the names are known
        assert HEADERS.text(sent, key_name, parameters, signature) == canonical(stored)


def test_no_more_layouts_are_kept_than_there_is_room_for() -> None:
    headers = OwnHeaders(Settings())
    for number in range(2 * _LAYOUTS_MAX):
        sent = [(b"x-%d" % number, b"1")]
        assert json.loads(headers.text(sent, None)) == {f"X-{number}": "1"}

    assert headers._layout_of.cache_info().currsize == _LAYOUTS_MAX

    kept = headers._layout_of.cache_info()
    headers.text([(b"x" * (_NAMES_BYTES_MAX + 1), b"1")], None)
    assert headers._layout_of.cache_info() == kept
