"""What a terminal would obey: shown instead.

Who reports can put into an incident what moves the cursor of those who read it, changes their
window's title, or turns the direction of what follows.
"""

import unicodedata

# A tab and the end of a line do no harm, nor do spaces of other widths.
_HARMLESS = frozenset("\t\n")
_SPACE = "Zs"


def visible(text: str) -> str:
    r"""The text with each character that is not shown as itself written as in JSON: `\u202e`.

    Controls (C0, C1, DEL), overrides of direction, invisible ones. JSON stays JSON, of the same
    value: such characters stand in its strings alone.
    """
    if text.isprintable():
        return text
    return "".join([each if _is_shown(each) else _escaped(each) for each in text])


def _is_shown(character: str) -> bool:
    return (
        character.isprintable()
        or character in _HARMLESS
        or unicodedata.category(character) == _SPACE
    )


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", errors="surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
