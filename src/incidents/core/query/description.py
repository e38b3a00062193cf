"""A tree as JSON: how a query was understood, for programs."""

from dataclasses import fields
from typing import Any

from incidents.core import json_text
from incidents.core.query.instant import Ago, Instant
from incidents.core.query.tree import (
    AllOf,
    AnyOf,
    Compare,
    Contains,
    Entry,
    Equals,
    Exists,
    HasPart,
    HasText,
    HasWords,
    IsGroup,
    IsHash,
    IsId,
    Leaf,
    Not,
    Path,
    Received,
    Tree,
)

_TYPES = {
    Entry: "entry",
    Equals: "equals",
    Contains: "contains",
    Compare: "compare",
    HasText: "text",
    Exists: "exists",
    HasWords: "words",
    HasPart: "part",
    IsHash: "hash",
    IsGroup: "group",
    IsId: "id",
    Received: "received",
}


def described(tree: Tree) -> dict[str, Any]:
    """The tree as `QueryTree` in /openapi.json says; its numbers are Decimals."""
    match tree:
        case AllOf(terms):
            return {"type": "all", "terms": [described(term) for term in terms]}
        case AnyOf(terms):
            return {"type": "any", "terms": [described(term) for term in terms]}
        case Not(term):
            return {"type": "not", "term": described(term)}
        case _:
            return _leaf(tree)


def _leaf(leaf: Leaf) -> dict[str, Any]:
    members: dict[str, Any] = {"type": _TYPES[type(leaf)]}
    for field in fields(leaf):
        value = getattr(leaf, field.name)
        match value:
            case Path(names, place):
                members |= {"path": list(names), "in": place}
            case Instant() | Ago():
                members[field.name] = str(value)
            case tuple():
                members[field.name] = list(value)
            case str() if field.name == "json":
                members["value"] = json_text.parse(value, json_text.ANY_DEPTH, exact=True)
            case _:
                members[field.name] = value
    return members
