"""Words and parts of texts, as SQL over `head` and `item`: the headers, and what is the body."""

import json

from incidents.core.words import FOLDING, WORD_CLASS
from incidents.db.parameters import Parameters

_FROM = "".join(each for each in map(chr, FOLDING) if not each.isascii())
_TO = "".join(chr(FOLDING[ord(each)]) for each in _FROM)
_BETWEEN_WORDS = f"[^{WORD_CLASS}]+"

# Strings and numbers, and the names of objects.
_VALUES = 'strict $.** ? (@.type() == "string" || @.type() == "number")'
_NAMES = 'strict $.** ? (@.type() == "object").keyvalue().key'


def folded(text: str, parameters: Parameters) -> str:
    """`core.words.fold` of a text, whatever the collation of the database."""
    lower = f'lower({text} COLLATE "C")'
    more = f"translate({lower}, {parameters.add(_FROM, 'text')}, {parameters.add(_TO, 'text')})"
    return f"CASE WHEN octet_length({text}) = length({text}) THEN {lower} ELSE {more} END"


def has_words(words: tuple[str, ...], parameters: Parameters) -> str:
    """Whether a text has them, one behind the other."""
    between = parameters.add(_BETWEEN_WORDS, "text")
    spaced = f"regexp_replace({folded('text', parameters)}, {between} COLLATE \"C\", ' ', 'g')"
    phrase = parameters.add(f" {' '.join(words)} ", "text")
    longest = max(words, key=len)
    may_have = f"strpos({folded('text', parameters)}, {parameters.add(longest, 'text')}) > 0"
    has = f"strpos(' ' || {spaced} || ' ', {phrase}) > 0"
    return _has(longest, f"CASE WHEN {may_have} THEN {has} END", parameters)


def has_part(part: str, parameters: Parameters) -> str:
    """Whether a text has the part in it."""
    found = f"strpos({folded('text', parameters)}, {parameters.add(part, 'text')}) > 0"
    return _has(part, found, parameters)


def _has(part: str, found: str, parameters: Parameters) -> str:
    # What has not even this, as JSON writes it, need not be taken apart.
    written = parameters.add(json.dumps(part, ensure_ascii=False)[1:-1], "text")
    ways = parameters.add((_VALUES, _NAMES), "jsonpath[]")
    return f"""(EXISTS (
        SELECT FROM (SELECT head::text || item::text OFFSET 0) AS texts(text)
        WHERE strpos({folded("text", parameters)}, {written}) > 0
    ) AND EXISTS (
        SELECT FROM (VALUES (head), (item)) AS place(document), unnest({ways}) AS way,
            jsonb_path_query(document, way) AS value,
            LATERAL (SELECT value #>> '{{}}') AS texts(text)
        WHERE {found}
    ))"""  # noqa: S608
