"""Writes `src/incidents/core/unicode_tables.py`: `python -m tests.unicode_tables`.

The tables are those of the Python that runs this. They are written once, so that every Python and
every PostgreSQL says the same: whoever makes them of a later Unicode changes what is a word.
"""

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

PATH = Path(__file__).parents[1] / "src" / "incidents" / "core" / "unicode_tables.py"

_WIDTH = 96


def is_word_character(character: str) -> bool:
    """Whether it is a letter, a mark on one, a number, or `_`."""
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def simple_folding(character: str) -> str:
    """The simple case folding (https://www.unicode.org/reports/tr44/#CaseFolding.txt, C and S).

    Python has the full one. Where that is longer, the simple one is the lower-case letter.
    """
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character


def characters() -> Iterator[str]:
    """All but the surrogates."""
    for code in range(sys.maxunicode + 1):
        if not 0xD800 <= code <= 0xDFFF:
            yield chr(code)


def word_ranges() -> list[str]:
    """`30-39`: the first and the last, in hexadecimal."""
    ranges: list[list[int]] = []
    for code in map(ord, filter(is_word_character, characters())):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return [f"{first:x}-{last:x}" if first != last else f"{first:x}" for first, last in ranges]


def folding_runs() -> list[str]:
    """`41-5a>61`: first to last become as many from 61 on; `100-12e/2>101`: each second one."""
    runs: list[tuple[int, int, int, int]] = []  # first, last, step, target of the first
    for character in characters():
        code, target = ord(character), ord(simple_folding(character))
        if code == target:
            continue
        if runs:
            first, last, step, to = runs[-1]
            gap = code - last
            if gap in (1, 2) and target - to == code - first and step in (0, gap):
                runs[-1] = (first, code, gap, to)
                continue
        runs.append((code, code, 0, target))
    return [_run(*run) for run in runs]


def _run(first: int, last: int, step: int, to: int) -> str:
    if first == last:
        return f"{first:x}>{to:x}"
    return f"{first:x}-{last:x}{'/2' if step == 2 else ''}>{to:x}"


def module() -> str:
    """The whole text of the module."""
    version = unicodedata.unidata_version
    return f'''"""Which characters make words, and their simple case folding: Unicode {version}.

Written by `python -m tests.unicode_tables`; `core/words.py` reads it.
"""

# Letters (L*), marks (M*), numbers (N*) and "_": first and last of each range, in hexadecimal.
WORD_RANGES = """
{_lines(word_ranges())}
"""

# first-last>target of the first; "/2": each second one.
FOLDINGS = """
{_lines(folding_runs())}
"""
'''


def _lines(tokens: list[str]) -> str:
    lines = [""]
    for token in tokens:
        if len(lines[-1]) + len(token) >= _WIDTH:
            lines.append("")
        lines[-1] += f" {token}" if lines[-1] else token
    return "\n".join(lines)


if __name__ == "__main__":
    PATH.write_text(module())
