"""Words and case, the same in every process and in PostgreSQL: both come from one fixed table."""

import re

from incidents.core.unicode_tables import FOLDINGS, WORD_RANGES


def fold(text: str) -> str:
    """Equal for texts that differ in case alone; as long as `text`, character by character.

    Unicode's simple case folding (https://www.unicode.org/reports/tr44/#CaseFolding.txt).
    """
    return text.lower() if text.isascii() else text.translate(FOLDING)


def words_of(text: str) -> list[str]:
    """The words in their order, folded: runs of letters, marks, numbers and `_`."""
    # To look into the table costs many times as much, and most texts need none of it.
    return (_ASCII_WORD if text.isascii() else _WORD).findall(fold(text))


def distinct_words(text: str) -> set[str]:
    """The same, each once, in less time where the text is long.

    A character is in words if the one is, as which it is folded.
    """
    return set(map(fold, set((_ASCII_WORD if text.isascii() else _WORD).findall(text))))


def _folding() -> dict[int, int]:
    folding = {}
    for run in FOLDINGS.split():
        characters, _, target = run.partition(">")
        codes, _, step = characters.partition("/")
        first, _, last = codes.partition("-")
        low, high = int(first, 16), int(last or first, 16)
        for code in range(low, high + 1, int(step or 1)):
            folding[code] = int(target, 16) + code - low
    return folding


def _word_class() -> str:
    """The characters of words as regular expressions have them between brackets."""
    ranges = (each.partition("-") for each in WORD_RANGES.split())
    return "".join(
        f"{chr(int(first, 16))}-{chr(int(last or first, 16))}" for first, _, last in ranges
    )


FOLDING = _folding()
WORD_CLASS = _word_class()
_WORD = re.compile(f"[{WORD_CLASS}]+")
_ASCII_WORD = re.compile("[0-9A-Za-z_]+")
