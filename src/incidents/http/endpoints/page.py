"""The page at /, the browsable API at /docs, and their files, with a strict policy."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from falcon.asgi import Request, Response

from incidents.core.errors import NotFound

# Nothing from elsewhere, no script and no style that is not a file of ours; no frame around it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Asked for each time, and not sent again while it is the same.
    "Cache-Control": "no-cache",
}

_OF_SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")


@dataclass(frozen=True, slots=True)
class File:
    """One file, ready to send."""

    content: bytes
    media_type: str
    etag: str


class Page:
    """One document."""

    def __init__(self, name: str) -> None:
        self._file = _ours(name)

    async def on_get(self, req: Request, resp: Response) -> None:
        """The document."""
        _send(req, resp, self._file)

    on_head = on_get


class Files:
    """The files that a document asks for, by name."""

    def __init__(self, found: dict[str, File]) -> None:
        self._files = found

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The file of that name."""
        file = self._files.get(name)
        if file is None:
            raise NotFound(f"there is no file {name[:80]} here")
        _send(req, resp, file)

    on_head = on_get


def pages() -> dict[str, Page | Files]:
    """The page and the browsable API, by their routes. Nobody needs a key to see them."""
    return {
        "/": Page("index.html"),
        "/page/{name}": Files({each.name: _ours(each.name) for each in _folder()}),
        "/docs": Page("docs.html"),
        "/docs/{name}": Files({name: _swagger(name) for name in _OF_SWAGGER}),
    }


def _send(req: Request, resp: Response, file: File) -> None:
    resp.set_headers(_HEADERS)
    resp.etag = file.etag
    if req.if_none_match and any(str(each) in (file.etag, "*") for each in req.if_none_match):
        resp.status = 304
        return
    resp.content_type = file.media_type
    resp.data = file.content


def _folder() -> list[Traversable]:
    return [each for each in files("incidents").joinpath("page").iterdir() if each.is_file()]


def _ours(name: str) -> File:
    return _file(name, files("incidents").joinpath("page", name).read_bytes())


@cache
def _swagger(name: str) -> File:
    return _file(name, files("incidents").joinpath("page", "swagger-ui", name).read_bytes())


def _file(name: str, content: bytes) -> File:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return File(content, media_type, hashlib.sha256(content).hexdigest()[:32])
