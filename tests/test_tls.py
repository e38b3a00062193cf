"""HTTPS: a real certificate, a real client."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from incidents.errors import CannotStart
from incidents.settings import Settings
from incidents.storage.keys import KeyTable
from tests.command import incidents
from tests.keys import make
from tests.server import Server


@dataclass
class Identity:
    """A certificate, its private key, and the authority that made it: PEM files."""

    certificate: Path
    private_key: Path
    authority: Path


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    made = Identity(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    issued.private_key_pem.write_to_path(made.private_key)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(made.certificate, append=True)
    authority.cert_pem.write_to_path(made.authority)
    return made


def flags(identity: Identity) -> list[str]:
    return [
        *("--tls-certificate", str(identity.certificate)),
        *("--tls-private-key", str(identity.private_key)),
    ]


@contextmanager
def client(server: Server, identity: Identity, *, http2: bool) -> Iterator[httpx2.Client]:
    trust = ssl.create_default_context(cafile=str(identity.authority))
    with httpx2.Client(
        base_url=f"https://127.0.0.1:{server.port}",
        verify=trust,
        http1=not http2,
        http2=http2,
        trust_env=False,
        timeout=60,
    ) as opened:
        yield opened


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/2"])
def test_it_speaks_https(
    start_server: Callable[..., Server], identity: Identity, version: str
) -> None:
    server = start_server(*flags(identity))
    assert f"curl https://127.0.0.1:{server.port}/problems" in server.output

    with client(server, identity, http2=version == "HTTP/2") as http:
        stored = http.post("/problems", json={"über": "tls"})
        found = http.post("/find", json={"über": "tls"})
        refused = http.post("/find", json={}, headers={"Host": "evil.example"})
        foreign = http.post("/find", json={}, headers={"Origin": "https://evil.example"})
        own = http.post("/find", json={}, headers={"Origin": str(http.base_url).rstrip("/")})

    assert (stored.status_code, stored.http_version) == (201, version)
    (incident,) = found.json()["incidents"]
    assert incident["body"] == {"über": "tls"}
    assert incident["headers"]["Host"] == f"127.0.0.1:{server.port}"
    assert refused.status_code == 421
    assert foreign.status_code == 403
    assert own.status_code == 200
    assert server.stop() == 0


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/2"])
async def test_a_login_stays_within_tls(
    start_server: Callable[..., Server], identity: Identity, table: KeyTable, version: str
) -> None:
    key = await make(table, "read")
    server = start_server(*flags(identity), "--workers", "2")

    with client(server, identity, http2=version == "HTTP/2") as http:
        assert http.post("/find", json={}).status_code == 401
        given = http.post("/login", json={"key": key})
        assert "Secure" in given.headers["set-cookie"].split("; ")
        assert http.post("/find", json={}).status_code == 200
        assert http.post("/problems", json={}).status_code == 401
        http.post("/logout")
        assert http.post("/find", json={}).status_code == 401


def test_http_without_tls_is_not_answered(
    start_server: Callable[..., Server], identity: Identity
) -> None:
    server = start_server(*flags(identity))

    with server.connect() as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" not in _received(raw)


def _received(raw: socket.socket) -> bytes:
    try:
        return raw.recv(1000)
    except ConnectionError:
        return b""


def test_without_tls_http_1_alone_is_spoken(start_server: Callable[..., Server]) -> None:
    """docs/decisions/0001: a server that expects either waits for a first byte without an end."""
    server = start_server()

    with (
        httpx2.Client(http1=False, http2=True, trust_env=False, timeout=60) as http,
        pytest.raises(httpx2.TransportError),
    ):
        http.post(f"http://127.0.0.1:{server.port}/problems", json={})


def test_one_without_the_other_is_refused(identity: Identity) -> None:
    for name in ("tls_certificate", "tls_private_key"):
        with pytest.raises(CannotStart, match="one needs the other"):
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
        done = incidents("serve", "--port", "0", "--data", "/nowhere", *flags(wrong))
        assert (done.returncode, done.stdout) == (1, "")
        assert f"the certificate {certificate} and the private key {private_key}" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def _encrypted(private_key: bytes) -> bytes:
    return serialization.load_pem_private_key(private_key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
