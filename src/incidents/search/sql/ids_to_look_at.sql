-- The ids of a section, low <= id < high, that have to be looked at: all but those of settled blocks of
-- which the words are known, and that do not have the words. (What is known goes with the block; see
-- db/settled.py.)
CREATE OR REPLACE FUNCTION incidents_ids_to_look_at(
    low bigint,
    high bigint,
    section bigint,
    word_ids int8multirange  -- of those blocks
) RETURNS int8multirange
LANGUAGE sql STABLE PARALLEL SAFE
AS $ids_to_look_at$
    SELECT int8multirange(int8range($3 << 16, $3 + 1 << 16) * int8range($1, $2)) - (coalesce(
        (
            SELECT range_agg(int8range(block.low, block.high)) FROM incidents_blocks AS block
            WHERE block.words AND block.low >= $3 << 16 AND block.low < $3 + 1 << 16
        ),
        '{}'
    ) - $4)
$ids_to_look_at$;
