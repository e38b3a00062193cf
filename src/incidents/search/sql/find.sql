-- The newest incidents that match, and how far it looked; search/page.py asks it for each page.
--
-- It goes through the ids of the partitions that it is given, from the newest down, without those that
-- have no incident of that time (incidents_ids_of_time), in steps. A step
-- that found too little makes the next one wider, one that met too much is done again narrower. Each
-- step is planned for the partition as it is at that moment (EXECUTE). All of it is one statement, so
-- it sees one snapshot.
--
-- Where the index of examples leads (`lead`), its entries are apart for each section of 65,536 ids,
-- so that a step costs what its sections have. It leads to rows in any order: a step looks up `cap` of
-- them at most, and if there are as many, those of the oldest section that it reached are not counted.
-- Of words and numbers it is kept where they may be: there alone it looks (ids_to_look_at.sql).
CREATE OR REPLACE FUNCTION incidents_find(
    searched text,          -- what the index is of, as SQL (see db/names.py)
    lead text,              -- a jsonpath that the index leads by, chr(1) for the section; NULL: it does not
    row_matches text,       -- whether a row matches, as SQL over a row and $8; NULL where each does
    may_match text,         -- whether a row can match, quick; NULL where that is not known
    key_matches text,       -- whether a row has a key, which an index has in order of ids; NULL: any
    word_ids text,          -- ids of a `section` that may match by words and numbers, as SQL; NULL: any
    texts text[],           -- $8 of these
    since timestamptz,      -- received_at >= since and received_at < until; either may be NULL
    until timestamptz,
    partitions text[],      -- the newest first, and of each the ids: low <= id < high
    lows bigint[],
    highs bigint[],
    wanted integer,         -- so many rows are enough
    width bigint,           -- so many ids has the first step
    seconds double precision  -- after that no step begins, but the first
) RETURNS TABLE (
    id bigint, received_at timestamptz, hash bytea,
    headers text, body text,  -- NULL where they are not small: the caller fetches few of these at once
    -- The last row has these alone, and in `id` how far it looked: all ids from there on were looked at.
    next_width bigint, steps integer
)
LANGUAGE plpgsql STABLE
-- Without these PostgreSQL would walk through the primary key where it guesses that matches are
-- common: fast when it is right, a walk through everything when not.
SET enable_seqscan = off
SET enable_indexscan = off
SET enable_bitmapscan = on
SET jit = off
SET max_parallel_workers_per_gather = 0
-- A row that is looked at is parsed, and may be large: whatever leads to fewer rows is cheaper, also a
-- read of the whole list of new entries that GIN keeps beside its index. (Not so much that PostgreSQL,
-- to which costs are the same within 1 %, sees no other difference.)
SET cpu_tuple_cost = 100
SET random_page_cost = 1.1
AS $find$
#variable_conflict use_column
DECLARE
    section_ids CONSTANT bigint := 65536;
    growth bigint := 64;                     -- of a step behind one that found nothing
    width_max CONSTANT bigint := 1::bigint << 40;
    more_than_wanted CONSTANT integer := 80; -- so many more rows a step may look up
    small_bytes CONSTANT integer := 2048;    -- up to that PostgreSQL compresses nothing
    -- To look at so many small rows takes no longer than to ask the index.
    times_at_once CONSTANT bigint := 16384;
    row_by_row_ids CONSTANT bigint := 256;
    few_ids CONSTANT bigint := 4096;         -- of a section, to look at which is quick
    first_width CONSTANT bigint := width;
    matches CONSTANT text := replace(row_matches, '%', '%%');  -- it goes through format()
    can_match CONSTANT text := replace(may_match, '%', '%%');
    stops CONSTANT timestamptz := clock_timestamp() + seconds * interval '1 second';

    -- The values of every step: $1 <= id < $2, $3 lead, $4 so many rows, $5 since, $6 until, $7 bytes
    -- of a row, $8 texts.
    -- (IS TRUE hides the times from the index of times: which ids have them is known.)
    timely CONSTANT text := CASE WHEN since IS NULL AND until IS NULL THEN 'true'
        ELSE $sql$((received_at >= coalesce($5, '-infinity') AND received_at < coalesce($6, 'infinity'))
            IS TRUE)$sql$ END;
    -- The index leads, and the primary key narrows down what it has: PostgreSQL looks up what both
    -- have (BitmapAnd). So that it does, whatever its statistics say, the values are hidden from it
    -- (SELECT, ANY): it takes an example for one in 100, and these ids for one in 27.
    narrow CONSTANT text := format(
        $sql$
        SELECT id FROM %%1$s WHERE %1$s @@ ANY (ARRAY(
            SELECT replace($3, chr(1), '$."' || ($1 >> 16) || '"[*]')::jsonpath
        )) AND id >= (SELECT $1) AND id >= ANY (ARRAY[(SELECT $1)]) AND id < ANY (ARRAY[(SELECT $2)])
            AND %%2$s AND %2$s
        LIMIT $4
        $sql$, searched, matches
    );
    -- Section after section, only as far as it takes (Nested Loop and Limit do no work ahead). The
    -- bitmap of the primary key would cost more than all else: id + 0.
    wide CONSTANT text := format(
        $sql$
        SELECT met.id FROM (
            SELECT replace($3, chr(1), '$."' || section || '"[*]')::jsonpath AS path
            FROM generate_series(($2 - 1) >> 16, $1 >> 16, -1) AS section OFFSET 0
        ) AS asked CROSS JOIN LATERAL (
            SELECT id FROM %%1$s WHERE %1$s @@ asked.path
                AND id + 0 >= $1 AND id + 0 < $2 AND %%2$s AND %2$s
        ) AS met LIMIT $4
        $sql$, searched, matches
    );
    -- The same where words are asked for, too. Where few ids of a section may have them, these are
    -- looked at; else the index leads, and what it leads to has to be one of them.
    wide_by_words CONSTANT text := format(
        $sql$
        SELECT met.id FROM (
            SELECT ids, replace($3, chr(1), '$."' || section || '"[*]')::jsonpath AS path,
                (SELECT sum(upper(each) - lower(each)) FROM unnest(ids) AS each) <= %4$s AS are_few
            FROM generate_series(($2 - 1) >> 16, $1 >> 16, -1) AS section
            CROSS JOIN LATERAL (SELECT incidents_ids_to_look_at($1, $2, section, %3$s) OFFSET 0) AS looked (ids)
            WHERE NOT isempty(ids) OFFSET 0
        ) AS asked CROSS JOIN LATERAL (
            SELECT id FROM %%1$s WHERE NOT asked.are_few AND %1$s @@ asked.path
                AND id + 0 >= $1 AND id + 0 < $2 AND CASE WHEN asked.ids @> id AND %%2$s THEN %2$s END
            UNION ALL
            SELECT id FROM unnest(asked.ids) AS run CROSS JOIN LATERAL (
                SELECT id FROM %%1$s WHERE asked.are_few AND id >= lower(run) AND id < upper(run)
                    AND CASE WHEN %5$s AND %%2$s THEN %2$s END
            ) AS row
        ) AS met LIMIT $4
        $sql$, searched, matches, word_ids, few_ids, coalesce(can_match, 'true')
    );
    last_of_time CONSTANT text := $sql$
        SELECT coalesce(max(id) + 1, $1) FROM (
            SELECT id FROM %1$s WHERE id >= $1 AND id < $2 AND %2$s ORDER BY id DESC LIMIT 1
        ) AS newest
    $sql$;
    by_key CONSTANT text := format(
        $sql$
        SELECT id FROM %%1$s WHERE %s AND id >= $1 AND id < $2 AND %%2$s AND %s ORDER BY id DESC LIMIT $4
        $sql$, coalesce(key_matches, 'true'), coalesce(matches, 'true')
    );
    -- Row by row. Of a row of more than $7 bytes there is but a negative id.
    row_by_row CONSTANT text := format(
        $sql$
        SELECT CASE WHEN size > $7 THEN - id ELSE id END AS id FROM (
            SELECT *, pg_column_size(headers) + pg_column_size(body) AS size FROM %%1$s
            WHERE id >= $1 AND id < $2 AND %%2$s ORDER BY id DESC
        ) AS row
        WHERE CASE WHEN size > $7 THEN true WHEN %s THEN %s ELSE false END
        LIMIT $4
        $sql$, coalesce(can_match, 'true'), matches
    );
    -- The same, but for the ids that do not have the words.
    by_words CONSTANT text := format(
        $sql$
        SELECT row.id FROM generate_series(($2 - 1) >> 16, $1 >> 16, -1) AS section
        CROSS JOIN LATERAL (
            SELECT ids FROM unnest(incidents_ids_to_look_at($1, $2, section, %s)) AS ids
            ORDER BY lower(ids) DESC
        ) AS run CROSS JOIN LATERAL (
            SELECT id FROM %%1$s
            WHERE id >= lower(ids) AND id < upper(ids) AND CASE WHEN %s AND %%2$s THEN %s END
            ORDER BY id DESC
        ) AS row LIMIT $4
        $sql$, word_ids, coalesce(can_match, 'true'), matches
    );
    -- Whether these are so few of the ids, in one section, that no index need lead to others.
    words_are_rare CONSTANT text := format($sql$
        SELECT coalesce(sum(upper(ids) - lower(ids)), 0) <= least(%s, ($2 - $1) / 16)
        FROM (SELECT $1 >> 16) AS asked (section), unnest(incidents_ids_to_look_at($1, $2, section, %s)) AS ids
    $sql$, few_ids, word_ids);
    whole_rows CONSTANT text := $sql$
        SELECT id, received_at, hash, CASE WHEN small THEN headers::text END,
            CASE WHEN small THEN body::text END, NULL::bigint, NULL::integer
        FROM (
            SELECT *, pg_column_size(headers) + pg_column_size(body) <= $2 AS small
            FROM %1$s WHERE id = ANY ($1)
        ) AS found ORDER BY id DESC
    $sql$;

    part record;            -- ids of a partition that may have incidents of that time
    low bigint;
    high bigint;
    reached bigint := lows[cardinality(lows)];
    bottom bigint;          -- of the step
    top bigint;             -- all ids from here on were looked at
    step text;
    are_rare boolean;
    by_index boolean;
    large bigint := NULL;   -- the newest row that a walk did not look at
    cap integer;
    met bigint[];           -- by the step, the newest first
    here bigint[];          -- found in this partition
    found integer := 0;
    whole integer;          -- rows of it that are in order, with none left out between them
    lacking integer;
    ids_a_match double precision;
    width_limit bigint;
    begun timestamptz;
BEGIN
    steps := 0;
    <<search>>
    FOR part IN
        SELECT name, lower(ids) AS low, upper(ids) AS high, each.high AS top
        FROM unnest(partitions, lows, highs) AS each (name, low, high)
        CROSS JOIN LATERAL unnest(incidents_ids_of_time(since, until, each.low, each.high)) AS ids
        ORDER BY lower(ids) DESC
    LOOP
        IF part.high <> high THEN  -- behind a gap matches are perhaps as dense as at first
            width := first_width;
            growth := 64;
        END IF;
        low := part.low;
        high := part.high;
        IF since IS NOT NULL OR until IS NOT NULL THEN
            -- Of a block in which the time ends, and of what is not settled, matches of other times
            -- would be parsed. To look at the times alone is cheap.
            PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_bitmapscan', 'off', true);
            EXECUTE format(last_of_time, part.name, timely) INTO high
                USING greatest(low, high - times_at_once), high, NULL, NULL, since, until;
        END IF;
        here := '{}';
        WHILE high > low AND found < wanted LOOP
            begun := clock_timestamp();
            EXIT WHEN begun >= stops AND steps > 0;
            cap := wanted - found;
            bottom := greatest(low, high - width);
            IF key_matches IS NOT NULL OR row_matches IS NULL THEN
                step := by_key;
                IF key_matches IS NOT NULL AND row_matches IS NULL THEN
                    bottom := low;
                END IF;
            ELSIF lead IS NULL THEN
                step := CASE WHEN word_ids IS NULL OR width <= row_by_row_ids THEN row_by_row ELSE by_words END;
            ELSE
                step := narrow;
                IF width = 1 OR width <= row_by_row_ids AND large IS NULL THEN
                    step := row_by_row;
                ELSIF width >= section_ids AND (high % section_ids = 0 OR high = part.top) THEN
                    step := CASE WHEN word_ids IS NULL THEN wide ELSE wide_by_words END;
                    bottom := greatest(low, bottom / section_ids * section_ids);
                ELSE
                    bottom := greatest(bottom, (high - 1) / section_ids * section_ids);
                    IF word_ids IS NOT NULL THEN
                        EXECUTE words_are_rare INTO are_rare
                            USING bottom, high, NULL, NULL, NULL, NULL, NULL, texts;
                        step := CASE WHEN are_rare THEN by_words ELSE narrow END;
                    END IF;
                END IF;
            END IF;
            by_index := step IN (narrow, wide, wide_by_words);
            IF by_index THEN
                cap := cap + more_than_wanted;
            END IF;
            PERFORM  -- of the other steps each is in the order of an index
                set_config('enable_indexscan', CASE WHEN by_index THEN 'off' ELSE 'on' END, true),
                set_config('enable_bitmapscan', CASE WHEN by_index THEN 'on' ELSE 'off' END, true);
            EXECUTE format(
                'SELECT coalesce(array_agg(id ORDER BY abs(id) DESC), ''{}'') FROM (' || step || ') AS step',
                part.name, timely
            ) INTO met USING bottom, high, lead, cap, since, until,
                -- (One row alone is looked at however large it is, so that it always goes on.)
                CASE WHEN lead IS NOT NULL AND width > 1 THEN small_bytes END, texts;
            steps := steps + 1;
            large := (SELECT - each FROM unnest(met) AS each WHERE each < 0 LIMIT 1);
            IF large IS NOT NULL THEN
                met := met[1 : array_position(met, - large) - 1];
                bottom := large + 1;
            END IF;
            whole := cardinality(met);
            width_limit := width_max;
            IF whole < cap OR NOT by_index THEN
                top := CASE WHEN whole < cap THEN bottom ELSE met[whole] END;
                ids_a_match := (high - top)::double precision / nullif(whole, 0);
            ELSE
                top := CASE step WHEN narrow THEN high
                    ELSE least(high, (met[cap] / section_ids + 1) * section_ids) END;
                whole := (SELECT count(*) FROM unnest(met) AS each WHERE each >= top);
                ids_a_match := (met[whole + 1] - met[cap] + 1)::double precision / (cap - whole);
                width_limit := (top - bottom) / 2;
                growth := 2;
                -- Those that are so close together are perhaps far below, as of what ended there.
                ids_a_match := greatest(ids_a_match, CASE WHEN ids_a_match * wanted < (top - bottom) / 64
                    THEN (top - bottom) / 8 / wanted END);
            END IF;
            lacking := wanted - found - whole;
            lacking := CASE WHEN lacking > 0 THEN lacking ELSE wanted END;  -- of the next page
            -- At this speed the next step takes half of the time that is left, at most.
            width := greatest(1, least(
                width_limit,
                coalesce(ids_a_match * lacking * 1.5, width * growth),
                greatest(1, high - bottom) * extract(epoch FROM stops - clock_timestamp())
                    / greatest(1e-6, extract(epoch FROM clock_timestamp() - begun)) / 2
            ));
            here := here || met[1 : whole];
            found := found + whole;
            high := top;
        END LOOP;
        IF found > wanted THEN
            here := here[1 : cardinality(here) - (found - wanted)];
        END IF;
        IF found >= wanted THEN
            high := here[cardinality(here)];
        END IF;
        IF here <> '{}' THEN
            RETURN QUERY EXECUTE format(whole_rows, part.name) USING here, small_bytes;
        END IF;
        IF high > low OR found >= wanted THEN
            reached := high;
            EXIT search;
        END IF;
    END LOOP;
    RETURN QUERY SELECT reached, NULL::timestamptz, NULL::bytea, NULL, NULL, width, steps;
END
$find$;
