"""The text of bytes whose charset is said, or not, or wrongly."""

import codecs
from typing import NamedTuple

# Charsets that senders name and mean. Others are guessed at as if none was named.
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
    """A text without its byte order mark, the codec it was read with, and whether a mark was there.

    `is_utf8` says that the text's UTF-8 is, byte for byte, what came.
    """

    text: str
    codec: str
    had_mark: bool

    @property
    def is_utf8(self) -> bool:
        """Whether nothing but the text itself has to be kept."""
        return self.codec in ("utf-8", "ascii") and not self.had_mark

    def bytes_of(self, part: str) -> bytes | None:
        """The bytes that `part`, a piece of the text, came as; None where these are its UTF-8."""
        return None if self.codec in ("utf-8", "ascii") else part.encode(self.codec)


def read_text(raw: bytes, charset: str | None) -> Text:
    """The text of any bytes at all.

    A charset of the list is believed where it fits. Else it is UTF-8, or, as for the values of
    headers, Latin-1, in which everything is a text.
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
    """UTF-16 with the order of its bytes: its parts are encoded in the same one, with no mark."""
    if codec != "utf-16":
        return codec
    return "utf-16-be" if raw.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"


def _marked(text: str, codec: str) -> Text:
    return Text(text.removeprefix(_MARK), codec, had_mark=text.startswith(_MARK))
