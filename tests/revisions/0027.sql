CREATE FUNCTION public.incidents_contains(fields jsonb, wanted jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    here jsonb := fields;
BEGIN
    FOR level IN 0 .. 4 LOOP
        IF here @> wanted THEN
            RETURN true;
        END IF;
        EXIT WHEN NOT here @? 'strict $[*] ? (@.type() == "array")';
        here := jsonb_path_query_array(here, '$[*][*]');
    END LOOP;
    RETURN false;
END
$_$;
CREATE FUNCTION public.incidents_fields(document jsonb, ways jsonpath[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    fields jsonb := '[]';
    way jsonpath;
BEGIN
    FOREACH way IN ARRAY ways LOOP
        fields := fields || jsonb_path_query_array(document, way, '{}', true);
    END LOOP;
    RETURN fields;
END
$$;
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
CREATE FUNCTION public.incidents_find(searched text, lead text, row_matches text, may_match text, key_matches text, word_ids text, texts text[], since timestamp with time zone, until timestamp with time zone, partitions text[], lows bigint[], highs bigint[], wanted integer, width bigint, seconds double precision) RETURNS TABLE(id bigint, received_at timestamp with time zone, hash bytea, headers text, body text, next_width bigint, steps integer)
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
CREATE FUNCTION public.incidents_folded(written text, upper_ones text, lower_ones text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    IF octet_length(written) = length(written) THEN
        RETURN lower(written COLLATE "C");
    END IF;
    RETURN translate(lower(written COLLATE "C"), upper_ones, lower_ones);
END
$$;
CREATE FUNCTION public.incidents_has_number(fields jsonb, wanted numrange) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    kind text;
    written text;
BEGIN
    FOR nth IN 0 .. jsonb_array_length(fields) - 1 LOOP
        kind := jsonb_typeof(fields -> nth);
        CONTINUE WHEN kind NOT IN ('number', 'string');
        written := fields ->> nth;
        -- As core/query/number.py; so short that every PostgreSQL reads it.
        CONTINUE WHEN kind = 'string' AND (length(written) > 400
            OR written !~ '^-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?0*[0-9]{1,3})?$');
        IF written::numeric <@ wanted THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$_$;
CREATE FUNCTION public.incidents_has_text(fields jsonb, part text, upper_ones text, lower_ones text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    FOR nth IN 0 .. jsonb_array_length(fields) - 1 LOOP
        IF jsonb_typeof(fields -> nth) IN ('number', 'string')
            AND strpos(incidents_folded(fields ->> nth, upper_ones, lower_ones), part) > 0
        THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;
CREATE FUNCTION public.incidents_has_time(fields jsonb, wanted numrange) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    FOR nth IN 0 .. jsonb_array_length(fields) - 1 LOOP
        IF jsonb_typeof(fields -> nth) = 'string' AND incidents_seconds(fields ->> nth) <@ wanted THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;
CREATE FUNCTION public.incidents_ids_of_numbers(searched bigint, field integer, lowest double precision, highest double precision) RETURNS int8multirange
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
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
$$;
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
CREATE FUNCTION public.incidents_ids_of_words(searched bigint, words bigint[]) RETURNS int8multirange
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
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
$$;
CREATE FUNCTION public.incidents_ids_to_look_at(low bigint, high bigint, section bigint, word_ids int8multirange) RETURNS int8multirange
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
    SELECT int8multirange(int8range($3 << 16, $3 + 1 << 16) * int8range($1, $2)) - (coalesce(
        (
            SELECT range_agg(int8range(block.low, block.high)) FROM incidents_blocks AS block
            WHERE block.words AND block.low >= $3 << 16 AND block.low < $3 + 1 << 16
        ),
        '{}'
    ) - $4)
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
CREATE FUNCTION public.incidents_mentions(document jsonb, part text, written_part text, phrase text, between_words text, upper_ones text, lower_ones text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    written_whole CONSTANT text := incidents_folded(document::text, upper_ones, lower_ones);
    mention text;
BEGIN
    IF strpos(written_whole, written_part) = 0 THEN
        RETURN false;
    END IF;
    -- Mostly the whole text tells: without escapes a quote stands between all strings and names.
    IF strpos(written_whole, '\') = 0 AND octet_length(written_whole) = length(written_whole) THEN
        IF ' ' || written_whole || ' ' !~
            ('[^0-9a-z_]' || replace(btrim(phrase), ' ', '[^0-9a-z_"]+') || '[^0-9a-z_]')
        THEN
            RETURN false;
        ELSIF phrase ~ '[^ 0-9]' AND phrase !~ ' (true|false|null) ' THEN  -- in a string or a name
            RETURN true;
        END IF;
    END IF;
    FOR mention IN
        SELECT written FROM unnest(ARRAY[
            'strict $.** ? (@.type() == "string" || @.type() == "number")',
            'strict $.** ? (@.type() == "object").keyvalue().key'
        ]::jsonpath[]) AS way, jsonb_path_query(document, way) AS value,
            LATERAL (SELECT value #>> '{}' OFFSET 0) AS texts (written)
        WHERE strpos(lower(written COLLATE "C"), part) > 0 OR octet_length(written) <> length(written)
    LOOP
        mention := incidents_folded(mention, upper_ones, lower_ones);
        CONTINUE WHEN strpos(mention, part) = 0;
        IF phrase IS NULL
            OR strpos(' ' || regexp_replace(mention, between_words COLLATE "C", ' ', 'g') || ' ', phrase) > 0
        THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$_$;
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
CREATE FUNCTION public.incidents_seconds(written text) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    part CONSTANT text[] := regexp_match(written, '^([0-9]{4})-([0-9]{2})-([0-9]{2})'
        '(?:[Tt ]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:[.]([0-9]{1,30}))?'
        '(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9])))?$');
    year CONSTANT integer := part[1];
    month CONSTANT integer := part[2];
    day CONSTANT integer := part[3];
    days integer;
BEGIN
    -- PostgreSQL refuses what is no day.
    IF part IS NULL OR year = 0 OR month NOT BETWEEN 1 AND 12 OR day NOT BETWEEN 1 AND (CASE
        WHEN month IN (4, 6, 9, 11) THEN 30
        WHEN month <> 2 THEN 31
        WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29
        ELSE 28
    END) THEN
        RETURN NULL;
    END IF;
    days := make_date(year, month, day) - date '1970-01-01';
    RETURN days::numeric * 86400
        + coalesce(part[4]::integer * 3600 + part[5]::integer * 60 + part[6]::integer, 0)
        - coalesce((part[8] || '1')::integer * (part[9]::integer * 3600 + part[10]::integer * 60), 0)
        + coalesce(('0.' || part[7])::numeric, 0);
END
$_$;
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
    counts integer[],
    words boolean DEFAULT false NOT NULL,
    numbers boolean DEFAULT false NOT NULL
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
CREATE TABLE public.incidents_numbers (
    section bigint NOT NULL,
    bucket integer NOT NULL,
    part integer NOT NULL,
    cells smallint[] NOT NULL,
    lows double precision[] NOT NULL,
    highs double precision[] NOT NULL
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
    alive_at timestamp with time zone DEFAULT now() NOT NULL,
    downtimes tstzrange[] DEFAULT '{}'::tstzrange[] NOT NULL
);
CREATE TABLE public.incidents_saved_queries (
    name text NOT NULL,
    query text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text
);
CREATE TABLE public.incidents_settled (
    below bigint DEFAULT '0'::bigint NOT NULL,
    groups_below bigint DEFAULT 0 NOT NULL,
    groups_full boolean DEFAULT false NOT NULL
);
CREATE TABLE public.incidents_words (
    section bigint NOT NULL,
    bucket integer NOT NULL,
    part integer NOT NULL,
    postings integer[] NOT NULL
)
WITH (toast_tuple_target='4080');
ALTER TABLE ONLY public.incidents_words ALTER COLUMN postings SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_0 FOR VALUES FROM ('0') TO ('10');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_10 FOR VALUES FROM ('10') TO ('20');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_20 FOR VALUES FROM ('20') TO ('30');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_30 FOR VALUES FROM ('30') TO ('40');
INSERT INTO public.incidents_0 VALUES (1, '2026-11-30 07:22:52.152002+00', '\x4c7ec71e0c155ead1b46ad3a79bb624009501b1e50974fb3d4123fbac0ffec91', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-30 07:22:52.406915+00', '\xa617c0f13169528ffe96a6e7920729bace4a0c304d24901782729c91e5b4b54d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-30 07:22:52.426863+00', '\xf246942d7a8c8318c2507a88833382fb19091094dfaf0877e80ee74a523d678d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-30 07:22:52.438917+00', '\xe6feeb3b0533cfeb4d56b811fd0b905311949c460ac2e536c65bb1bcff923205', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-30 07:22:52.456947+00', '\xce4cc88af274b528956a846ab00451949eea884209f41e0ae0ca9119117e0a2f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-30 07:22:52.470832+00', '\x1fa332d5ffaa61d9866d5ca05b7c32c824fb8df8ed65a3e57932b801c400fa35', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-30 07:22:52.499178+00', '\x4909edbc16213081d162c82a6184fba76c1e5831afdb04acfc83c3bc92efc9c8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-30 07:22:52.520753+00', '\x7eff06948b1247e9586a41aa57b4cdf905ec8956f84b467bbd0190ee5f28fcc4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-30 07:22:52.540158+00', '\x81819200f49810323412464a97af5476d097138dbc75881068f2ae4bb5609f4e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-30 07:22:52.563814+00', '\x64e8f2d97c092016250f7a231189ce881b9ac54a7d68f8c38ae9b16dcd441bae', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-30 07:22:52.586685+00', '\xf4df643f155564adc244fc0da88f1ffd280a6e7022ce97fbf3491dcfe3186c03', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-30 07:22:52.599904+00', '\xe05dbd7fd098ba59ac59ab399869b50a14cc4fdf48bbe5cb7aa0cd57ad0a5f88', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-30 07:22:52.615043+00', '\xde3e1570d69d49352de87a1f3e0e22ea87eb6d278edaffefefcac0bbd7838af4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-30 07:22:52.62433+00', '\x4238ee9da5e468c162046ad8ea5f34ef75eed0309d654baf21dd3cfcd5d46baf', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-30 07:22:52.632343+00', '\xb3118b27961093c80156b8ed74b9aa20dc6d43809c2517599d493a0ac4085161', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-30 07:22:52.641654+00', '\x2d2e5bcf50e294e53f3eea6cceae4870773f5e13a72161b1b5754b63ff3efdca', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-30 07:22:52.647981+00', '\x8cfe743cc4b96e9c2b009a5aafd415321a9fff06836eb8d9b1ea7a6f426fdbd2', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-30 07:22:52.662565+00', '\xb116f92db4fd1b135475d66a0284ea442f10ba8e70bbd1dc5f5a22bb44feb30a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-30 07:22:52.670933+00', '\x5a06598fad503387ef614c492ec66701a69748a82f629ced1362fe46231b977e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-30 07:22:52.678874+00', '\xc338ed73c78c4a7360ebd6e4a731d611c03431a9c62682fa10940cdd87d8bf41', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-30 07:22:52.719143+00', '\x6a98b81da0128efa332eea5aa0b766eefb8ca6099f05b7b52990f26902803932', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-30 07:22:52.727116+00', '\xe0ddaa99639f4a3a9928502915f7c4d11e67c7e1a355590f4326a30e8024624a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-30 07:22:52.734941+00', '\x114f75297c6f7ff1db50f3f42f103d6950d1cf60c2c9c547c909819889797147', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-30 07:22:52.74281+00', '\x27b2516f7a4dd51b6b18ab8400f494c8342b8474ba98aeef88e44f5215155006', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-30 07:22:52.754881+00', '\x430cd376460c6b4a77b885aa2f7a9b9134fbc8de521f61a7bb16a49f9fa9fb87', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-30 07:22:52.765672+00', '\xe0596ae3383b743835e503b77028185fbf83bd1afea1dbd1b57803c1dbb019bf', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL, -1231424747893171269);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-30 07:22:52.775009+00', '\x9dacffec832cdf97f6db5a76bc1137a6dbcceb3b44c3b97d280b3c59aae270e4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL, 1967403349444132974);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-30 07:22:52.798496+00', '\x12d082ba2ffc7d1c22518e1c7007ab98460631f301d2220281f2721ad66e8523', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL, -2251939115464587972);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-30 07:22:52.806174+00', '\x471f8531f64bdfd151f72cce451886c18180d654ee15becab0ae026095f29f65', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL, 116440891161830438);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-30 07:22:52.812214+00', '\x160a9e9f261501cb64c18edd9ac23bc2629e45e3ba35a80e81c775e1a7b930a5', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:25926", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL, -6886456003186342444);
INSERT INTO public.incidents_alembic_version VALUES ('0027');
INSERT INTO public.incidents_clock VALUES (NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.incidents_generation VALUES (0, 0);
INSERT INTO public.incidents_rules_position VALUES (0, '0', '2026-11-30 07:22:48.462305+00', '2026-11-30 07:22:48.462305+00', '{}');
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
ALTER TABLE ONLY public.incidents_numbers
    ADD CONSTRAINT incidents_numbers_pkey PRIMARY KEY (section, bucket, part);
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
ALTER TABLE ONLY public.incidents_saved_queries
    ADD CONSTRAINT incidents_saved_queries_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.incidents_words
    ADD CONSTRAINT incidents_words_pkey PRIMARY KEY (section, bucket, part);
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
CREATE INDEX incidents_blocks_not_indexed_idx ON public.incidents_blocks USING btree (low) WHERE (NOT numbers);
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
CREATE INDEX incidents_rule_states_status_idx ON public.incidents_rule_states USING btree (status, rule, member) WHERE (status = ANY (ARRAY['firing'::text, 'pending'::text]));
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
