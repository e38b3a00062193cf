"""The body decides what is taken, whatever the sender says that it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.core.errors import NotJSON, OverLimit, UnsupportedType
from incidents.core.incident import Body
from incidents.core.report.body import Bodies, check_type, read_bodies
from incidents.core.report.media_type import media_type

FORM = "application/x-www-form-urlencoded"
TYPES = ["", "application/json", "text/plain; charset=UTF-8", FORM, "application/xml", "x"]


def read(raw: bytes, content_type: str = "", *, split: bool = False) -> Bodies:
    return read_bodies(raw, media_type(content_type.encode()), 100, split=split)


def texts(raw: bytes, content_type: str = "", *, split: bool = False) -> list[str]:
    return [body.text for body in read(raw, content_type, split=split).bodies]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("raw", [b'{"a": 1.0}', b" [1, 2]\n", b'"text"', b"17", b"null"])
def test_json_is_taken_as_it_is_under_any_type(raw: bytes, content_type: str) -> None:
    assert read(raw, content_type) == Bodies([Body(raw.decode())], are_several=False)


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("raw", [b"", b" \r\n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_refused_under_any_type(raw: bytes, content_type: str) -> None:
    with pytest.raises(NotJSON, match="the body is empty"):
        read(raw, content_type)


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data; boundary=x", "image/png", "audio/ogg", "VIDEO/mp4", "application/zip"],
)
def test_files_are_refused_by_their_type(content_type: str) -> None:
    with pytest.raises(UnsupportedType, match="is not supported: send JSON"):
        check_type(media_type(content_type.encode()))


@pytest.mark.parametrize("content_type", TYPES)
def test_several_lines_of_objects_and_arrays_are_lines(content_type: str) -> None:
    raw = b'{"a": 1}\r\n\n  [2, 3] \n{"b": {}}'

    assert read(raw, content_type) == Bodies(
        [Body('{"a": 1}'), Body("[2, 3]"), Body('{"b": {}}')], are_several=True
    )


@pytest.mark.parametrize(
    "raw",
    [b'{"a": 1}\n17', b'{"a": 1}\ntext', b'{"a": 1}\n{"b": NaN}', b'{"a": 1} {"b": 2}', b"[1"],
)
def test_what_only_begins_like_json_is_refused_with_its_place(raw: bytes) -> None:
    for content_type in TYPES:
        with pytest.raises(NotJSON, match=r"line [12] column"):
            read(raw, content_type)


def test_a_byte_order_mark_is_skipped_and_kept_in_what_came() -> None:
    raw = b'\xef\xbb\xbf{"a": 1}'

    assert read(raw, "application/json") == Bodies([Body('{"a": 1}', raw)], are_several=False)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        *(("utf-16", "utf-16"), ("UTF-16LE", "utf-16-le"), ("utf-16be", "utf-16-be")),
        *(("ISO-8859-1", "latin-1"), ("iso-8859-15", "iso-8859-15"), ("windows-1252", "cp1252")),
        *(("US-ASCII", "utf-8"), ("utf-8", "utf-8"), ("unknown", "utf-8"), ("unknown", "latin-1")),
    ],
)
def test_a_charset_is_believed_and_else_guessed(charset: str, codec: str) -> None:
    raw = '{"name": "José"}'.encode(codec)

    [body] = read(raw, f'application/json; charset="{charset}"').bodies

    assert body.text == '{"name": "José"}'
    assert body.raw == (None if codec == "utf-8" else raw)


def test_the_lines_of_another_charset_keep_their_own_bytes() -> None:
    raw = '{"a": "é"}\n{"b": 1}\n'.encode("utf-16")

    assert read(raw, "text/plain; charset=utf-16").bodies == [
        Body(line, line.encode("utf-16-le")) for line in ('{"a": "é"}', '{"b": 1}')
    ]


def test_a_form_is_an_object_of_its_fields() -> None:
    raw = b"From=%2B49170&Body=disk+full&Media=a&Media=b&Empty=&Old=caf%E9"

    [body] = read(raw, f"{FORM}; charset=utf-8").bodies

    assert body.raw == raw
    assert json.loads(body.text) == {
        "From": "+49170",
        "Body": "disk full",
        "Media": ["a", "b"],
        "Empty": "",
        "Old": "café",
    }


def test_json_in_the_payload_of_a_form_is_the_body() -> None:
    raw = b"payload=%7B%22action%22%3A+%22opened%22%7D&x=1"

    assert read(raw, FORM).bodies == [Body('{"action": "opened"}', raw)]
    assert texts(b"payload=plain", FORM) == ['{"payload": "plain"}']
    assert texts(b"no fields", FORM) == ['"no fields"']


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/xml; charset=nonsense", "TEXT/html"]
)
def test_text_is_a_json_string(content_type: str) -> None:
    assert read(b'<a b="c">\x00</a>', content_type).bodies == [
        Body('"<a b=\\"c\\">\\u0000</a>"', b'<a b="c">\x00</a>')
    ]
    assert texts(b"caf\xe9", content_type) == ['"café"']


def test_text_of_another_type_is_refused() -> None:
    with pytest.raises(UnsupportedType, match="application/xml"):
        read(b"<a/>", "application/xml")
    with pytest.raises(NotJSON, match="line 1 column 1"):
        read(b"<a/>", "application/problem+json")


def test_gzip_that_is_not_said_to_be_gzip_is_named() -> None:
    with pytest.raises(NotJSON, match="Content-Encoding: gzip"):
        read(b"\x1f\x8b\x08\x00", "application/json")


def test_what_is_json_beyond_a_limit_is_not_taken_for_text() -> None:
    with pytest.raises(OverLimit):
        read(b"[" * 101 + b"]" * 101, "text/plain")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(
    st.lists(values, min_size=1, max_size=5),
    st.sampled_from([None, 1]),
    st.sampled_from(["all", "few"]),
)
def test_the_elements_of_an_array_are_the_texts_that_stand_there(
    elements: list[object], indent: int | None, escapes: str
) -> None:
    ascii_only = escapes == "all"
    written = [json.dumps(each, indent=indent, ensure_ascii=ascii_only) for each in elements]
    raw = (" [ " + " , ".join(written) + "\n]\t").encode(errors="surrogatepass")

    assert texts(raw, split=True) == written
    assert read(raw, split=False).are_several is False


def test_what_is_no_array_with_elements_is_not_split() -> None:
    for raw in (b"[]", b"{}", b'"[1]"', b"17"):
        assert texts(raw, split=True) == [raw.decode()]


@given(st.binary(min_size=1), st.sampled_from(TYPES))
def test_any_bytes_are_taken_or_refused_and_nothing_else(raw: bytes, content_type: str) -> None:
    try:
        bodies = read(raw, content_type).bodies
    except (NotJSON, OverLimit, UnsupportedType):
        return
    for body in bodies:
        json.loads(body.text)
