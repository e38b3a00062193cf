"""Whether a row of the table `incidents` matches a tree, as SQL: every value is a parameter.

It says what `core/query/predicate.py` says, of the row alone: however it was found.
"""

from incidents.core import json_text
from incidents.core.grouping.keys import key_of_id
from incidents.core.incident import header_name
from incidents.core.query.instant import Instant
from incidents.core.query.prefilter import exact_needles_of, needles_of
from incidents.core.query.tree import (
    AllOf,
    AnyOf,
    Entry,
    HasPart,
    HasWords,
    IsGroup,
    IsHash,
    IsId,
    Leaf,
    Not,
    Received,
    Tree,
)
from incidents.db.parameters import Parameters
from incidents.db.query.field import field_matches
from incidents.db.query.text import has_part, has_words
from incidents.db.query.way import in_any_case

# What has not even the text that all matches have need not be parsed. Where the JSON may have it in
# other characters it is not looked for: with a backslash, or in another case beyond ASCII.
_MAY_MATCH = r"""(
    SELECT {has_all} OR strpos(texts, '\') > 0 {or_else}
    FROM (SELECT headers::text || coalesce(body_for_search, body)::text OFFSET 0) AS row(texts)
)"""
_BEYOND_ASCII = "OR octet_length(texts) <> length(texts)"


def row_matches(tree: Tree, parameters: Parameters) -> str:
    """A boolean expression over the columns of `incidents`, never null. Its times are absolute.

    Citus refuses a subquery within a subquery: what else needs one is a function (see sql/).
    """
    parsed = "incidents_parsed(headers, coalesce(body_for_search, body))"
    return f"EXISTS (SELECT FROM {parsed} WHERE {_tree(tree, parameters)})"


def may_match(tree: Tree, parameters: Parameters) -> str | None:
    """A boolean expression that is true of each row that matches, and quick; None without one."""
    texts, or_else = 'texts COLLATE "C"', ""
    needles = exact_needles_of(tree)
    if not needles:
        texts, or_else = f"lower({texts})", _BEYOND_ASCII
        needles = needles_of(tree)
    if not needles:
        return None
    named = (parameters.add(each, "text") for each in needles)
    has_all = " AND ".join(f"strpos({texts}, {each}) > 0" for each in named)
    return _MAY_MATCH.format(has_all=has_all, or_else=or_else)


def checked(tree: Tree, parameters: Parameters) -> str:
    """As `row_matches`; a row that cannot match is not parsed."""
    matches, may = row_matches(tree, parameters), may_match(tree, parameters)
    # (In a CASE, since PostgreSQL would put the conditions in an order of its own.)
    return matches if may is None else f"CASE WHEN {may} THEN {matches} ELSE false END"


def _tree(tree: Tree, parameters: Parameters) -> str:
    match tree:
        case AllOf(terms):
            return f"({' AND '.join(_tree(term, parameters) for term in terms) or 'true'})"
        case AnyOf(terms):
            return f"({' OR '.join(_tree(term, parameters) for term in terms)})"
        case Not(term):
            return f"(NOT {_tree(term, parameters)})"
        case _:
            return _leaf(tree, parameters)


def _leaf(leaf: Leaf, parameters: Parameters) -> str:
    match leaf:
        case Entry():
            return _entry(leaf, parameters)
        case HasWords(words):
            return has_words(words, parameters)
        case HasPart(text):
            return has_part(text, parameters)
        case IsHash() | IsGroup() | IsId() | Received():
            return _about_server(leaf, parameters)
        case _:
            return field_matches(leaf, parameters)


def _entry(entry: Entry, parameters: Parameters) -> str:
    key = json_text.write(entry.key)
    in_body = parameters.add(f"{{{key}:{entry.json}}}", "jsonb")
    return f"(item @> {in_body} OR {_in_headers(entry, parameters)})"


def _in_headers(entry: Entry, parameters: Parameters) -> str:
    """Whether a header has that value: first by the usual spelling of its name, which is quick."""
    if not entry.key.isascii():
        return _under_any_spelling(entry, parameters)
    name = json_text.write(header_name(entry.key.encode()))
    as_stored = parameters.add(f"{{{name}:{entry.json}}}", "jsonb")
    return f"head @> {as_stored} OR {_under_any_spelling(entry, parameters)}"


def _under_any_spelling(entry: Entry, parameters: Parameters) -> str:
    header = f"strict {in_any_case(entry.key)}"
    if entry.json[0] not in "[{":
        # Planned in a fraction of the time that the other way takes.
        path = parameters.add(f"{header} ? (@ == {entry.json})", "jsonpath")
        return f"(head @? {path}) IS TRUE"
    contained = parameters.add(f"[{entry.json}]", "jsonb")
    values = f"jsonb_path_query_array(head, {parameters.add(header, 'jsonpath')})"
    return f"({values} @> {contained})"


def _about_server(leaf: IsHash | IsGroup | IsId | Received, parameters: Parameters) -> str:
    match leaf:
        case IsHash(hash_):
            return f"(hash = {parameters.add(bytes.fromhex(hash_), 'bytea')})"
        case IsGroup(group):
            # Null where it is not grouped yet.
            return f"(group_key = {parameters.add(key_of_id(group), 'bigint')}) IS TRUE"
        case IsId(order, number):
            return f"(id {order} {parameters.add(number, 'bigint')})"
        case Received(order, bound):
            assert isinstance(bound, Instant)
            seconds = parameters.add(bound.number, "numeric")
            return f"(extract(epoch FROM received_at)::numeric {order} {seconds})"
