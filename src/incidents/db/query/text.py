"""Words and parts of texts, as SQL over `head` and `item`: the headers, and what is the body."""

import json

from incidents.core.words import FOLDING, WORD_CLASS
from incidents.db.parameters import Parameters

_UPPER = "".join(each for each in map(chr, FOLDING) if not each.isascii())
_LOWER = "".join(chr(FOLDING[ord(each)]) for each in _UPPER)
_BETWEEN_WORDS = f"[^{WORD_CLASS}]+"


def folding(parameters: Parameters) -> str:
    """The last arguments of functions that do what `core.words.fold` does."""
    return f"{parameters.add(_UPPER, 'text')}, {parameters.add(_LOWER, 'text')}"


def has_words(words: tuple[str, ...], parameters: Parameters) -> str:
    """Whether a text has them, one behind the other."""
    phrase = parameters.add(f" {' '.join(words)} ", "text")
    return _mentions(max(words, key=len), phrase, parameters)


def has_part(part: str, parameters: Parameters) -> str:
    """Whether a text has the part in it."""
    return _mentions(part, "NULL", parameters)


def _mentions(part: str, phrase: str, parameters: Parameters) -> str:
    written = json.dumps(part, ensure_ascii=False)[1:-1]
    texts = ", ".join(parameters.add(each, "text") for each in (part, written))
    between = parameters.add(_BETWEEN_WORDS, "text")
    asked = f"{texts}, {phrase}, {between}, {folding(parameters)}"
    return f"(incidents_mentions(item, {asked}) OR incidents_mentions(head, {asked}))"
