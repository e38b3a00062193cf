"""What the incidents of a search have in common, as SQL."""

from dataclasses import replace

from incidents.core.query.tree import EVERYTHING
from incidents.db.condition import Condition, Window
from incidents.db.names import SEARCHED
from incidents.db.parameters import Parameters
from incidents.db.query.lead import ROOT, in_section
from incidents.db.query.row import checked, row_matches
from incidents.db.query.sections import sections_of
from incidents.db.query.way import ELEMENTS


def ids_in(window: Window, parameters: Parameters) -> str:
    """The ids low <= id < high."""
    low, high = (parameters.add(each, "bigint") for each in window)
    return f"id >= {low} AND id < {high}"


def ids_of_section(window: Window, parameters: Parameters) -> str:
    """The same, hidden from the primary key: another index leads, and has little beyond these.

    The primary key's bitmap of so many ids would cost more than all else.
    """
    low, high = (parameters.add(each, "bigint") for each in window)
    return f"id + 0 >= {low} AND id + 0 < {high}"


def beside_tree(condition: Condition, parameters: Parameters) -> str:
    """What is asked beside the tree, ` AND ` before it; to be used behind a range of ids."""
    criteria = ""
    if condition.hash is not None:
        criteria += f" AND hash = {parameters.add(condition.hash, 'bytea')}"
    if condition.group is not None:
        criteria += f" AND group_key = {parameters.add(condition.group, 'bigint')}"
    if times := within_times(condition, parameters):
        # Which ids have that time is known: the index of times would be asked in vain (IS TRUE).
        criteria += f" AND ({times}) IS TRUE"
    return criteria


def within_times(condition: Condition, parameters: Parameters) -> str:
    """The times that are asked for; "" where none are."""
    if condition.since is None and condition.until is None:
        return ""
    # Both, or neither: the fewer different queries there are, the fewer plans a connection keeps.
    since = f"coalesce({parameters.add(condition.since, 'timestamptz')}, '-infinity')"
    until = f"coalesce({parameters.add(condition.until, 'timestamptz')}, 'infinity')"
    return f"received_at >= {since} AND received_at < {until}"


def row_by_row(condition: Condition, parameters: Parameters) -> str:
    """All that is asked, ` AND ` before it, of rows that no index of examples led to."""
    criteria = beside_tree(condition, parameters)
    if condition.tree == EVERYTHING:
        return criteria
    return f" AND {checked(condition.tree, parameters)}{criteria}"


def led_to(condition: Condition, parameters: Parameters) -> str:
    """All that is asked, ` AND ` before it, of what the index of examples led to."""
    return f" AND {row_matches(condition.tree, parameters)}{beside_tree(condition, parameters)}"


def of_window(condition: Condition, window: Window, parameters: Parameters) -> str:
    """All that is asked of the ids low <= id < high, for a query of the whole table."""
    which = ids_in(window, parameters)
    if times := within_times(condition, parameters):
        which += f" AND {times}"  # no block is settled there: the index of times may lead
        condition = replace(condition, since=None, until=None)
    if condition.lead is None:
        return which + row_by_row(condition, parameters)
    paths = tuple(in_section(condition.lead, each) for each in sections_of(window))
    which += f" AND {leads_to(parameters.add(paths, 'jsonpath[]'))}"
    return which + led_to(condition, parameters)


def in_section_of(section: str, lead: str) -> str:
    """The index leads to rows of a section; both are SQL, of its number and of a lead."""
    root = f"""'$."' || {section} || '"{ELEMENTS}'"""
    return f"replace({lead}, '{ROOT}', {root})::jsonpath"


def leads_to(paths: str) -> str:
    """The rows to which the index leads by one of these jsonpaths."""
    return f"{SEARCHED} @@ ANY ({paths})"
