-- The ids of a section at which all of these words may stand, of those that the index of words has.
-- (core/word_index.py makes its entries, search/indexing.py stores them: what is kept of a word
-- is in one bucket, or in one of its own, each posting some bits of the word's hash and a place.)
CREATE OR REPLACE FUNCTION incidents_ids_of_words(searched bigint, words bigint[])
RETURNS int8multirange
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $ids_of_words$
DECLARE
    place_bits CONSTANT integer := 16383;
    any_word CONSTANT integer := -1;    -- the bucket of runs in which any word may stand
    few_ids CONSTANT bigint := 512;     -- to look at these is quicker than to ask for one word more
    first CONSTANT bigint := searched << 16;
    word bigint;
    low integer;
    high integer;
    places integer[] := '{}';           -- of one word after the other
    ends integer[] := '{}';             -- where those of each word end
    ids int8multirange := int8multirange(int8range(first, first + 65536));
BEGIN
    FOREACH word IN ARRAY words LOOP
        low := (word >> 14 << 14) - 2147483648;
        high := low | place_bits;
        places := places || ARRAY(
            SELECT posting & place_bits
            FROM incidents_words AS kept, unnest(
                -- Those of a whole section are in order.
                CASE WHEN kept.part = 0 AND kept.bucket <> any_word
                THEN kept.postings[width_bucket(low, kept.postings) : width_bucket(high, kept.postings)]
                ELSE kept.postings END
            ) AS posting
            WHERE kept.section = searched
                AND kept.bucket IN (any_word, (word & 1023)::integer, (1073741824 | (word >> 2))::integer)
                AND (posting BETWEEN low AND high OR kept.bucket = any_word)
        );
        IF cardinality(places) = coalesce(ends[cardinality(ends)], 0) THEN
            RETURN '{}';
        END IF;
        ends := ends || cardinality(places);
    END LOOP;
    -- The rarest word first.
    FOR low, high IN
        SELECT begins + 1, ends_at
        FROM (SELECT coalesce(lag(each) OVER (ORDER BY each), 0), each FROM unnest(ends) AS each)
            AS of_word (begins, ends_at)
        ORDER BY ends_at - begins
    LOOP
        ids := ids * (
            SELECT range_agg(
                CASE WHEN place < 8192 THEN int8range(first + (place << 3), first + (place + 1 << 3))
                ELSE int8range(first + (place - 8192 << 7), first + (place - 8191 << 7)) END
            ) FROM unnest(places[low : high]) AS place
        );
        EXIT WHEN (SELECT coalesce(sum(upper(run) - lower(run)), 0) FROM unnest(ids) AS run) <= few_ids;
    END LOOP;
    RETURN ids;
END
$ids_of_words$;
