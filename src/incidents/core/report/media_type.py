"""The Content-Type header, as far as it decides anything."""

import re
from functools import lru_cache
from typing import NamedTuple

_NAME = re.compile(r"\s*([^\s/;,]+/[^\s;,]+)")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([A-Za-z0-9._:-]+)', re.IGNORECASE)
_JSON = re.compile(r"application/(?:json|[^/]+\+json)")
_LINES = frozenset(
    f"application/{name}"
    for name in ("x-ndjson", "ndjson", "jsonl", "jsonlines", "x-json-stream", "stream+json")
)
# https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
_BATCH = "application/cloudevents-batch+json"
_FORM = "application/x-www-form-urlencoded"
_MEDIA = ("multipart/", "image/", "audio/", "video/")
_ARCHIVES = frozenset(
    f"application/{name}"
    for name in (
        *("zip", "gzip", "x-gzip", "zstd", "x-tar", "x-gtar", "x-bzip2", "x-xz"),
        *("x-7z-compressed", "vnd.rar", "x-rar-compressed", "java-archive", "x-zip-compressed"),
    )
)


class MediaType(NamedTuple):
    """A media type in lower case (empty if none was sent), and its charset if it has one."""

    name: str
    charset: str | None

    @property
    def is_json(self) -> bool:
        """Whether it declares JSON; types of JSON lines are not included."""
        return _JSON.fullmatch(self.name) is not None and not self.is_lines

    @property
    def is_batch(self) -> bool:
        """Whether it declares an array of CloudEvents, each an incident of its own."""
        return self.name == _BATCH

    @property
    def is_lines(self) -> bool:
        """Whether it declares that each line of the body is JSON."""
        return self.name in _LINES

    @property
    def is_form(self) -> bool:
        """Whether it declares a form as browsers send it."""
        return self.name == _FORM

    @property
    def is_text(self) -> bool:
        """Whether the body may be plain text: by its type, or because it has none."""
        return not self.name or self.name.startswith("text/")

    @property
    def is_binary(self) -> bool:
        """Whether the body is a file, a picture or an archive: nothing that is accepted."""
        return self.name.startswith(_MEDIA) or self.name in _ARCHIVES


@lru_cache(maxsize=256)
def media_type(header: bytes) -> MediaType:
    """The type in a header's value. A malformed value counts as none.

    https://www.rfc-editor.org/rfc/rfc9110#section-8.3
    """
    text = header.decode("latin-1")
    name = _NAME.match(text)
    charset = _CHARSET.search(text)
    return MediaType(name[1].lower() if name else "", charset[1].lower() if charset else None)


@lru_cache(maxsize=256)
def says_plain_json(header: bytes) -> bool:
    """Whether the value declares one JSON text in UTF-8."""
    kind = media_type(header)
    return kind.is_json and not kind.is_batch and kind.charset in (None, "utf-8")
