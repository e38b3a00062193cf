-- Which ids, low <= id < high, incidents of a time may have: all but those of settled blocks whose
-- times are others. (A block is settled once nothing is stored under its ids any more; see
-- search/settling.py.)
CREATE OR REPLACE FUNCTION incidents_ids_of_time(
    since timestamptz,  -- received_at >= since and received_at < until; either may be NULL
    until timestamptz,
    low bigint,
    high bigint
) RETURNS int8multirange
LANGUAGE sql STABLE
AS $ids_of_time$
    SELECT int8multirange(int8range($3, $4)) - coalesce(
        (
            SELECT range_agg(int8range(block.low, block.high)) FROM incidents_blocks AS block
            WHERE block.low >= $3 AND block.low < $4 AND (block.newest < $1 OR block.oldest >= $2)
        ),
        '{}'
    )
$ids_of_time$;
