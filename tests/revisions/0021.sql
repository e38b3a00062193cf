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
CREATE TABLE public.incidents_imported (
    low bigint NOT NULL,
    high bigint NOT NULL,
    ids bigint[] NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL
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
CREATE TABLE public.incidents_mutes (
    name text NOT NULL,
    object json NOT NULL,
    until timestamp with time zone,
    held_back bigint DEFAULT '0'::bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
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
CREATE TABLE public.incidents_rule_history (
    id bigint NOT NULL,
    rule text NOT NULL,
    member text,
    by json,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    count bigint NOT NULL,
    ids bigint[] NOT NULL,
    title text NOT NULL,
    detail text,
    muted_by text,
    notification bigint,
    body json
);
ALTER TABLE public.incidents_rule_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incidents_rule_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.incidents_rule_states (
    rule text NOT NULL,
    member text NOT NULL,
    status text NOT NULL,
    quiet_since timestamp with time zone NOT NULL,
    last timestamp with time zone,
    since timestamp with time zone,
    count bigint NOT NULL,
    ids bigint[] NOT NULL,
    times timestamp with time zone[] NOT NULL,
    repeat_at timestamp with time zone,
    told boolean NOT NULL,
    muted_by text,
    title text NOT NULL,
    text text NOT NULL
);
CREATE TABLE public.incidents_rules (
    name text NOT NULL,
    wanted json,
    applied json,
    begins_after bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    not_followed bigint DEFAULT '0'::bigint NOT NULL
);
CREATE TABLE public.incidents_rules_position (
    version bigint DEFAULT '0'::bigint NOT NULL,
    "position" text DEFAULT '0'::text NOT NULL,
    clock timestamp with time zone DEFAULT now() NOT NULL,
    alive_at timestamp with time zone DEFAULT now() NOT NULL
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
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 18:13:32.134643+00', '\xd940923097f2468e540533b09c7e6c14e688442c1aafe5530b50ec1db761b0be', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 18:13:32.470485+00', '\x9c53442a1620ff6b64860f0995cb453fcd109b55e0dca2ddac6b036f7eb53170', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 18:13:32.502923+00', '\x5596445d5c4a6cbb4240ee96dc4e3e71d0468788daaa9d25f99011dd0b50e6f7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 18:13:32.530909+00', '\x63e74fc346da9ec7463fd24460c752650a8ef80a6e6bf61630ae40776802fe0f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 18:13:32.587465+00', '\x16572f98cdf97aebffcf7840f949dbc905916c5c6af117bb76f431612412ace0', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 18:13:32.622108+00', '\x83720f5eb83feabba4dd8e6ad247c58fa13f2aa24a7bf20fb0e433a8c8d3e351', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 18:13:32.694998+00', '\x562da0863c6e43c2a0ee5598bf5f09629187a43d2f15357b228c733c3a47a7cc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 18:13:32.724956+00', '\x34a15fd1ae5e72d9cac2eb7e9e0a0bc170c2c92563376f7a57d7786b2ccdc7e3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 18:13:32.759076+00', '\x47ae2197785bd4390489c3a9e8df4ed0be0af1f185dbe38116b766ed6bdc6ec4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 18:13:32.799775+00', '\xd38fadf2e80a836a8f861addc8738e0244e8c67e6e9c2ad2c224544f53914df5', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 18:13:32.841132+00', '\x918851aa5fe2f52fb02f21298383153c0b16e4c544735c8bed9c377c471ccf98', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 18:13:32.86349+00', '\xf3a07752d44532956b577c1fd9b66d9dbd17465dceb8bc0da0dcc17793944b85', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 18:13:32.887027+00', '\x9793adb12edb38785c7298177bc5b39da026ab96d2d5231cd55456bb75d5cec2', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 18:13:32.907238+00', '\xbe9de260f6b481082f2f4674992da8fdcd9eb1c324c6352bac25c15cf565c0c2', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 18:13:32.926845+00', '\x789dbf89900673149b5f2ace72338e2519d3a1751abbb6dc7026f7bfc6f34a14', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 18:13:32.946881+00', '\xf0ced9a98c93e7dfbac6e61ba596fc2330d930173716942251a31bfbe8e7e1f3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 18:13:32.9757+00', '\x4d954002baac931a8cb7e73a8c20a00699bca5d826c5007ed16d032d164325b3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 18:13:32.999237+00', '\xf73df0095447db566f6c5f25eb54d4828c6a569a1bcbbdba1d4a405af811239c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 18:13:33.01975+00', '\x11b4a4529b997a16f7b121176329bb5fd421a4e6c7a2997d770e017540273abf', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 18:13:33.051783+00', '\xf5bbc530041ada0c8b9321ad1ee51ef1f5d5cd3d43cc6f538172c867bf47971a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 18:13:33.086917+00', '\x941cb00f0208b727b554a434cb418e812c2fd1ed1982b133c11f2c28f9f82a99', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 18:13:33.118899+00', '\x41a9065cbbc0a58eaf8915c83ac7cc8a7614610e128b30467cabd300da0e8b36', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 18:13:33.146998+00', '\x52389866175b338107870e7ab6e57356f33e6103b04f2fd4dc8accf82f155ba0', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 18:13:33.167828+00', '\x703e39f8527816f51da39c41f57d0e9649e9b4c2a8f474a3465db0cddfc206c9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 18:13:33.186845+00', '\xdb915b571c41e6ab3424e50299f96d57eb9d03887a1b2bba1cc40797a3c8413a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 18:13:33.211317+00', '\x51a4a1d73149972b971b26d974638ed35325d936a0f9b47468434ef5c09189a9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL, -1231424747893171269);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 18:13:33.235648+00', '\x676e39307be2d3f1ac5373795d1e8208b84ecdd773fa096fe8390eaf02153295', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL, 1967403349444132974);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 18:13:33.264435+00', '\x6221d32ce2a790d24220e576d6a6c9868b21bd6387c98fb009b106fd2e83c5be', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL, -2251939115464587972);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 18:13:33.291095+00', '\x9b515e38e4ca2b7c65f66e8460d0ab841b4f8aadaa2ea8310d4e2f19e389f97a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL, 116440891161830438);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 18:13:33.323626+00', '\x55cba7c93db340f4f53644365db9cd6536430e1fd51c9cfe92e12542c76bf8f4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:11730", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL, -6886456003186342444);
INSERT INTO public.incidents_alembic_version VALUES ('0021');
INSERT INTO public.incidents_clock VALUES (NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.incidents_generation VALUES (0, 0);
INSERT INTO public.incidents_rules_position VALUES (0, '0', '2026-11-29 18:13:21.227576+00', '2026-11-29 18:13:21.227576+00');
INSERT INTO public.incidents_settled VALUES (1, 1, false);
SELECT pg_catalog.setval('public.incidents_group_changes_id_seq', 1, false);
SELECT pg_catalog.setval('public.incidents_id_seq', 30, true);
SELECT pg_catalog.setval('public.incidents_notifications_id_seq', 1, false);
SELECT pg_catalog.setval('public.incidents_rejected_id_seq', 1, false);
SELECT pg_catalog.setval('public.incidents_rule_history_id_seq', 1, false);
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
ALTER TABLE ONLY public.incidents_mutes
    ADD CONSTRAINT incidents_mutes_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.incidents_notifications
    ADD CONSTRAINT incidents_notifications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_rejected
    ADD CONSTRAINT incidents_rejected_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_rule_history
    ADD CONSTRAINT incidents_rule_history_notification_key UNIQUE (notification);
ALTER TABLE ONLY public.incidents_rule_history
    ADD CONSTRAINT incidents_rule_history_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents_rule_states
    ADD CONSTRAINT incidents_rule_states_pkey PRIMARY KEY (rule, member);
ALTER TABLE ONLY public.incidents_rules
    ADD CONSTRAINT incidents_rules_pkey PRIMARY KEY (name);
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
CREATE INDEX incidents_imported_high_idx ON public.incidents_imported USING btree (high);
CREATE UNIQUE INDEX incidents_keys_name_idx ON public.incidents_keys USING btree (name) WHERE (revoked_at IS NULL);
CREATE INDEX incidents_notifications_joined_idx ON public.incidents_notifications USING btree (joined_into) WHERE (joined_into IS NOT NULL);
CREATE INDEX incidents_notifications_rule_idx ON public.incidents_notifications USING btree (rule, id);
CREATE INDEX incidents_notifications_sent_idx ON public.incidents_notifications USING btree (channel, sent_at) WHERE (state = 'sent'::text);
CREATE INDEX incidents_notifications_topic_idx ON public.incidents_notifications USING btree (channel, topic, id) WHERE (state = 'pending'::text);
CREATE INDEX incidents_notifications_waiting_idx ON public.incidents_notifications USING btree (channel, next_attempt_at, id) WHERE ((state = 'pending'::text) AND (joined_into IS NULL));
CREATE INDEX incidents_rule_history_body_idx ON public.incidents_rule_history USING btree (id) WHERE (body IS NOT NULL);
CREATE INDEX incidents_rule_history_muted_by_idx ON public.incidents_rule_history USING btree (muted_by, id) WHERE (muted_by IS NOT NULL);
CREATE INDEX incidents_rule_history_rule_idx ON public.incidents_rule_history USING btree (rule, id);
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
