"""Which words stand in which runs of incidents: the entries of the index of words.

An entry says that a word, known by a hash, may stand in a run of ids. There may be one too many;
none is missing.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from zlib import crc32

from incidents.core.query.number import number_text
from incidents.core.words import distinct_words, words_of

# Ids of a section have the same bits above these; of a run, and of the runs of a cell, likewise.
SECTION_BITS = 16
RUN_BITS = 3
CELL_BITS = 7
# A word that stands in more runs of a cell is common there: what is kept of it is kept apart, so
# that who looks for another word does not read it. Of one in still more the index has the cell.
_OF_NO_COMMON_WORD_MAX = 4
_RUNS_MAX = 8
# An entry has the place within the section, a run or from FIRST_CELL on a cell, above it the hash,
# and above that one of these. (search/indexing.py takes it apart.)
PLACE_BITS = 14
FIRST_CELL = 1 << SECTION_BITS - RUN_BITS
_ANY_WORD = 1 << 32  # there may be any word
_COMMON = 2 << 32

_WORD_BYTES = b"0123456789abcdefghijklmnopqrstuvwxyz_"
_IN_WORDS = bytes(
    ord(character) if (character := chr(code).lower()).encode() in _WORD_BYTES else ord(" ")
    for code in range(128)
).ljust(256)
# Of 1.5e-7 the words are 1, 5e and 7.
_OF_EXPONENT = re.compile(rb"[0-9]+e[0-9]*").fullmatch
# (A larger exponent can only be of a string.)
_WITH_EXPONENT = re.compile(r"-?[0-9]+(?:[.][0-9]+)?[eE][+-]?0*[0-9]{1,5}(?![0-9])")
_EXPONENT_MAX = 20_000
_NOT_OF_A_WORD = re.compile(rb"\\[^u]", re.DOTALL)
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.", re.DOTALL)

Words = set[bytes]


def hash_of(word: str) -> int:
    """The 32 bits by which the index knows a folded word."""
    return crc32(word.encode())


class Run(NamedTuple):
    """JSON texts of a run, with white space between them; `is_whole` if these are all of it."""

    last_id: int
    is_whole: bool
    texts: bytes | None


def entries_of(runs: Sequence[Run]) -> list[str]:
    """The entries of runs, in order, in digits. Where one is not whole it may have any word."""
    entries: list[int] = []
    for cell, in_cell in groupby(runs, lambda run: run.last_id >> CELL_BITS):
        words: dict[int, Words] = {}
        for last_id, is_whole, texts in in_cell:
            place = (last_id >> RUN_BITS) % FIRST_CELL
            if not is_whole:
                entries.append(_ANY_WORD << PLACE_BITS | place)
            words[place] = _words_of(texts or b"")
        common = FIRST_CELL + cell % (1 << SECTION_BITS - CELL_BITS)
        entries.extend(_entries_of_cell(common, words))
    return list(map(str, entries))


def _entries_of_cell(cell: int, runs: Mapping[int, Words]) -> Iterator[int]:
    """Most words stand in one run of the cell alone, or in most of them."""
    seen: Words = set()
    again: Words = set()
    for words in runs.values():
        again |= seen & words
        seen |= words
    for place, words in runs.items():
        yield from [crc32(word) << PLACE_BITS | place for word in words - again]
    for word in again:
        places = [place for place, words in runs.items() if word in words]
        common = _COMMON if len(places) > _OF_NO_COMMON_WORD_MAX else 0
        head = (common | crc32(word)) << PLACE_BITS
        yield from [head | each for each in (places if len(places) <= _RUNS_MAX else [cell])]


def _words_of(texts: bytes) -> Words:
    """Every word of the names, strings and numbers of JSON texts, folded."""
    if b"\\" not in texts and texts.isascii():
        return _words_of_plain(texts)
    # No word is on two lines: a line break in a string is escaped. Most lines are plain.
    words: Words = set()
    plain = []
    for line in texts.split(b"\n"):
        unescaped = _NOT_OF_A_WORD.sub(b" ", line)
        if b"\\" in unescaped or not line.isascii():
            words |= _words_of_any(line.decode())
        else:
            plain.append(unescaped)
    return words | _words_of_plain(b"\n".join(plain))


def _words_of_plain(texts: bytes) -> Words:
    words = set(texts.translate(_IN_WORDS).split())
    if any(_OF_EXPONENT(word) for word in words if word[0] <= ord("9")):
        words |= _words_of_numbers(texts.decode())
    return words


def _words_of_any(text: str) -> Words:
    unescaped = _ESCAPES.sub(_unescaped, text) if "\\" in text else text
    return {each.encode() for each in distinct_words(unescaped)} | _words_of_numbers(text)


def _unescaped(found: re.Match[str]) -> str:
    # What is escaped by one character is in no word.
    return json.loads(f'"{found[0]}"') if found[0][1] == "u" else " "


def _words_of_numbers(text: str) -> Words:
    """Those of numbers that PostgreSQL writes in other digits, as they have an exponent."""
    return {
        word.encode()
        for each in set(_WITH_EXPONENT.findall(text))
        if abs(int(re.split("[eE]", each)[1])) <= _EXPONENT_MAX
        for word in words_of(number_text(Decimal(each)))
    }
