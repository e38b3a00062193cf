"""Escapes what a terminal would execute.

A report can contain sequences that move the cursor of those who read it, change the title of their
window, or reverse the direction of text.
"""

import unicodedata

# Tabs and line ends are harmless, and so are spaces of other widths.
_HARMLESS = frozenset("\t\n")
_SPACE = "Zs"


def visible(text: str) -> str:
    r"""The text with each invisible character written as in JSON: `\u202e`.

    These are control characters (C0, C1, DEL), changes of direction, and invisible ones. JSON stays
    JSON with the same value, because such characters only occur in its strings.
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
