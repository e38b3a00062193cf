"""Which queries an incident can match, found without parsing it."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from incidents.core.query.prefilter import parts_in, strings_in, strings_of, words_in
from incidents.core.query.tree import Tree
from incidents.core.words import fold, words_of

# Texts of headers that are remembered: a sender's are mostly the same, each time.
_HEADERS_MAX = 512

Asker = TypeVar("Asker", bound=Hashable)


class Likely(Generic[Asker]):
    """Finds each query by one thing that its matches must have.

    Of the strings and words that a query asks for it is the one that fewest queries share: of a
    thousand with `level=error host=…` each is found by its host.
    """

    def __init__(self, trees: Mapping[Asker, Tree]) -> None:
        strings = {asker: set(strings_in(tree)) for asker, tree in trees.items()}
        words = {asker: set(words_in(tree)) for asker, tree in trees.items()}
        parts = {asker: set(parts_in(tree)) for asker, tree in trees.items()}
        shared = Counter(
            each for kind in (strings, words, parts) for own in kind.values() for each in own
        )
        self._by_string: dict[str, list[Asker]] = {}
        self._by_word: dict[str, list[Asker]] = {}
        self._by_part: dict[str, list[Asker]] = {}
        self._always: list[Asker] = []
        for asker in trees:
            if key := _rarest(strings[asker] | words[asker], shared):
                by = self._by_string if key in strings[asker] else self._by_word
                by.setdefault(key, []).append(asker)
            elif key := _rarest(parts[asker], shared):
                self._by_part.setdefault(key, []).append(asker)
            else:
                self._always.append(asker)
        self._in_headers = lru_cache(maxsize=_HEADERS_MAX)(self._in)

    def of(self, headers: str, searched: str) -> Sequence[Asker]:
        """The queries that an incident of these JSON texts can match, each once."""
        found = self._in_headers(headers) | self._in(searched)
        return [*self._always, *found] if found else self._always

    def _in(self, text: str) -> frozenset[Asker]:
        strings = list(strings_of(text))
        found: list[list[Asker]] = []
        if not self._by_string.keys().isdisjoint(strings):
            found = [self._by_string[each] for each in strings if each in self._by_string]
        if self._by_word or self._by_part:
            plain = " ".join(strings)
            found += [self._by_word[each] for each in self._by_word.keys() & words_of(plain)]
            folded = fold(plain)
            found += [some for part, some in self._by_part.items() if part in folded]
        return frozenset(asker for some in found for asker in some)


def _rarest(keys: set[str], shared: Counter[str]) -> str | None:
    return min(keys, key=lambda key: (shared[key], -len(key), key), default=None)
