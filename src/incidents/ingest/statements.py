"""What the way in says to PostgreSQL."""

from incidents.db.known_groups import GROUP_KEY
from incidents.db.names import ID_SEQUENCE
from incidents.db.settled import NOT_SETTLED

# The way in speaks to the driver itself; docs/decisions/*-libraries.md has what that was worth.
# How many there will be is hidden from the planner: it would plan anew each time, for longer than
# all else takes.
RESERVE = f"""
    SELECT array(
               SELECT nextval('{ID_SEQUENCE}') FROM generate_series(1, (SELECT $1::integer))
           )
"""  # noqa: S608

# As it is: for ids that come with an import.
INSERT = f"""
    INSERT INTO incidents (id, received_at, hash, headers, body, body_for_search, raw, group_key)
    SELECT id, received_at, hash, headers::json, body::json, body_for_search::json, raw, {GROUP_KEY}
    FROM unnest(
        $1::bigint[], $2::timestamptz[], $3::bytea[], $4::text[], $5::text[], $6::text[],
        $7::bytea[], $8::bigint[], $9::bigint[], $10::bigint[]
    ) AS batch (
        id, received_at, hash, headers, body, body_for_search, raw, key, old_key, service_key
    )
"""  # noqa: S608 - constants

INSERT_RESERVED = f"{INSERT} WHERE {NOT_SETTLED}"

# Both at once, where one predicts which ids will be reserved: if they are not those, nothing is
# stored. (A query in WITH that says nextval is worked out once.)
INSERT_PREDICTED = f"""
    WITH reserved AS MATERIALIZED (
        SELECT array(
            SELECT nextval('{ID_SEQUENCE}')
            FROM generate_series(1, (SELECT cardinality($1::bigint[])))
        ) AS ids
    ), stored AS (
        {INSERT_RESERVED} AND (SELECT ids FROM reserved) = $1::bigint[] RETURNING id
    )
    SELECT ids, (SELECT count(*) FROM stored) AS stored FROM reserved
"""  # noqa: S608

# A batch that is sent again, because nobody knows whether it was committed, changes nothing
# if it was: its ids are there. Should the first try still be running, the second waits for it.
INSERT_MISSING = f"{INSERT} ON CONFLICT (id) DO NOTHING RETURNING id"
INSERT_RESERVED_MISSING = f"{INSERT_RESERVED} ON CONFLICT (id) DO NOTHING RETURNING id"

# Rules pass over what an import stores, unless they say otherwise. Without rules nobody asks.
MARK_IMPORTED = """
    INSERT INTO incidents_imported (low, high, ids)
    SELECT min(id), max(id), $1 FROM unnest($1::bigint[]) AS id
    WHERE EXISTS (SELECT FROM incidents_rules) HAVING count(*) > 0
"""

WHOSE = "SELECT id, hash, received_at FROM incidents WHERE id = ANY($1::bigint[])"

COMPENSATE = """
    DELETE FROM incidents USING unnest($1::bigint[], $2::bytea[], $3::timestamptz[])
        AS doubtful (id, hash, received_at)
    WHERE incidents.id = doubtful.id AND incidents.hash = doubtful.hash
        AND incidents.received_at = doubtful.received_at
"""
