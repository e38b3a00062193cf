"""Whether a row of the table `incidents` matches a tree, as SQL: every value is a parameter.

It says what `core/query/predicate.py` says, of the row alone: however it was found.
"""

from incidents.core import json_text
from incidents.core.query.instant import Instant
from incidents.core.query.prefilter import needle_of
from incidents.core.query.tree import (
    AllOf,
    AnyOf,
    Entry,
    HasPart,
    HasWords,
    IsHash,
    IsId,
    Leaf,
    Not,
    Received,
    Tree,
)
from incidents.db.conditions import Parameters
from incidents.db.query.field import field_matches
from incidents.db.query.text import has_part, has_words

# Parsed once for all leaves; one object of an array that has some is the body.
_BODIES = """
    (SELECT headers::jsonb AS head, coalesce(body_for_search, body)::jsonb AS whole OFFSET 0)
        AS incident
    CROSS JOIN LATERAL (
        SELECT element AS item
        FROM jsonb_array_elements(
            CASE jsonb_typeof(whole) WHEN 'array' THEN whole ELSE '[]' END
        ) AS element
        WHERE jsonb_typeof(element) = 'object'
        UNION ALL
        SELECT whole
        WHERE NOT whole @? 'strict $ ? (@.type() == "array")[*] ? (@.type() == "object")'
    ) AS bodies
"""

# What has not even the text that all matches have need not be parsed. Where the JSON may have it in
# other characters it is not looked for: with a backslash, or in another case beyond ASCII.
_MAY_MATCH = r"""CASE WHEN (
    SELECT strpos(lower(texts COLLATE "C"), {needle}) > 0
        OR strpos(texts, '\') > 0 OR octet_length(texts) <> length(texts)
    FROM (SELECT headers::text || coalesce(body_for_search, body)::text OFFSET 0) AS row(texts)
) THEN {matches} ELSE false END"""


def row_matches(tree: Tree, parameters: Parameters) -> str:
    """A boolean expression over the columns of `incidents`, never null. Its times are absolute.

    (Citus takes no such subquery in a WHERE that it pushes to its workers.)
    """
    matches = f"EXISTS (SELECT FROM {_BODIES} WHERE {_tree(tree, parameters)})"
    needle = needle_of(tree)
    if needle is None:
        return matches
    return _MAY_MATCH.format(needle=parameters.add(needle, "text"), matches=matches)


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
        case IsHash() | IsId() | Received():
            return _about_server(leaf, parameters)
        case _:
            return field_matches(leaf, parameters)


def _entry(entry: Entry, parameters: Parameters) -> str:
    name = entry.key.lower() if entry.key.isascii() else entry.key
    key = json_text.write(entry.key)
    in_body = parameters.add(f"{{{key}:{entry.json}}}", "jsonb")
    in_headers = parameters.add(f"[{entry.json}]", "jsonb")
    return f"""(item @> {in_body} OR EXISTS (
        SELECT FROM jsonb_each(head) AS header(name, value)
        WHERE lower(name COLLATE "C") = {parameters.add(name, "text")}
        AND jsonb_build_array(value) @> {in_headers}
    ))"""


def _about_server(leaf: IsHash | IsId | Received, parameters: Parameters) -> str:
    match leaf:
        case IsHash(hash_):
            return f"(hash = {parameters.add(bytes.fromhex(hash_), 'bytea')})"
        case IsId(order, number):
            return f"(id {order} {parameters.add(number, 'bigint')})"
        case Received(order, bound):
            assert isinstance(bound, Instant)
            seconds = parameters.add(bound.number, "numeric")
            return f"(extract(epoch FROM received_at)::numeric {order} {seconds})"
