"""Which rules an incident feeds, and which of their members."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, product

from incidents.core.query.predicate import Predicate
from incidents.core.query.subject import Fields, Identity, Subject, subject_of
from incidents.core.query.tree import Path, Tree
from incidents.core.weight import HEAVY_BYTES_MIN
from incidents.db.stream.following import Arrival
from incidents.rules.likely import Likely
from incidents.rules.rule import Rule, member_text
from incidents.rules.template import values_of
from incidents.support.parsing_process import Parser

# Members that one incident feeds, where its fields have several values.
MEMBERS_MAX = 100
# Longer values are cut.
VALUE_CHARACTERS_MAX = 200

# The header of incidents that the server stores about its rules.
RULE_HEADER = "Incidents-Rule"

_OWN = f'"{RULE_HEADER}"'

Members = Mapping[str, Sequence[str]]


class Matcher:
    """Finds the rules of an incident. Most are never tried, and most incidents never parsed."""

    def __init__(self, rules: Iterable[Rule], parser: Parser) -> None:
        self._parser = parser
        self._likely = Likely({Fed(rule): rule.tree for rule in rules})

    def likely(self, arrival: Arrival) -> Sequence["Fed"]:
        """The rules that it can feed: for most incidents none. It is not parsed."""
        return self._likely.of(arrival.headers, arrival.searched)

    async def members(self, arrival: Arrival, fed: Sequence["Fed"]) -> Members:
        """The members that it feeds, by the names of their rules, of those that are likely.

        Raises IncidentsError if it cannot be read. A heavy incident is parsed in another process.
        """
        if fed and is_of_a_rule(arrival.headers):
            fed = [each for each in fed if each.rule.takes_own]
        if not fed:
            return {}
        texts = arrival.identity, arrival.headers, arrival.searched
        if len(arrival.searched) >= HEAVY_BYTES_MIN:
            asked = [(each.rule.name, each.rule.tree, each.rule.paths) for each in fed]
            return await self._parser.call(None, heavy_members, *texts, asked)
        subject = subject_of(*texts)
        return _found((each.rule.name, each.members(subject)) for each in fed)


class Fed:
    """A rule, ready to be held to many incidents."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._predicate = Predicate(rule.tree)
        self._fields = [Fields(path) for path in rule.paths]

    def members(self, subject: Subject) -> list[str]:
        """The members that the incident feeds."""
        return members_of(self._predicate, self._fields, subject)


def members_of(predicate: Predicate, fields: Sequence[Fields], subject: Subject) -> list[str]:
    """Every combination of the values that the fields have in a body that matches."""
    found: dict[str, None] = {}
    for body in predicate.bodies(subject):
        values = [_values(one, subject, body.value) for one in fields]
        for combination in islice(product(*values), MEMBERS_MAX):
            found[member_text(combination)] = None
    return list(found)[:MEMBERS_MAX]


def _values(fields: Fields, subject: Subject, body: object) -> Sequence[str | None]:
    found = [each[:VALUE_CHARACTERS_MAX] for each in values_of(fields, subject, [body])]
    return found or [None]


def heavy_members(
    identity: Identity,
    headers: str,
    searched: str,
    rules: Sequence[tuple[str, Tree, Sequence[Path]]],
) -> Members:
    """As `Matcher.members`, of these rules, for the process that parses heavy texts."""
    subject = subject_of(identity, headers, searched)
    return _found(
        (name, members_of(Predicate(tree), [Fields(path) for path in paths], subject))
        for name, tree, paths in rules
    )


def is_of_a_rule(headers: str) -> bool:
    """Whether the server stored it about a rule. `headers` is a JSON text."""
    return _OWN in headers and RULE_HEADER in json.loads(headers)


def _found(each: Iterable[tuple[str, Sequence[str]]]) -> Members:
    return {name: members for name, members in each if members}
