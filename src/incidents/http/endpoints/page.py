"""The page at /, the browsable API at /docs, and their files, with a strict policy."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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

_SWAGGER = "swagger-ui"
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
    """The files that a document asks for, by name; one in a folder has its name before its own."""

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
        "/page/{name:path}": Files({name: _ours(name) for name in _names()}),
        "/docs": Page("docs/docs.html"),
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


def _names() -> list[str]:
    """Our files: one folder for each view, and what all views share."""
    page = files("incidents").joinpath("page")
    folders = [each for each in page.iterdir() if each.is_dir() and each.name != _SWAGGER]
    return [
        *(each.name for each in page.iterdir() if each.is_file()),
        *(f"{folder.name}/{each.name}" for folder in folders for each in folder.iterdir()),
    ]


def _ours(name: str) -> File:
    return _file(name, files("incidents").joinpath("page", *name.split("/")).read_bytes())


@cache
def _swagger(name: str) -> File:
    return _file(name, files("incidents").joinpath("page", _SWAGGER, name).read_bytes())


def _file(name: str, content: bytes) -> File:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return File(content, media_type, hashlib.sha256(content).hexdigest()[:32])
