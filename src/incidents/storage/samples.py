"""Samples of incidents, as SQL."""

from collections.abc import Iterable, Sequence

from incidents.storage.condition import Condition
from incidents.storage.conditions import Parameters, in_section
from incidents.storage.tables import SEARCHED, SECTION_BITS


def sample(
    conditions: Sequence[Condition], tables: Iterable[str], ids: Sequence[int], bytes_max: int
) -> tuple[str, list[object]]:
    """A query, and its values: which of some examples incidents meet, and how many meet these.

    A row has an array, true or false for each example, and a number. The incidents are those of
    the ids that are in the tables, in at most so many bytes.
    """
    parameters = Parameters()
    those, most = parameters.add(ids, "bigint[]"), parameters.add(bytes_max, "int")
    rows = " UNION ALL ".join(
        f"SELECT id >> {SECTION_BITS} AS section, {SEARCHED} AS searched FROM {table} "  # noqa: S608
        f"WHERE id = ANY({those}) AND pg_column_size(headers) + pg_column_size(body) <= {most}"
        for table in tables
    )
    asked = (in_section("section", each.entries or "", parameters) for each in conditions)
    met = ", ".join(f"jsonb_contains(searched, {each})" for each in asked)
    # (OFFSET 0: the text is parsed once for all of them.)
    return (
        f"SELECT ARRAY[{met}] AS met, count(*) FROM ({rows} OFFSET 0) AS near GROUP BY met",  # noqa: S608
        parameters.values,
    )
