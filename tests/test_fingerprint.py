import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.core.errors import OverLimit
from incidents.core.hashing import canonical, fingerprint
from tests.oracle import recomputed_hash

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

HEADERS_13 = {
    "Host": "127.0.0.1:8000",
    "Accept": "*/*",
    "Connection": "keep-alive",
    "User-Agent": "PostmanRuntime/7.43.3",
    "Content-Type": "application/json",
    "Cache-Control": "no-cache",
    "Postman-Token": "6275425b-2b61-46c8-99ea-eac7dd0069fc",
    "Content-Length": "37",
    "Accept-Encoding": "gzip, deflate, br",
}
HASH_13 = "63bd7bae826f1198cd7710c7441a0c844b1f23ebad4a0dd8df28dfd968a56ddd"


def test_the_first_incident_that_the_original_shows_has_the_hash_shown() -> None:
    body = {"some": {"unique": {"field": 1337}}}

    assert fingerprint(canonical(HEADERS_13), body).hex() == HASH_13


@given(json_values, st.dictionaries(st.text(), st.text(), max_size=4))
def test_anyone_can_recompute_it(body: object, headers: dict[str, str]) -> None:
    incident = {"headers": headers, "body": body}

    assert fingerprint(canonical(headers), body).hex() == recomputed_hash(incident)


@given(json_values, st.randoms())
def test_the_order_of_keys_does_not_change_it(body: object, random: object) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            items = [(key, shuffled(each)) for key, each in value.items()]
            random.shuffle(items)  # type: ignore[attr-defined]
            return dict(items)
        return [shuffled(each) for each in value] if isinstance(value, list) else value

    assert fingerprint("{}", body) == fingerprint("{}", shuffled(body))


def test_one_number_that_no_double_holds_is_refused() -> None:
    with pytest.raises(OverLimit, match="double"):
        fingerprint("{}", json.loads("[1, 1e400]"))
