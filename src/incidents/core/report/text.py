"""The text of bytes whose declared charset may be missing or wrong."""

import codecs
from typing import NamedTuple

# Charsets that senders declare correctly. Any other one counts as not declared.
_CODECS = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1"), "latin-1"),
    "iso-8859-15": "iso-8859-15",
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
    **dict.fromkeys(("us-ascii", "ascii"), "ascii"),
}
_MARK = "\ufeff"


class Text(NamedTuple):
    """A text without its byte order mark, its codec, and whether it had a mark.

    `is_utf8`: the original bytes are exactly the text in UTF-8.
    """

    text: str
    codec: str
    had_mark: bool

    @property
    def is_utf8(self) -> bool:
        """Whether the original bytes can be restored from the text alone."""
        return self.codec in ("utf-8", "ascii") and not self.had_mark

    def bytes_of(self, part: str) -> bytes | None:
        """The original bytes of `part`, a piece of the text; None if they are its UTF-8."""
        return None if self.codec in ("utf-8", "ascii") else part.encode(self.codec)


def read_text(raw: bytes, charset: str | None) -> Text:
    """The text of any bytes.

    A declared charset of the list is used if it fits. Otherwise UTF-8, and if that does not fit,
    Latin-1 (as for header values), which fits everything.
    """
    named = _CODECS.get(charset.lower()) if charset else None
    for codec in (named, "utf-8"):
        if codec is None:
            continue
        try:
            return _marked(raw.decode(codec), _sided(codec, raw))
        except UnicodeDecodeError:
            continue
    return Text(raw.decode("latin-1"), "latin-1", had_mark=False)


def _sided(codec: str, raw: bytes) -> str:
    """UTF-16 with its byte order: parts are encoded in the same order, without a mark."""
    if codec != "utf-16":
        return codec
    return "utf-16-be" if raw.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"


def _marked(text: str, codec: str) -> Text:
    return Text(text.removeprefix(_MARK), codec, had_mark=text.startswith(_MARK))
