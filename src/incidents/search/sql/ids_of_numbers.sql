-- The ids of a section at which a field may have a number between these: all but those of cells whose
-- numbers are known, and others. (core/number_index.py makes the entries, search/indexing.py stores
-- them.)
CREATE OR REPLACE FUNCTION incidents_ids_of_numbers(
    searched bigint,
    field integer,  -- the bucket of its hash
    lowest double precision,
    highest double precision
) RETURNS int8multirange
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $ids_of_numbers$
DECLARE
    any_field CONSTANT integer := -1;   -- the bucket of cells in which each field may have any number
    first CONSTANT bigint := searched << 16;
BEGIN
    RETURN coalesce(
        (
            SELECT range_agg(int8range(first + cell * 128, first + cell * 128 + 128))
            FROM incidents_numbers AS kept, unnest(kept.cells, kept.lows, kept.highs) AS numbers (cell, low, high)
            WHERE kept.section = searched AND kept.bucket IN (field, any_field)
                AND low <= highest AND high >= lowest
        ),
        '{}'
    ) + coalesce(
        (
            SELECT range_agg(int8range(block.low, block.high)) FROM incidents_blocks AS block
            WHERE NOT block.numbers AND block.low >= first AND block.low < first + 65536
        ),
        '{}'
    );
END
$ids_of_numbers$;
