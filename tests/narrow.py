"""Windows so small that a few hundred incidents need many of them."""

import pytest

from incidents.search import windows
from incidents.storage import queries, sections
from incidents.storage.sections import Ladder


def narrow_windows(monkeypatch: pytest.MonkeyPatch, *, walk: int, index: int) -> None:
    """So many ids are looked at one by one at first, and an index is asked for so many."""
    monkeypatch.setattr(windows, "WALK_FIRST", walk)
    monkeypatch.setattr(windows, "INDEX_FIRST", index)
    rungs, wider = (walk, 2 * walk, 4 * walk), (3 * walk, 12 * walk)
    monkeypatch.setattr(queries, "LADDER", Ladder(walk, 1, walk, rungs))
    monkeypatch.setattr(queries, "LADDER_OF_MANY_VALUES", Ladder(walk, 1, walk, wider))
    monkeypatch.setattr(sections, "UNTIL_IDS", walk)
    monkeypatch.setattr(queries, "_CROWD", 3)
