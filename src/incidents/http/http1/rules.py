"""Rules of HTTP for request headers, beyond what the parser checks."""

import re
from http import HTTPStatus

from incidents.http.http1.head import Headers

# Gateways and meshes add dozens of headers. Each costs time before the client is authorized.
HEADERS_MAX = 256

# RFC 9110, section 7.2: the host and port of a URL; empty if it has none. Only the characters are
# checked (RFC 3986, section 3.2.2), not whether the name is valid.
_HOST = re.compile(rb"(?:\[[0-9A-Fa-fv:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(?::[0-9]*)?")

_ABSOLUTE = re.compile(rb"https?://([^/?#]+)([^#]*)", re.IGNORECASE)

_VERSIONS = ("1.1", "1.0")


class Malformed(Exception):
    """A malformed request. `status` and `why` are for its client."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def check_head(version: str, headers: Headers) -> bool:
    """Whether the client waits for `100 Continue`. Raises Malformed for what RFC 9112 refuses.

    Names in `headers` are in lower case. The parser checks Content-Length.
    """
    if version not in _VERSIONS:
        why = f"HTTP/{version} is not spoken here: use HTTP/1.1"
        raise Malformed(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, why)
    names = [name for name, _ in headers]
    _check_host(version, headers, names)
    if names.count(b"authorization") > 1:
        raise Malformed(HTTPStatus.BAD_REQUEST, "send one Authorization header, not several")
    if b"transfer-encoding" in names:
        _check_coding(version, _values(headers, b"transfer-encoding"))
    return b"expect" in names and version == "1.1" and _expects(_values(headers, b"expect"))


def _check_host(version: str, headers: Headers, names: list[bytes]) -> None:
    """RFC 9112, section 3.2."""
    count = names.count(b"host")
    if count == 0 and version == "1.0":
        return
    if count != 1:
        raise Malformed(HTTPStatus.BAD_REQUEST, f"send one Host header, not {count}")
    if _HOST.fullmatch(headers[names.index(b"host")][1]) is None:
        raise Malformed(HTTPStatus.BAD_REQUEST, "the Host header must be HOST or HOST:PORT")


def _check_coding(version: str, values: list[bytes]) -> None:
    """RFC 9112, sections 6.1 and 7: with an unknown coding the end of the body is unknown."""
    if version != "1.1":
        why = "HTTP/1.0 has no Transfer-Encoding: send a Content-Length, or use HTTP/1.1"
        raise Malformed(HTTPStatus.BAD_REQUEST, why)
    if [value.lower() for value in values] != [b"chunked"]:
        why = "the Transfer-Encoding must be chunked, and nothing else"
        raise Malformed(HTTPStatus.BAD_REQUEST, why)


def _expects(values: list[bytes]) -> bool:
    """RFC 9110, section 10.1.1."""
    if [value.lower() for value in values] != [b"100-continue"]:
        why = "the only thing to Expect is 100-continue"
        raise Malformed(HTTPStatus.EXPECTATION_FAILED, why)
    return True


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for each, value in headers if each == name]


def split_target(method: str, target: bytes) -> tuple[bytes, bytes | None]:
    """Path and query of a target, and its host if it has one (RFC 9112, section 3.2).

    Raises Malformed for a target that its method cannot have.
    """
    if target.startswith(b"/"):
        return target, None
    if method == "CONNECT" or (method == "OPTIONS" and target == b"*"):
        return target, None
    found = _ABSOLUTE.fullmatch(target.partition(b"#")[0])
    if found is None or _HOST.fullmatch(found[1]) is None:
        why = "the target must be a path, or an http URL without user and password"
        raise Malformed(HTTPStatus.BAD_REQUEST, why)
    path = found[2]
    return path if path.startswith(b"/") else b"/" + path, found[1]
