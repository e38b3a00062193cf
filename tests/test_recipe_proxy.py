"""ops/nginx and ops/caddy: real proxies with TLS before a real server, where they are installed."""

import gzip
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import trustme

from incidents.auth.key_table import KeyTable
from tests.keys import basic, bearer, make
from tests.ports import free_port
from tests.served import Served

OPS = Path(__file__).parents[1] / "ops"
SECONDS_MAX = 60
NAME = "incidents.example"


@dataclass
class Proxied:
    """A server, and the proxy in front of it."""

    by: str
    port: int
    authority: Path

    @contextmanager
    def client(self, *, http2: bool = False) -> Iterator[httpx2.Client]:
        """Asks for NAME, whose address is this machine's."""
        trust = ssl.create_default_context(cafile=str(self.authority))
        with httpx2.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"Host": f"{NAME}:{self.port}"},
            verify=trust,
            http1=not http2,
            http2=http2,
            trust_env=False,
            timeout=SECONDS_MAX,
        ) as opened:
            yield opened


def replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert re.search(old, text), old
        text = re.sub(old, new, text)
    return text


def nginx(folder: Path, upstream: int, tls: int, clear: int) -> list[str]:
    site = replaced(
        (OPS / "nginx" / "incidents.conf").read_text(),
        {
            r"127\.0\.0\.1:8000": f"127.0.0.1:{upstream}",
            r"listen 443": f"listen 127.0.0.1:{tls}",
            r"listen 80": f"listen 127.0.0.1:{clear}",
            r" +listen \[::\].*\n": "",
            r"/etc/ssl/incidents/": f"{folder}/",
        },
    )
    (folder / "site.conf").write_text(site)
    folders = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"{'user root;' if os.geteuid() == 0 else ''}\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{folders}\ninclude {folder}/site.conf;\n}}\n"
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, upstream: int, tls: int, clear: int) -> list[str]:
    # A certificate of the test's, where Caddy would get its own.
    site = replaced(
        (OPS / "caddy" / "Caddyfile").read_text(),
        {
            r"127\.0\.0\.1:8000": f"127.0.0.1:{upstream}",
            r"^incidents\.example \{": f"https://{NAME}:{tls}, https://127.0.0.1:{tls} {{\n"
            f"tls {folder}/chain.pem {folder}/key.pem",
        },
    )
    # As root it would have the whole machine trust an authority that it makes.
    options = f"admin off\nhttp_port {clear}\nskip_install_trust"
    (folder / "Caddyfile").write_text(f"{{\n{options}\n}}\n{site}")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def needs(program: str) -> pytest.MarkDecorator:
    there = shutil.which(program) or Path(f"/usr/sbin/{program}").exists()
    return pytest.mark.skipif(not there, reason=f"needs {program}: apt-get install {program}")


@pytest.fixture(
    params=[pytest.param(each, marks=needs(each.__name__)) for each in (nginx, caddy)],
    ids=["nginx", "caddy"],
)
def proxied(
    request: pytest.FixtureRequest,
    serve_here: Callable[..., Served],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Proxied]:
    monkeypatch.setenv("INCIDENTS_TRUSTED_PROXIES", "127.0.0.1")
    server = serve_here()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    issued = authority.issue_cert("127.0.0.1", NAME)
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(tmp_path / "chain.pem", append=True)
    tls, clear = free_port(), free_port()
    command = request.param(tmp_path, server.port, tls, clear)
    trusted_before = trusted_by_the_machine()
    own = {name: str(tmp_path) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own})
    try:
        proxied = Proxied(request.param.__name__, tls, tmp_path / "authority.pem")
        _until_it_answers(proxied, process, tmp_path / "log")
        yield proxied
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS_MAX)
    assert trusted_by_the_machine() == trusted_before


def trusted_by_the_machine() -> set[Path]:
    """The certificates that every program here trusts: no test may change them."""
    folders = map(Path, ("/usr/local/share/ca-certificates", "/etc/ssl/certs"))
    return {file for folder in folders for file in folder.glob("*")}


def _until_it_answers(proxied: Proxied, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """A port that listens may still be without its certificate."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        try:
            with proxied.client() as http:
                http.get("/healthz")
        except httpx2.TransportError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


@pytest.fixture
async def keys(table: KeyTable) -> dict[str, str]:
    """Made before the server starts: it need not learn of them."""
    return {scope: await make(table, scope) for scope in ("report", "read")}


def test_reports_come_through_as_they_were_sent(keys: dict[str, str], proxied: Proxied) -> None:
    body = '{"über": "tls",  "n": 1.00}'.encode()
    for http2 in (False, True):
        with proxied.client(http2=http2) as http:
            json_type = {"Content-Type": "application/json"}
            plain = http.post(
                "/problems", content=body, headers={**bearer(keys["report"]), **json_type}
            )
            packed = http.post(
                "/problems",
                content=gzip.compress(body),
                headers={**basic(f":{keys['report']}"), **json_type, "Content-Encoding": "gzip"},
            )
            refused = http.post("/problems", content=body, headers=json_type)
            broken = http.post(
                "/problems", content=b"{", headers={**bearer(keys["report"]), **json_type}
            )
            shown = http.get(plain.headers["Location"], headers=bearer(keys["read"]))

        assert (plain.status_code, packed.status_code) == (201, 201)
        assert plain.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
        assert b'"body": ' + body + b', "headers": {' in shown.content
        assert shown.json()["headers"]["Host"] == f"{NAME}:{proxied.port}"
        assert shown.json()["headers"]["X-Forwarded-For"] == "127.0.0.1"
        assert shown.json()["headers"]["X-Forwarded-Proto"] == "https"
        assert "Connection" not in shown.json()["headers"]
        assert refused.status_code == 401
        assert broken.status_code == 400
        assert broken.headers["Content-Type"] == "application/problem+json"


def test_the_page_logs_in_and_other_pages_get_nowhere(
    keys: dict[str, str], proxied: Proxied
) -> None:
    own, foreign = f"https://{NAME}:{proxied.port}", "https://evil.example"
    with proxied.client(http2=True) as http:
        given = http.post("/login", json={"key": keys["read"]}, headers={"Origin": own})
        cookie = given.headers["Set-Cookie"]
        sent = {"Cookie": cookie.partition(";")[0]}
        mine = http.post("/find", json={}, headers={**sent, "Origin": own})
        theirs = http.post("/find", json={}, headers={**sent, "Origin": foreign})
        page = http.get("/")

    assert given.status_code == 204
    assert "Secure" in cookie.split("; ")
    assert (mine.status_code, theirs.status_code, page.status_code) == (200, 403, 200)


def test_without_keys_this_machine_alone_is_answered_through_it(proxied: Proxied) -> None:
    with proxied.client() as http:
        unknown_name = http.post("/find", json={})
        address = {"Host": f"127.0.0.1:{proxied.port}"}
        near = http.post("/find", json={}, headers=address)
        told = http.post("/find", json={}, headers={**address, "X-Forwarded-For": "198.51.100.7"})

    assert (unknown_name.status_code, near.status_code) == (421, 200)
    # Our nginx writes behind what it was told, and this machine is trusted; Caddy drops it.
    assert told.status_code == {"nginx": 401, "caddy": 200}[proxied.by]


def test_what_is_followed_comes_as_it_happens(keys: dict[str, str], proxied: Proxied) -> None:
    with (
        proxied.client(http2=True) as http,
        http.stream(
            "GET", "/tail", params={"example": '{"a": 1}'}, headers=bearer(keys["read"])
        ) as events,
    ):
        assert events.status_code == 200
        pieces = events.iter_text()
        assert next(pieces).startswith("retry:")
        for n in range(3):
            stored = http.post("/problems", json={"a": 1, "n": n}, headers=bearer(keys["report"]))
            assert stored.status_code == 201
            told = ""
            while f'"n":{n}' not in told.replace(" ", ""):
                told += next(pieces)


def test_many_lines_are_answered_while_they_are_sent(
    keys: dict[str, str], proxied: Proxied
) -> None:
    """More than nginx's 1 MiB, and the first answers come before the last line is sent."""
    count = 3000
    trust = ssl.create_default_context(cafile=str(proxied.authority))
    with (
        socket.create_connection(("127.0.0.1", proxied.port), timeout=SECONDS_MAX) as raw,
        trust.wrap_socket(raw, server_hostname=NAME) as tls,
    ):
        head = (
            f"POST /problems HTTP/1.1\r\nHost: {NAME}:{proxied.port}\r\n"
            f"Authorization: Bearer {keys['report']}\r\nContent-Type: application/x-ndjson\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        tls.sendall(head.encode())
        first = _chunk(b'{"first": 1}\n')
        tls.sendall(first)
        answer = b""
        while b'{"hash"' not in answer:
            piece = tls.recv(65536)
            assert piece, answer
            answer += piece
        line = json.dumps({"n": 0, "text": "x" * 1000}).encode() + b"\n"
        for _ in range(count // 10):
            tls.sendall(_chunk(line * 10))
            tls.settimeout(0)  # what is there, and no more
            with suppress(ssl.SSLWantReadError):
                answer += tls.recv(65536)
            tls.settimeout(SECONDS_MAX)
        tls.sendall(b"0\r\n\r\n")
        while piece := tls.recv(65536):
            answer += piece

    # A proxy cuts chunks where it likes, in the middle of a line, too.
    lines = re.sub(rb"\r\n[0-9a-f]+\r\n", b"", answer)
    assert lines.count(b'{"hash"') == count + 1
    with proxied.client() as http:
        everything = http.post(
            "/find",
            json={},
            headers={**bearer(keys["read"]), "Accept": "application/x-ndjson"},
        )
    assert len(everything.text.splitlines()) == count + 1


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
