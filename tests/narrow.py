"""Windows so small that a few hundred incidents need many of them."""

import pytest

from incidents.search import windows
from incidents.storage import queries, sections


def narrow_windows(monkeypatch: pytest.MonkeyPatch, *, walk: int, index: int) -> None:
    """So many ids are looked at one by one at first, and an index is asked for so many."""
    monkeypatch.setattr(windows, "WALK_FIRST", walk)
    monkeypatch.setattr(windows, "INDEX_FIRST", index)
    monkeypatch.setattr(sections, "WALK_IDS", walk)
    monkeypatch.setattr(sections, "NEAR_IDS", 3 * walk)
    monkeypatch.setattr(queries, "RUNGS", (walk, 2 * walk, 4 * walk))
    monkeypatch.setattr(queries, "FEW_RUNGS", (3 * walk, 12 * walk))
    monkeypatch.setattr(queries, "_DENSE", 1)
    monkeypatch.setattr(queries, "_CROWD", 3)
