"""A line of an export holds an incident character by character."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.core.errors import BadLine
from incidents.core.hashing import canonical
from incidents.core.incident import Incident, StoredIncident, make_incident, rfc3339
from incidents.maintenance.export_line import members, read_line, write_line
from tests.test_verify import HARD

AT = datetime(2026, 11, 23, 3, 46, 0, 123456, tzinfo=UTC)
HEADERS = {"Host": "é", "X-Quote": '"\\'}


def stored(raw: bytes, id_: int = 13) -> tuple[Incident, StoredIncident]:
    made = make_incident(canonical(HEADERS), raw, AT, 100)
    return made, StoredIncident(id_, AT, made.hash, made.headers, made.body)


JSON_TEXTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
).flatmap(
    lambda value: st.sampled_from(
        [
            json.dumps(value).encode(),
            json.dumps(value, indent=1).encode(),
            b"\t" + json.dumps(value, indent="\t").replace("\n", "\r\n").encode() + b" \n",
        ]
    )
)


@given(JSON_TEXTS)
def test_any_incident_comes_back_from_its_line_as_it_was(raw: bytes) -> None:
    made, incident = stored(raw)

    line = write_line(incident)

    assert "\n" not in line
    assert read_line(line) == (13, made)


@pytest.mark.parametrize("raw", HARD)
def test_what_is_hard_to_keep_is_kept(raw: bytes) -> None:
    made, incident = stored(raw)

    assert read_line(write_line(incident)) == (13, made)


@pytest.mark.parametrize("raw", HARD)
def test_a_line_is_json_that_other_programs_can_read(raw: bytes) -> None:
    _, incident = stored(raw)

    read = json.loads(write_line(incident))

    assert read["body"] == json.loads(raw)
    assert (read["id"], read["received_at"]) == (13, rfc3339(AT))


def changed(**members_: object) -> str:
    _, incident = stored(b'{"a": 1}')
    line = {**json.loads(write_line(incident)), **members_}
    return json.dumps({name: value for name, value in line.items() if value is not None})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{", "not a JSON object"),
        ('{"a" 1}', "not a JSON object"),
        ('{"a": 1,}', "not a JSON object"),
        ("{1: 1}", "not a JSON object"),
        ('{"a": 1} 2', "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"a": ' + "[" * 100_000, "not a JSON object"),
        ("{}", "no id and no hash"),
        (changed(body=None, headers=None), "no body and no headers"),
        (changed(body={"a": 2}), "not what was exported"),
        (changed(headers={}), "not what was exported"),
        (changed(headers=[]), "not an object"),
        (changed(hash="00" * 32), "not what was exported"),
        (changed(hash="zz"), "64 hexadecimal"),
        (changed(hash=1), "not a string"),
        (changed(id=0), "a whole number from 1"),
        (changed(id=1.5), "a whole number from 1"),
        (changed(id=2**62 + 1), "a whole number from 1"),
        (changed(received_at="yesterday"), "received_at"),
        (changed(received_at="2026-11-23T03:46:00"), "received_at"),
        (changed(body_text="{"), "not JSON"),
        (changed(body_text='{"a": 2}'), "not what was exported"),
    ],
)
def test_what_is_no_line_of_an_export_is_said(line: str, said: str) -> None:
    with pytest.raises(BadLine, match=said):
        read_line(line)


def test_members_are_the_very_texts() -> None:
    assert members(' {"a" : 1.00 ,"b":[ 1 ] , "a":"\\u0000"} ') == {"a": '"\\u0000"', "b": "[ 1 ]"}
    assert members("{}") == {}


def test_a_line_that_was_formatted_anew_is_read_as_well() -> None:
    made, incident = stored(b'{"a": 1}')
    line = json.dumps(json.loads(write_line(incident)), separators=(",", ":"))

    _, read = read_line(line)

    assert read.hash == made.hash
    assert canonical(json.loads(read.headers)) == made.headers
