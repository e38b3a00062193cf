"""HTTPS: a real certificate, a real client."""

import signal
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from incidents.auth.key_table import KeyTable
from incidents.core.errors import CannotStart
from incidents.support.settings import Settings
from tests.command import incidents
from tests.keys import make
from tests.served import Served
from tests.server import Client, Server
from tests.test_serve import raise_, until
from tests.tls import Identity, make_identity


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return make_identity(tmp_path_factory.mktemp("tls"))


@contextmanager
def client(server: Client, identity: Identity) -> Iterator[httpx2.Client]:
    """One that speaks HTTP/2 where the server does."""
    with httpx2.Client(
        base_url=f"https://127.0.0.1:{server.port}",
        verify=identity.trust,
        http2=True,
        trust_env=False,
        timeout=60,
    ) as opened:
        yield opened


def test_it_speaks_https(start_server: Callable[..., Server], identity: Identity) -> None:
    server = start_server(*identity.flags)
    assert f"curl https://127.0.0.1:{server.port}/problems" in server.output

    with client(server, identity) as http:
        stored = http.post("/problems", json={"über": "tls"})
        found = http.post("/find", json={"über": "tls"})
        refused = http.post("/find", json={}, headers={"Host": "evil.example"})
        foreign = http.post("/find", json={}, headers={"Origin": "https://evil.example"})
        own = http.post("/find", json={}, headers={"Origin": str(http.base_url).rstrip("/")})

    assert (stored.status_code, stored.http_version) == (201, "HTTP/1.1")
    (incident,) = found.json()["incidents"]
    assert incident["body"] == {"über": "tls"}
    assert incident["headers"]["Host"] == f"127.0.0.1:{server.port}"
    assert refused.status_code == 421
    assert foreign.status_code == 403
    assert own.status_code == 200
    assert server.stop() == 0


async def test_a_login_stays_within_tls(
    serve_here: Callable[..., Served], identity: Identity, table: KeyTable
) -> None:
    key = await make(table, "read")
    server = serve_here(**identity.settings)

    with client(server, identity) as http:
        assert http.post("/find", json={}).status_code == 401
        given = http.post("/login", json={"key": key})
        assert "Secure" in given.headers["set-cookie"].split("; ")
        assert http.post("/find", json={}).status_code == 200
        assert http.post("/problems", json={}).status_code == 401
        http.post("/logout")
        assert http.post("/find", json={}).status_code == 401


def test_http_without_tls_is_not_answered(
    serve_here: Callable[..., Served], identity: Identity
) -> None:
    server = serve_here(**identity.settings)

    with server.connect() as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" not in _received(raw)


def _received(raw: socket.socket) -> bytes:
    try:
        return raw.recv(1000)
    except ConnectionError:
        return b""


def test_tls_is_1_2_at_least_and_agrees_on_http_1_1(
    serve_here: Callable[..., Served], identity: Identity
) -> None:
    server = serve_here(**identity.settings)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        trust = identity.trust
        trust.maximum_version = trust.minimum_version = version
        trust.set_alpn_protocols(["h2", "http/1.1"])
        with server.connect() as raw, trust.wrap_socket(raw, server_hostname="localhost") as tls:
            assert tls.selected_alpn_protocol() == "http/1.1"

    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with server.connect() as raw, pytest.raises(ssl.SSLError):
        old.wrap_socket(raw)


def test_a_handshake_that_does_not_end_takes_no_longer_than_a_head(
    serve_here: Callable[..., Served], identity: Identity
) -> None:
    server = serve_here(**identity.settings, header_seconds_max=1)
    hello = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        identity.trust.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost").do_handshake()

    for said in (b"", hello.read()[:50], hello.read()):
        with server.connect() as raw:
            raw.sendall(said)
            while _received(raw):
                pass


def test_handshakes_are_among_the_connections(
    serve_here: Callable[..., Served], identity: Identity
) -> None:
    server = serve_here(**identity.settings, connections_max=2)

    with server.connect(), server.connect(), client(server, identity) as http:
        assert http.get("/healthz").status_code == 503
    with client(server, identity) as http:
        until(lambda: [] if http.get("/healthz").status_code == 200 else raise_(OSError()))


def test_a_handshake_of_any_length_is_broken_off(
    serve_here: Callable[..., Served], identity: Identity
) -> None:
    server = serve_here(**identity.settings)
    # A part of a ClientHello that says to have 100,000 bytes (RFC 8446, sections 4 and 5.1).
    start = b"\x01" + (100_000).to_bytes(3) + bytes(10_000)
    with server.connect() as raw:
        with suppress(ConnectionError):
            for part in (start, *[bytes(10_000)] * 8):
                raw.sendall(b"\x16\x03\x01" + len(part).to_bytes(2) + part)
        while _received(raw):
            pass


def test_a_new_certificate_is_taken_with_a_hangup(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    def is_trusted() -> bool:
        try:
            with client(server, identity) as http:
                return http.get("/healthz").status_code == 200
        except httpx2.ConnectError:
            return False

    identity = make_identity(tmp_path)
    server = start_server(*identity.flags, "--workers", "2")
    make_identity(tmp_path)  # of another authority
    assert not is_trusted()
    server.signal(signal.SIGHUP)
    # Connections are dealt out: ten in a row meet both workers.
    until(lambda: [] if all(is_trusted() for _ in range(10)) else raise_(OSError()))
    identity.certificate.write_text("nonsense")
    server.signal(signal.SIGHUP)
    until(lambda: [] if "keeping the old one" in server.output else raise_(OSError()))
    assert is_trusted()
    assert server.stop() == 0


def test_one_without_the_other_is_refused(identity: Identity) -> None:
    for name in ("tls_certificate", "tls_private_key"):
        with pytest.raises(CannotStart, match="each needs the other"):
            Settings.read(**{name: identity.certificate})


def test_what_is_no_certificate_is_one_clear_line(identity: Identity, tmp_path: Path) -> None:
    other = trustme.CA().issue_cert("localhost")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    encrypted = tmp_path / "encrypted.pem"
    encrypted.write_bytes(_encrypted(identity.private_key.read_bytes()))
    (tmp_path / "text.pem").write_text("hello")

    for certificate, private_key in [
        (Path("/nowhere.pem"), identity.private_key),
        (tmp_path / "text.pem", identity.private_key),
        (identity.certificate, tmp_path / "text.pem"),
        (identity.certificate, tmp_path / "other.pem"),
        (identity.certificate, encrypted),
    ]:
        wrong = Identity(certificate, private_key, identity.authority)
        done = incidents("serve", "--port", "0", "--data", "/nowhere", *wrong.flags)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"the certificate {certificate} and the private key {private_key}" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def _encrypted(private_key: bytes) -> bytes:
    return serialization.load_pem_private_key(private_key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
