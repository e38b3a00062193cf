"""Bodies come in the codings that senders use, one at a time, and are bounded in each."""

import gzip
import json
import sys
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.core.errors import BadEncoding
from incidents.http.message.coding import PIECE_BYTES, Unpacker, coding_of
from tests.api import Api

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OpenApi = Callable[..., Awaitable[Api]]
BODY = json.dumps({"service": "billing", "log": ["x" * 40] * 2000}).encode()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def frame_of_window(data: bytes, log: int) -> bytes:
    packer = zstd.ZstdCompressor(options={int(zstd.CompressionParameter.window_log): log})
    return packer.compress(data) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "DEFLATE": raw_deflate,
    "zstd": zstd.compress,
    "zstd, identity": lambda data: zstd.compress(data[:100]) + zstd.compress(data[100:]),
    "utf-8, gzip": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]) + bytes(9),
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
async def test_each_coding_is_undone(shared_api: Api, name: str, content_type: str) -> None:
    headers = {"Content-Encoding": name, "Content-Type": content_type}

    result = await shared_api.request("POST", "/problems", PACKED[name](BODY), headers)

    assert result.status in (200, 201), result.text
    newest = f"/incidents/{await shared_api.newest()}"
    assert (await shared_api.get(newest)).json["body"] == json.loads(BODY)
    assert (await shared_api.get(f"{newest}/raw")).content == BODY


async def test_an_example_comes_in_a_coding_too(shared_api: Api) -> None:
    id_ = await shared_api.report(BODY)

    found = await shared_api.post(
        "/find", zstd.compress(b'{"service": "billing"}'), {"Content-Encoding": "zstd"}
    )

    assert found.json["incidents"][0]["id"] == id_


@pytest.mark.parametrize(
    "coding", ["br", "gzip, gzip", "gzip, zstd", "zstd, utf-8, deflate", "compress"]
)
async def test_others_and_several_are_refused_naming_those_that_are_taken(
    shared_api: Api, coding: str
) -> None:
    for content_type in ("application/json", "application/x-ndjson"):
        headers = {"Content-Encoding": coding, "Content-Type": content_type}
        result = await shared_api.request("POST", "/problems", b"{}", headers)

        assert result.status == 415
        assert result.headers["accept-encoding"] == "gzip, deflate, zstd"


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
async def test_a_bomb_is_cut_at_the_limit(open_api: OpenApi, name: str) -> None:
    api = await open_api(body_bytes_max=100_000)

    result = await api.post(
        "/problems", PACKED[name](b" " * 50_000_000), {"Content-Encoding": name}
    )

    assert result.status == 413
    assert (await api.get("/find?h=" + "0" * 64)).json["incidents"] == []


@pytest.mark.parametrize("name", ["gzip", "deflate", "DEFLATE", "zstd"])
@pytest.mark.parametrize("spoilt", [lambda b: b[:-3], lambda b: b"\x78\x9c!" + b, lambda _: b"{"])
async def test_what_is_cut_off_or_something_else_is_400(
    shared_api: Api, name: str, spoilt: Callable[[bytes], bytes]
) -> None:
    packed = spoilt(PACKED[name](BODY))

    result = await shared_api.post("/problems", packed, {"Content-Encoding": name})

    assert result.status == 400
    assert name.lower() in result.json["detail"]


async def test_nothing_stands_behind_deflate(shared_api: Api) -> None:
    result = await shared_api.post(
        "/problems", zlib.compress(b"{}") * 2, {"Content-Encoding": "deflate"}
    )

    assert result.status == 400
    assert "after the end" in result.json["detail"]


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
async def test_zeros_behind_gzip_are_padding_and_nothing_else_is(
    shared_api: Api, content_type: str
) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": content_type}
    packed = gzip.compress(BODY)

    padded = await shared_api.request("POST", "/problems", packed + b"\0" * 20_000, headers)
    id_ = await shared_api.newest()
    for behind in (b"\0" * 512 + packed, b"\0!", b"!"):
        result = await shared_api.request("POST", "/problems", packed + behind, headers)
        assert "gzip body" in result.text or "not gzip" in result.text

    assert padded.status in (200, 201), padded.text
    assert (await shared_api.get(f"/incidents/{id_}/raw")).content == BODY


async def test_a_frame_of_zstd_takes_no_more_than_8_mib(shared_api: Api) -> None:
    taken = await shared_api.post(
        "/problems", frame_of_window(BODY, 23), {"Content-Encoding": "zstd"}
    )
    refused = await shared_api.post(
        "/problems", frame_of_window(BODY, 24), {"Content-Encoding": "zstd"}
    )

    assert (taken.status, refused.status) == (201, 400)
    assert "too much memory" in refused.json["detail"]


async def test_members_without_end_are_refused(shared_api: Api) -> None:
    packed = zstd.compress(b"") * 1001 + zstd.compress(b"{}")

    result = await shared_api.post("/problems", packed, {"Content-Encoding": "zstd"})

    assert result.status == 400
    assert "1000 members" in result.json["detail"]


@pytest.mark.parametrize("name", ["gzip", "deflate", "DEFLATE", "zstd", "utf-8, gzip"])
@pytest.mark.parametrize("bytes_at_once", [1, 2, 999])
def test_it_may_come_in_pieces_of_any_size(name: str, bytes_at_once: int) -> None:
    coding = coding_of([name.encode()])
    assert coding is not None
    unpacker, packed = Unpacker(coding), PACKED[name](BODY)

    pieces = [
        piece
        for start in range(0, len(packed), bytes_at_once)
        for piece in unpacker.unpack(packed[start : start + bytes_at_once])
    ]
    unpacker.check_end()

    assert b"".join(pieces) == BODY
    assert max(map(len, pieces)) <= PIECE_BYTES


@given(st.lists(st.integers(0, 70_000), max_size=4), st.integers(1, 5000), st.binary(max_size=50))
@settings(max_examples=50, deadline=None)
def test_brotli_comes_out_in_bounded_pieces(runs: list[int], cut: int, end: bytes) -> None:
    body = b"".join(bytes([n % 7]) * n for n in runs) + end
    packed = brotli.compress(body)
    coding = coding_of([b"br"], takes_brotli=True)
    assert coding is not None
    unpacker = Unpacker(coding)

    pieces = [
        piece
        for at in range(0, len(packed), cut)
        for piece in unpacker.unpack(packed[at : at + cut])
    ]

    unpacker.check_end()
    assert b"".join(pieces) == body
    assert all(len(each) <= PIECE_BYTES for each in pieces)
    for wrong in (packed[:-1], packed + b"x", b"\xff" + packed):
        unpacker = Unpacker(coding)
        with pytest.raises(BadEncoding):  # noqa: PT012 - it may come out at the end
            list(unpacker.unpack(wrong))
            unpacker.check_end()


def test_a_bomb_of_brotli_is_held_in_pieces() -> None:
    packed = brotli.compress(b"\0" * 20_000_000, quality=1)
    coding = coding_of([b"br"], takes_brotli=True)
    assert coding is not None

    tracemalloc.start()
    first = [piece for piece, _ in zip(Unpacker(coding).unpack(packed), range(100), strict=False)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert {len(each) for each in first} == {PIECE_BYTES}
    assert peak < 4_000_000
