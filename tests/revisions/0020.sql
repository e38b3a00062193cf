CREATE FUNCTION public.incidents_find(example jsonb, led boolean, needles text[], wanted_hash bytea, since timestamp with time zone, until timestamp with time zone, partitions text[], lows bigint[], highs bigint[], wanted integer, width bigint, seconds double precision) RETURNS TABLE(id bigint, received_at timestamp with time zone, hash bytea, headers text, body text, next_width bigint, steps integer)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    SET enable_bitmapscan TO 'on'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    SET cpu_tuple_cost TO '100'
    SET random_page_cost TO '1.1'
    AS $_$
#variable_conflict use_column
DECLARE
    section_ids CONSTANT bigint := 65536;
    growth bigint := 64;                     -- of a step behind one that found nothing
    width_max CONSTANT bigint := 1::bigint << 40;
    more_than_wanted CONSTANT integer := 80; -- so many more rows a step may look up
    small_bytes CONSTANT integer := 2048;    -- up to that PostgreSQL compresses nothing
    -- To look at so many small rows takes no longer than to ask the index, which takes longer for more
    -- values.
    row_by_row_ids CONSTANT bigint := CASE WHEN jsonb_array_length(example) < 3 THEN 256 ELSE 768 END;
    stops CONSTANT timestamptz := clock_timestamp() + seconds * interval '1 second';
    -- As it stands in the index.
    searched CONSTANT text := $sql$(CASE json_typeof(coalesce(body_for_search, body)) WHEN 'array' THEN
        ('{"' || (id >> 16)::text || '":' || ('[]'::jsonb || headers::jsonb
            || coalesce(body_for_search, body)::jsonb)::text || '}')::jsonb
    ELSE
        ('{"' || (id >> 16)::text || '":[' || headers::text || ','
            || coalesce(body_for_search, body)::text || ']}')::jsonb
    END)$sql$;
    -- The values of every step: $1 <= id < $2, the example, how many rows, since, until, hash, needles.
    -- (IS TRUE hides the times from the index of times: which ids have them is known.)
    timely CONSTANT text := CASE WHEN since IS NULL AND until IS NULL THEN 'true'
        ELSE $sql$((received_at >= coalesce($5, '-infinity') AND received_at < coalesce($6, 'infinity'))
            IS TRUE)$sql$ END;
    -- The index leads, and the primary key narrows down what it has: PostgreSQL looks up what both
    -- have (BitmapAnd). So that it does, whatever its statistics say, the values are hidden from it
    -- (SELECT, ANY): it takes an example for one in 100, and these ids for one in 27.
    narrow CONSTANT text := $sql$
        SELECT id FROM %1$s
        WHERE %2$s @> (SELECT jsonb_build_object(($1 >> 16)::text, $3)) AND %3$s
            AND id >= (SELECT $1) AND id >= ANY (ARRAY[(SELECT $1)]) AND id < ANY (ARRAY[(SELECT $2)])
        LIMIT $4
    $sql$;
    -- Section after section, only as far as it takes (Nested Loop and Limit do no work ahead). The
    -- bitmap of the primary key would cost more than all else: id + 0.
    wide CONSTANT text := $sql$
        SELECT met.id FROM generate_series(($2 - 1) >> 16, $1 >> 16, -1) AS section CROSS JOIN LATERAL (
            SELECT id FROM %1$s
            WHERE %2$s @> jsonb_build_object(section::text, $3) AND id + 0 >= $1 AND id + 0 < $2 AND %3$s
        ) AS met LIMIT $4
    $sql$;
    by_hash CONSTANT text := $sql$
        SELECT id FROM %1$s WHERE hash = $7 AND id >= $1 AND id < $2 AND %3$s ORDER BY id DESC LIMIT $4
    $sql$;
    -- Row by row. What has not even the needles need not be parsed (in a CASE, as PostgreSQL would put
    -- conditions in an order of its own). Of a row of more than $9 bytes there is but a negative id.
    row_by_row CONSTANT text := format(
        $sql$
        SELECT CASE WHEN size > $9 THEN - id ELSE id END AS id FROM (
            SELECT *, pg_column_size(headers) + pg_column_size(body) AS size FROM %%1$s
            WHERE id >= $1 AND id < $2 AND %%3$s ORDER BY id DESC
        ) AS row
        WHERE CASE WHEN size > $9 THEN true WHEN %s THEN
            ('[]'::jsonb || headers::jsonb || coalesce(body_for_search, body)::jsonb) @> $3 ELSE false END
        LIMIT $4
        $sql$,
        coalesce(
            (
                SELECT string_agg(
                    format('(strpos(body::text, $8[%1$s]) > 0 OR strpos(headers::text, $8[%1$s]) > 0)', number),
                    ' AND '
                ) || $sql$ OR strpos(body::text, '\') > 0 OR strpos(headers::text, '\') > 0$sql$
                FROM generate_subscripts(needles, 1) AS number
            ),
            'true'
        )
    );
    all_of_it CONSTANT text := $sql$
        SELECT id FROM %1$s WHERE id >= $1 AND id < $2 AND %3$s ORDER BY id DESC LIMIT $4
    $sql$;
    whole_rows CONSTANT text := $sql$
        SELECT id, received_at, hash, CASE WHEN small THEN headers::text END,
            CASE WHEN small THEN body::text END, NULL::bigint, NULL::integer
        FROM (
            SELECT *, pg_column_size(headers) + pg_column_size(body) <= $2 AS small
            FROM %1$s WHERE id = ANY ($1)
        ) AS found ORDER BY id DESC
    $sql$;
    low bigint;
    high bigint := highs[1];
    bottom bigint;          -- of the step
    top bigint;             -- all ids from here on were looked at
    step text;
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
    FOR part IN 1 .. cardinality(partitions) LOOP
        low := lows[part];
        high := highs[part];
        here := '{}';
        WHILE high > low AND found < wanted LOOP
            begun := clock_timestamp();
            EXIT WHEN begun >= stops AND steps > 0;
            cap := wanted - found;
            bottom := greatest(low, high - width);
            IF wanted_hash IS NOT NULL THEN
                step := by_hash;
                bottom := low;
            ELSIF example IS NULL THEN
                step := all_of_it;
            ELSIF NOT led THEN
                step := row_by_row;
            ELSE
                step := narrow;
                IF width = 1 OR width <= row_by_row_ids AND large IS NULL THEN
                    step := row_by_row;
                ELSIF width >= section_ids AND (high % section_ids = 0 OR high = highs[part]) THEN
                    step := wide;
                    bottom := greatest(low, bottom / section_ids * section_ids);
                END IF;
                IF step = narrow THEN
                    bottom := greatest(bottom, (high - 1) / section_ids * section_ids);
                END IF;
            END IF;
            by_index := step IN (narrow, wide);
            IF by_index THEN
                cap := cap + more_than_wanted;
            END IF;
            PERFORM  -- of the other steps each is in the order of an index
                set_config('enable_indexscan', CASE WHEN by_index THEN 'off' ELSE 'on' END, true),
                set_config('enable_bitmapscan', CASE WHEN by_index THEN 'on' ELSE 'off' END, true);
            EXECUTE format(
                'SELECT coalesce(array_agg(id ORDER BY abs(id) DESC), ''{}'') FROM (' || step || ') AS step',
                partitions[part], searched, timely
            ) INTO met USING bottom, high, example, cap, since, until, wanted_hash, needles,
                -- (One row alone is looked at however large it is, so that it always goes on.)
                CASE WHEN led AND width > 1 THEN small_bytes END;
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
                top := CASE step WHEN wide THEN least(high, (met[cap] / section_ids + 1) * section_ids)
                    ELSE high END;
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
            RETURN QUERY EXECUTE format(whole_rows, partitions[part]) USING here, small_bytes;
        END IF;
        EXIT search WHEN high > low OR found >= wanted;
    END LOOP;
    RETURN QUERY SELECT high, NULL::timestamptz, NULL::bytea, NULL, NULL, width, steps;
END
$_$;
CREATE FUNCTION public.incidents_find(searched text, lead text, row_matches text, may_match text, key_matches text, texts text[], since timestamp with time zone, until timestamp with time zone, partitions text[], lows bigint[], highs bigint[], wanted integer, width bigint, seconds double precision) RETURNS TABLE(id bigint, received_at timestamp with time zone, hash bytea, headers text, body text, next_width bigint, steps integer)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    SET enable_bitmapscan TO 'on'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    SET cpu_tuple_cost TO '100'
    SET random_page_cost TO '1.1'
    AS $_$
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
    first_width CONSTANT bigint := width;
    matches CONSTANT text := replace(row_matches, '%', '%%');  -- it goes through format()
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
    last_of_time CONSTANT text := $sql$
        SELECT coalesce(max(id) + 1, $1) FROM (
            SELECT id FROM %1$s WHERE id >= $1 AND id < $2 AND %2$s ORDER BY id DESC LIMIT 1
        ) AS newest
    $sql$;
    by_key CONSTANT text := format(
        $sql$
        SELECT id FROM %%1$s WHERE %s AND id >= $1 AND id < $2 AND %%2$s AND %s ORDER BY id DESC LIMIT $4
        $sql$, key_matches, coalesce(matches, 'true')
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
        $sql$, replace(coalesce(may_match, 'true'), '%', '%%'), matches
    );
    all_of_it CONSTANT text := $sql$
        SELECT id FROM %1$s WHERE id >= $1 AND id < $2 AND %2$s ORDER BY id DESC LIMIT $4
    $sql$;
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
            IF key_matches IS NOT NULL THEN
                step := by_key;
                IF row_matches IS NULL THEN
                    bottom := low;
                END IF;
            ELSIF row_matches IS NULL THEN
                step := all_of_it;
            ELSIF lead IS NULL THEN
                step := row_by_row;
            ELSE
                step := narrow;
                IF width = 1 OR width <= row_by_row_ids AND large IS NULL THEN
                    step := row_by_row;
                ELSIF width >= section_ids AND (high % section_ids = 0 OR high = part.top) THEN
                    step := wide;
                    bottom := greatest(low, bottom / section_ids * section_ids);
                END IF;
                IF step = narrow THEN
                    bottom := greatest(bottom, (high - 1) / section_ids * section_ids);
                END IF;
            END IF;
            by_index := step IN (narrow, wide);
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
                top := CASE step WHEN wide THEN least(high, (met[cap] / section_ids + 1) * section_ids)
                    ELSE high END;
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
$_$;
CREATE FUNCTION public.incidents_find(searched text, leads jsonb[], led_matches text, row_matches text, strings text[], entries jsonb[], in_headers jsonb[], wanted_hash bytea, since timestamp with time zone, until timestamp with time zone, partitions text[], lows bigint[], highs bigint[], wanted integer, width bigint, seconds double precision) RETURNS TABLE(id bigint, received_at timestamp with time zone, hash bytea, headers text, body text, next_width bigint, steps integer)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    SET enable_bitmapscan TO 'on'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    SET cpu_tuple_cost TO '100'
    SET random_page_cost TO '1.1'
    AS $_$
#variable_conflict use_column
DECLARE
    section_ids CONSTANT bigint := 65536;
    growth bigint := 64;                     -- of a step behind one that found nothing
    width_max CONSTANT bigint := 1::bigint << 40;
    more_than_wanted CONSTANT integer := 80; -- so many more rows a step may look up
    small_bytes CONSTANT integer := 2048;    -- up to that PostgreSQL compresses nothing
    -- To look at so many small rows takes no longer than to ask the index, which takes longer for more
    -- values.
    times_at_once CONSTANT bigint := 16384;
    row_by_row_ids CONSTANT bigint := CASE WHEN cardinality(entries) < 3 THEN 256 ELSE 768 END;
    first_width CONSTANT bigint := width;
    stops CONSTANT timestamptz := clock_timestamp() + seconds * interval '1 second';
    -- The values of every step: $1 <= id < $2, $3 leads, $4 so many rows, $5 since, $6 until, $7 hash,
    -- $8 strings, $9 bytes of a row, $10 entries, $11 the same in headers.
    -- (IS TRUE hides the times from the index of times: which ids have them is known.)
    timely CONSTANT text := CASE WHEN since IS NULL AND until IS NULL THEN 'true'
        ELSE $sql$((received_at >= coalesce($5, '-infinity') AND received_at < coalesce($6, 'infinity'))
            IS TRUE)$sql$ END;
    -- The index leads, and the primary key narrows down what it has: PostgreSQL looks up what both
    -- have (BitmapAnd). So that it does, whatever its statistics say, the values are hidden from it
    -- (SELECT, ANY): it takes an example for one in 100, and these ids for one in 27.
    narrow CONSTANT text := format(
        $sql$
        SELECT id FROM %%1$s WHERE %1$s @> ANY (ARRAY(
            SELECT jsonb_build_object(($1 >> 16)::text, lead) FROM unnest($3) AS lead
        )) AND id >= (SELECT $1) AND id >= ANY (ARRAY[(SELECT $1)]) AND id < ANY (ARRAY[(SELECT $2)])
            AND %%2$s AND %2$s
        LIMIT $4
        $sql$, searched, led_matches
    );
    -- Section after section, only as far as it takes (Nested Loop and Limit do no work ahead). The
    -- bitmap of the primary key would cost more than all else: id + 0.
    wide CONSTANT text := format(
        $sql$
        SELECT met.id FROM (
            SELECT ARRAY(SELECT jsonb_build_object(section::text, lead) FROM unnest($3) AS lead) AS leads
            FROM generate_series(($2 - 1) >> 16, $1 >> 16, -1) AS section OFFSET 0
        ) AS asked CROSS JOIN LATERAL (
            SELECT id FROM %%1$s WHERE %1$s @> ANY (asked.leads)
                AND id + 0 >= $1 AND id + 0 < $2 AND %%2$s AND %2$s
        ) AS met LIMIT $4
        $sql$, searched, led_matches
    );
    last_of_time CONSTANT text := $sql$
        SELECT coalesce(max(id) + 1, $1) FROM (
            SELECT id FROM %1$s WHERE id >= $1 AND id < $2 AND %2$s ORDER BY id DESC LIMIT 1
        ) AS newest
    $sql$;
    by_hash CONSTANT text := $sql$
        SELECT id FROM %1$s WHERE hash = $7 AND id >= $1 AND id < $2 AND %2$s ORDER BY id DESC LIMIT $4
    $sql$;
    -- Row by row. Of a row of more than $9 bytes there is but a negative id.
    row_by_row CONSTANT text := format(
        $sql$
        SELECT CASE WHEN size > $9 THEN - id ELSE id END AS id FROM (
            SELECT *, pg_column_size(headers) + pg_column_size(body) AS size FROM %%1$s
            WHERE id >= $1 AND id < $2 AND %%2$s ORDER BY id DESC
        ) AS row
        WHERE CASE WHEN size > $9 THEN true ELSE %s END
        LIMIT $4
        $sql$, row_matches
    );
    all_of_it CONSTANT text := $sql$
        SELECT id FROM %1$s WHERE id >= $1 AND id < $2 AND %2$s ORDER BY id DESC LIMIT $4
    $sql$;
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
            IF wanted_hash IS NOT NULL THEN
                step := by_hash;
                bottom := low;
            ELSIF row_matches IS NULL THEN
                step := all_of_it;
            ELSIF leads = '{}' THEN
                step := row_by_row;
            ELSE
                step := narrow;
                IF width = 1 OR width <= row_by_row_ids AND large IS NULL THEN
                    step := row_by_row;
                ELSIF width >= section_ids AND (high % section_ids = 0 OR high = part.top) THEN
                    step := wide;
                    bottom := greatest(low, bottom / section_ids * section_ids);
                END IF;
                IF step = narrow THEN
                    bottom := greatest(bottom, (high - 1) / section_ids * section_ids);
                END IF;
            END IF;
            by_index := step IN (narrow, wide);
            IF by_index THEN
                cap := cap + more_than_wanted;
            END IF;
            PERFORM  -- of the other steps each is in the order of an index
                set_config('enable_indexscan', CASE WHEN by_index THEN 'off' ELSE 'on' END, true),
                set_config('enable_bitmapscan', CASE WHEN by_index THEN 'on' ELSE 'off' END, true);
            EXECUTE format(
                'SELECT coalesce(array_agg(id ORDER BY abs(id) DESC), ''{}'') FROM (' || step || ') AS step',
                part.name, timely
            ) INTO met USING bottom, high, leads, cap, since, until, wanted_hash, strings,
                -- (One row alone is looked at however large it is, so that it always goes on.)
                CASE WHEN leads <> '{}' AND width > 1 THEN small_bytes END, entries, in_headers;
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
                top := CASE step WHEN wide THEN least(high, (met[cap] / section_ids + 1) * section_ids)
                    ELSE high END;
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
$_$;
CREATE FUNCTION public.incidents_ids_of_time(since timestamp with time zone, until timestamp with time zone, low bigint, high bigint) RETURNS int8multirange
    LANGUAGE sql STABLE
    AS $_$
    SELECT int8multirange(int8range($3, $4)) - coalesce(
        (
            SELECT range_agg(int8range(block.low, block.high)) FROM incidents_blocks AS block
            WHERE block.low >= $3 AND block.low < $4 AND (block.newest < $1 OR block.oldest >= $2)
        ),
        '{}'
    )
$_$;
CREATE FUNCTION public.incidents_matches(headers json, body json, entries jsonb[], in_headers jsonb[]) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    parsed_headers CONSTANT jsonb := headers;
    parsed_body CONSTANT jsonb := body;
    in_body jsonb[] := '{}';  -- what the headers do not contain
BEGIN
    FOR number IN 1 .. cardinality(entries) LOOP
        IF NOT (parsed_headers @> entries[number] OR parsed_headers @> in_headers[number]) THEN
            in_body := in_body || entries[number];
        END IF;
    END LOOP;
    IF jsonb_typeof(parsed_body) <> 'array' OR in_body = '{}' THEN
        RETURN parsed_body @> ALL (in_body);
    END IF;
    -- Of an array one element has to contain them all.
    RETURN EXISTS (SELECT FROM jsonb_array_elements(parsed_body) AS element WHERE element @> ALL (in_body));
END
$$;
CREATE FUNCTION public.incidents_parsed(headers json, body json) RETURNS TABLE(head jsonb, item jsonb)
    LANGUAGE plpgsql IMMUTABLE ROWS 1 PARALLEL SAFE
    AS $$
DECLARE
    whole CONSTANT jsonb := body;
BEGIN
    head := headers;
    IF jsonb_typeof(whole) = 'array' THEN
        FOR item IN SELECT each FROM jsonb_array_elements(whole) AS each WHERE jsonb_typeof(each) = 'object' LOOP
            RETURN NEXT;
        END LOOP;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    item := whole;
    RETURN NEXT;
END
$$;
CREATE TABLE public.incidents (
    id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    hash bytea NOT NULL,
    headers json NOT NULL,
    body json NOT NULL,
    body_for_search json,
    raw bytea,
    group_key bigint
)
PARTITION BY RANGE (id);
CREATE TABLE public.incidents_0 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea,
    group_key bigint
);
CREATE TABLE public.incidents_10 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea,
    group_key bigint
);
CREATE TABLE public.incidents_20 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea,
    group_key bigint
);
CREATE TABLE public.incidents_30 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea,
    group_key bigint
);
CREATE TABLE public.incidents_alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.incidents_block_groups (
    low bigint NOT NULL,
    keys bigint[] NOT NULL,
    counts integer[] NOT NULL,
    firsts bigint[] NOT NULL,
    lasts bigint[] NOT NULL
);
CREATE TABLE public.incidents_blocks (
    low bigint NOT NULL,
    high bigint NOT NULL,
    oldest timestamp with time zone NOT NULL,
    newest timestamp with time zone NOT NULL,
    count integer,
    unit_seconds integer,
    counts integer[]
);
CREATE TABLE public.incidents_channels (
    name text NOT NULL,
    kind text NOT NULL,
    fields json NOT NULL,
    secrets bytea,
    fallback text,
    per_minute integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    last_error text,
    last_sent_at timestamp with time zone,
    next_attempt_at timestamp with time zone
);
CREATE TABLE public.incidents_clock (
    seen_at timestamp with time zone,
    waits_until timestamp with time zone,
    stopped_at timestamp with time zone,
    reason text,
    confirmed_at timestamp with time zone
);
CREATE TABLE public.incidents_generation (
    number bigint NOT NULL,
    seals bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.incidents_group_changes (
    id bigint NOT NULL,
    key bigint NOT NULL,
    action text NOT NULL,
    at timestamp with time zone NOT NULL,
    until timestamp with time zone,
    by text,
    reason text,
    last_id bigint NOT NULL
);
ALTER TABLE public.incidents_group_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incidents_group_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.incidents_groups (
    key bigint NOT NULL,
    first_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.incidents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.incidents_idempotency_keys (
    key bytea NOT NULL,
    content bytea NOT NULL,
    status smallint NOT NULL,
    ids bigint[] NOT NULL,
    hashes bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    repeats integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.incidents_keys (
    hash bytea NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    verify text,
    signing_secrets bytea,
    signature_required boolean DEFAULT false NOT NULL
);
CREATE TABLE public.incidents_notifications (
    id bigint NOT NULL,
    message_id text NOT NULL,
    channel text NOT NULL,
    rule text,
    topic text NOT NULL,
    payload json NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    dead_at timestamp with time zone,
    last_error text,
    joined_into bigint,
    origin text NOT NULL
);
ALTER TABLE public.incidents_notifications ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incidents_notifications_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.incidents_rejected (
    id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    status smallint NOT NULL,
    detail text NOT NULL,
    headers json NOT NULL,
    address inet,
    key text,
    body bytea,
    truncated boolean NOT NULL,
    size integer NOT NULL,
    incident_id bigint,
    incident_hash bytea
);
ALTER TABLE public.incidents_rejected ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incidents_rejected_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.incidents_settled (
    below bigint DEFAULT '0'::bigint NOT NULL,
    groups_below bigint DEFAULT 0 NOT NULL,
    groups_full boolean DEFAULT false NOT NULL
);
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_0 FOR VALUES FROM ('0') TO ('10');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_10 FOR VALUES FROM ('10') TO ('20');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_20 FOR VALUES FROM ('20') TO ('30');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_30 FOR VALUES FROM ('30') TO ('40');
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 17:51:31.815784+00', '\xcb7c1410f81edb48ded2f75a28050ae5aa05a02577a8e74147ad0c4e2c31f29c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 17:51:32.235274+00', '\x9d1dd09408d7fdc1c74aa71a5c0130e3468637a076cfcc2ac0caf329c81af54b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 17:51:32.272908+00', '\x60ea52a2e2d5622c71a8aafb8b912ae062b08d8d7b3c60605b1deefe347c23ec', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 17:51:32.311336+00', '\x24fc6cc7fb35c4bbe0b84d59187fab663b077411ec12446b2f5fba25007b21c6', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 17:51:32.358776+00', '\xd71cb941b9b901b63f89828f14c5d28b0c0647afe39f669dc258b4469c274b62', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 17:51:32.408312+00', '\xa67b18efdf4fc33965982c98bc6a27d59b6ebda107235a9db2c869e962967a85', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 17:51:32.448145+00', '\xb404291269d931bd5cba5941c06cf850b41adb01229419c6e9b862703161f05f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 17:51:32.483223+00', '\x826bc6a17a5c097157431f965a295e748c1d3cd4fe013107ac162b5e52f61178', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 17:51:32.513993+00', '\x07af634d78262a768f9342d73f8f72b499eff9e401c46d74da65ccd289f58b09', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 17:51:32.581984+00', '\xaf1cdbcb110cede0f2af642a115407fb05830047950d4368ead51bbd870154b7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 17:51:32.645839+00', '\x78a53b6d0ed4a3d51cbc5a292918abb4d0edd2fb312e20c16a2710f7c6dcefb1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 17:51:32.675037+00', '\x6b8cd167c06afa9eef5ef86a393cbae9f4cf4c7a848a913bed303244b6442d00', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 17:51:32.712594+00', '\x3118a463c395a944787c30556359fa61185a912a505327b133a9dad6a46221cd', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 17:51:32.776045+00', '\x557cc03bb76193aa576355578b078cf53bb1bc19f007cc32b10e0a5cc57da83a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 17:51:32.824654+00', '\x97f9d5ce94099641b872bc78f2ddfcb3c0d32da0e70f4238fba6e2177bd288d8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 17:51:32.846973+00', '\xc62a25397082b20076336af85af3543082d201a6066490653282116de9b86e53', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 17:51:32.895282+00', '\xecb3dc7ba9ba8cf2fa98445435578ad4a7a21488d0410dde69d25ba549a458db', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 17:51:32.956129+00', '\x75dd7e8af2efc8ed7927731b3fe5f7d0b3b402f0af1dd9ae89f8affde230e747', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 17:51:33.015168+00', '\x6ca534df942c89e48bf8942e44a17ab34d56eb33a2a8d0b41c854c610468fea1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 17:51:33.061643+00', '\x7952717267d8b4df6dd7505d8f5277f967a10f0a61e7b4c46d45f864b6a352a6', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 17:51:33.136512+00', '\x9d6d7730dcb60f266a64049c032b6285d7176bd80c92adabd8c422003242b4b1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 17:51:33.171095+00', '\xd35ff90e513c50324c265dacb747c5f8996cc38341eea405739b61667031ad09', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 17:51:33.203752+00', '\x3a0bcde41c0e452677701dfc1de5e1388cc6040a30b5c37bd08f53e4323033fa', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 17:51:33.228808+00', '\xafa875193e9da6ad43185634403a49a6af356176a93de8220a9e08325e9453bb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 17:51:33.251359+00', '\xfbbebc943fddd95142d72a0d047bb52264d5345a81d157ab35bf52a95bf478e0', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 17:51:33.279268+00', '\x4210b0b48a867afcc3dfd08e53f5e9359449bc1c6b579e263fcb12fd78ec601d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL, -1231424747893171269);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 17:51:33.311714+00', '\xb12cb2a84b07443c7ffd36832c692c0659ced616154f64f131d149303fe96e43', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL, 1967403349444132974);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 17:51:33.339207+00', '\xae5dbfc8e32346980f4ab0610954d96393edc925a5202b31f0b440cf967f2c45', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL, 3558365126908657110);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 17:51:33.374796+00', '\x948e57a58c308cb1220444614cadb46395987fce29131252c1497914fd7cc3e6', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL, 116440891161830438);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 17:51:33.392861+00', '\x1b1f072ee4d7a4b0ad59e7a2a4e168c04b49d17175d0810d3ac6f52d2cdedc19', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:18430", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL, -6886456003186342444);
INSERT INTO public.incidents_alembic_version VALUES ('0020');
INSERT INTO public.incidents_clock VALUES (NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.incidents_generation VALUES (0, 0);
INSERT INTO public.incidents_settled VALUES (1, 1, false);
SELECT pg_catalog.setval('public.incidents_group_changes_id_seq', 1, false);
SELECT pg_catalog.setval('public.incidents_id_seq', 30, true);
SELECT pg_catalog.setval('public.incidents_notifications_id_seq', 1, false);
SELECT pg_catalog.setval('public.incidents_rejected_id_seq', 1, false);
ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_0
    ADD CONSTRAINT incidents_0_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_10
    ADD CONSTRAINT incidents_10_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_20
    ADD CONSTRAINT incidents_20_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_30
    ADD CONSTRAINT incidents_30_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_alembic_version
    ADD CONSTRAINT incidents_alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.incidents_block_groups
    ADD CONSTRAINT incidents_block_groups_pkey PRIMARY KEY (low);
ALTER TABLE ONLY public.incidents_blocks
    ADD CONSTRAINT incidents_blocks_pkey PRIMARY KEY (low);
ALTER TABLE ONLY public.incidents_channels
    ADD CONSTRAINT incidents_channels_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.incidents_group_changes
    ADD CONSTRAINT incidents_group_changes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_groups
    ADD CONSTRAINT incidents_groups_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.incidents_idempotency_keys
    ADD CONSTRAINT incidents_idempotency_keys_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.incidents_keys
    ADD CONSTRAINT incidents_keys_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.incidents_notifications
    ADD CONSTRAINT incidents_notifications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_rejected
    ADD CONSTRAINT incidents_rejected_pkey PRIMARY KEY (id);
CREATE INDEX incidents_searched_by_section_idx ON ONLY public.incidents USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_0_case_idx ON public.incidents_0 USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_group_key_id_idx ON ONLY public.incidents USING btree (group_key, id);
CREATE INDEX incidents_0_group_key_id_idx ON public.incidents_0 USING btree (group_key, id);
CREATE INDEX incidents_hash_id_idx ON ONLY public.incidents USING btree (hash, id);
CREATE INDEX incidents_0_hash_id_idx ON public.incidents_0 USING btree (hash, id);
CREATE INDEX incidents_received_at_id_idx ON ONLY public.incidents USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_0_received_at_expr_idx ON public.incidents_0 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_10_case_idx ON public.incidents_10 USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_10_group_key_id_idx ON public.incidents_10 USING btree (group_key, id);
CREATE INDEX incidents_10_hash_id_idx ON public.incidents_10 USING btree (hash, id);
CREATE INDEX incidents_10_received_at_expr_idx ON public.incidents_10 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_20_case_idx ON public.incidents_20 USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_20_group_key_id_idx ON public.incidents_20 USING btree (group_key, id);
CREATE INDEX incidents_20_hash_id_idx ON public.incidents_20 USING btree (hash, id);
CREATE INDEX incidents_20_received_at_expr_idx ON public.incidents_20 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_30_case_idx ON public.incidents_30 USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_30_group_key_id_idx ON public.incidents_30 USING btree (group_key, id);
CREATE INDEX incidents_30_hash_id_idx ON public.incidents_30 USING btree (hash, id);
CREATE INDEX incidents_30_received_at_expr_idx ON public.incidents_30 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_group_changes_key_id_idx ON public.incidents_group_changes USING btree (key, id);
CREATE INDEX incidents_groups_first_at_idx ON public.incidents_groups USING btree (first_at);
CREATE INDEX incidents_idempotency_keys_expires_at_idx ON public.incidents_idempotency_keys USING btree (expires_at);
CREATE UNIQUE INDEX incidents_keys_name_idx ON public.incidents_keys USING btree (name) WHERE (revoked_at IS NULL);
CREATE INDEX incidents_notifications_joined_idx ON public.incidents_notifications USING btree (joined_into) WHERE (joined_into IS NOT NULL);
CREATE INDEX incidents_notifications_rule_idx ON public.incidents_notifications USING btree (rule, id);
CREATE INDEX incidents_notifications_sent_idx ON public.incidents_notifications USING btree (channel, sent_at) WHERE (state = 'sent'::text);
CREATE INDEX incidents_notifications_topic_idx ON public.incidents_notifications USING btree (channel, topic, id) WHERE (state = 'pending'::text);
CREATE INDEX incidents_notifications_waiting_idx ON public.incidents_notifications USING btree (channel, next_attempt_at, id) WHERE ((state = 'pending'::text) AND (joined_into IS NULL));
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_0_case_idx;
ALTER INDEX public.incidents_group_key_id_idx ATTACH PARTITION public.incidents_0_group_key_id_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_0_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_0_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_0_received_at_expr_idx;
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_10_case_idx;
ALTER INDEX public.incidents_group_key_id_idx ATTACH PARTITION public.incidents_10_group_key_id_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_10_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_10_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_10_received_at_expr_idx;
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_20_case_idx;
ALTER INDEX public.incidents_group_key_id_idx ATTACH PARTITION public.incidents_20_group_key_id_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_20_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_20_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_20_received_at_expr_idx;
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_30_case_idx;
ALTER INDEX public.incidents_group_key_id_idx ATTACH PARTITION public.incidents_30_group_key_id_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_30_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_30_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_30_received_at_expr_idx;
ALTER TABLE ONLY public.incidents_block_groups
    ADD CONSTRAINT incidents_block_groups_low_fkey FOREIGN KEY (low) REFERENCES public.incidents_blocks(low) ON DELETE CASCADE;
