"""POST /gelf: Graylog's senders report here."""

import gzip
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from itertools import product

from tests.api import Api
from tests.served import Served

MESSAGE = b'{"version": "1.1", "host": "shop-1", "short_message": "disk full", "level": 3}'

# It packs with zlib, says that it is `gzip,deflate`, and waits for no answer.
PROGRAM = """
import logging, sys
from pygelf import GelfHttpHandler

handler = GelfHttpHandler(host="127.0.0.1", port=int(sys.argv[1]), _service="shop")
handler.headers["Authorization"] = "Bearer KEY"
logging.getLogger().addHandler(handler)
logging.error("card %s", "declined")
"""


def test_a_real_sender_reports(serve_here: Callable[..., Served]) -> None:
    server = serve_here()

    subprocess.run([sys.executable, "-c", PROGRAM, str(server.port)], check=True)

    ends = time.monotonic() + 60
    while not (found := server.find({"short_message": "card declined", "_service": "shop"})):
        assert time.monotonic() < ends
    assert found[0]["level"] == 3


async def test_the_body_says_how_it_is_packed(api: Api) -> None:
    said: tuple[dict[str, str], ...] = (
        {},
        {"Content-Encoding": "gzip,deflate"},
        {"Content-Type": "text/plain"},
    )
    packs: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.compress, zlib.compress)
    for pack, headers in product(packs, said):
        result = await api.request("POST", "/gelf?source=a", pack(MESSAGE), headers)
        assert (result.status, set(result.json)) == (202, {"hash"})
        assert (await api.get(f"{result.headers['location']}/raw")).content == MESSAGE
    by_url = {"Incidents-Query": {"source": "a"}, "short_message": "disk full", "level": 3}
    assert await api.find(by_url) == [9, 8, 7, 6, 5, 4, 3, 2, 1]


async def test_several_messages_in_lines_are_several_incidents(api: Api) -> None:
    result = await api.request("POST", "/gelf", MESSAGE + b"\n" + MESSAGE + b"\n")

    assert (result.status, result.content) == (202, b"")
    assert await api.find({"host": "shop-1"}) == [2, 1]
    deep = b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}"
    result = await api.request("POST", "/gelf", MESSAGE + b"\n" + deep + b"\n")
    assert result.status == 422
    assert len(await api.find({"host": "shop-1"})) == 3


NO_MESSAGES = (
    b"",
    b"disk full",
    MESSAGE + b"\nno JSON",
    b"\x1f\x8bno gzip",
    gzip.compress(b"{}", mtime=0)[:9],
)


async def test_what_is_no_message_is_refused(api: Api) -> None:
    for body in NO_MESSAGES:
        result = await api.request("POST", "/gelf", body)

        assert result.status == 400, body
        assert result.json["detail"]
    assert await api.find({}) == []


async def test_what_unpacks_to_too_much_is_cut_at_the_limit(api: Api) -> None:
    result = await api.request("POST", "/gelf", gzip.compress(b" " * 2_000_000))

    assert result.status == 413
