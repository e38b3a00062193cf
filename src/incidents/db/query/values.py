"""The values of a field of a row, which counts tell apart, as SQL."""

from incidents.core.query.tree import ARRAYS_MAX, Path
from incidents.db.parameters import Parameters
from incidents.db.query.field import fields_at
from incidents.db.query.way import ELEMENTS

# These are no JSON texts: a row without a value; a value that is not told apart.
MISSING = "missing"
OTHER = "other"

# A longer value is counted with OTHER: nobody can read a list of these.
VALUE_BYTES_MAX = 256
# Of the values of a row so many are counted.
VALUES_MAX = 100


def values_of_row(path: Path, told: tuple[str, ...] | None, parameters: Parameters) -> str:
    """The scalars that a field has, as JSON texts: an expression of the type text[], each once.

    Numbers are in their shortest form. A value that is none of `told`, where that is given, or is
    long, is OTHER; where there is none, it is MISSING.
    """
    is_told = f"octet_length(value) <= {VALUE_BYTES_MAX}"
    if told is not None:
        is_told += f" AND value = ANY({parameters.add(told, 'text[]')})"
    fields = fields_at(path, ELEMENTS * ARRAYS_MAX, parameters)
    return f"""coalesce(nullif(ARRAY(
        SELECT DISTINCT (CASE WHEN {is_told} THEN value ELSE '{OTHER}' END) COLLATE "C" AS kind
        FROM incidents_parsed(headers, coalesce(body_for_search, body)),
            jsonb_array_elements({fields}) AS fields (field), LATERAL (
            SELECT CASE jsonb_typeof(field) WHEN 'number'
                THEN trim_scale(field::numeric)::text ELSE field::text END AS value
        ) AS texts
        WHERE jsonb_typeof(field) NOT IN ('array', 'object')
        ORDER BY kind LIMIT {VALUES_MAX}
    ), '{{}}'), '{{{MISSING}}}')"""  # noqa: S608
