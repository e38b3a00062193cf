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
    -- The same where words are asked for, too. Where they stand in few runs of a section, these are
    -- looked at; else the index leads, and what it leads to has to be in one of them.
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
        $sql$, coalesce(can_match, 'true'), matches
    );
    -- The same, but for the runs that do not have the words.
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
                step := CASE WHEN word_ids IS NULL OR width <= row_by_row_ids THEN row_by_row ELSE by_words END;
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
                IF step IN (narrow, wide) AND word_ids IS NOT NULL THEN
                    step := wide_by_words;
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
    buckets integer[];
    low integer;
    high integer;
    places integer[] := '{}';           -- of one word after the other
    ends integer[] := '{}';             -- where those of each word end
    ids int8multirange := int8multirange(int8range(first, first + 65536));
BEGIN
    FOREACH word IN ARRAY words LOOP
        buckets := ARRAY[any_word, (word & 1023)::integer, (1073741824 | (word >> 2))::integer];
        low := (word >> 14 << 14) - 2147483648;
        high := low | place_bits;
        places := places || ARRAY(
            SELECT posting & place_bits FROM incidents_words AS kept, unnest(kept.postings) AS posting
            WHERE kept.section = searched AND kept.bucket = ANY (buckets)
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
    words boolean DEFAULT false NOT NULL
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
INSERT INTO public.incidents_0 VALUES (1, '2026-11-30 00:54:33.195754+00', '\x56488d5c38f13c8a0f94499f799ec2cb7c06f4d5307f5f6c6126d82b3f59ea25', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-30 00:54:34.08407+00', '\x83f71358cffce0ca93ebfc12e253121bd7093f6c284ef84915f021fab8373266', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-30 00:54:34.127173+00', '\xd4526525b65b154c54d220cd86b0554b8ece3f5093e52506fae9a13299800bd0', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-30 00:54:34.172531+00', '\xd2febd63efd8926afb1f2b2172426780e8a0274619592c859867798a0762efcb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-30 00:54:34.23057+00', '\xffa966fff5612d4d2941aad58e66830f04067b86cd9e868f563e106382e4767a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-30 00:54:34.290646+00', '\x39949df2ba167989171ecdb7fb32d106a0657af243f6bd922a584194aea3d011', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-30 00:54:34.335305+00', '\xb19a3da0c20df496576bccb2da6dc8e7dd5e8f22004a6d3168981fff55262c5c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-30 00:54:34.388811+00', '\x631209c9ede209a40388a55befb5c77e1f448bf5f92f029256cef6aa277b93c6', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-30 00:54:34.422044+00', '\x47f11da80eeadeb64109551c88d90b060d797436b0ccfb05fe12ca077099036e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-30 00:54:34.511044+00', '\x901f049c71ae7a4e6658a9a9fca31e2769c25b9dd9e083a35cb1f18b458a1fe7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-30 00:54:34.661179+00', '\x8fab7599ac71ef26f1322e0080304e7412b3d92f18246ddb8a290a81bee236d1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-30 00:54:34.735999+00', '\x8d98baf46456ebe8c3ed201c1ce7161d7c9cad96b491f0223a391ec67505965a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-30 00:54:34.799476+00', '\x725eea41017397c50e2294d77728b87131ee5753ce664b1b99b347611d1c88a1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-30 00:54:34.845991+00', '\xe4c88a00eafa28278ffc0fbdbaef76a730c3fc2085e878f37d6d0e81c403402f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-30 00:54:34.874875+00', '\x1caf38468f656e940312251dcf07c18b8c7f66a0814d91fe9fbd2217480fa813', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-30 00:54:34.937193+00', '\x25d8af9b9ae63d83b3780a2cddca17d3050901496f05c3623292a4f82c651e59', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-30 00:54:35.007703+00', '\x5cf2ae1453dd0ab9f195ce4f310e4bed91f53a6b0b358c7dfc7325e222b977f1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-30 00:54:35.04379+00', '\x8b784e98e5f6e93a02abd7f8aafef55ab00bdb82d85fe090d6f578d5219bee8f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-30 00:54:35.138152+00', '\xfda9afb7229a9559bfab17486dfdbdf3b9fb7d6186de7ec3b701068400cf3c3b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-30 00:54:35.266107+00', '\xbeae0f9ec9243b966d37e8a5fa9f613a60acd8b9bb4a4aea0cddf22407b0f26e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-30 00:54:35.347131+00', '\xec0042cb265b31d76cc301b891f5da4067c6eef3248391beddef9bb8586db76e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-30 00:54:35.433128+00', '\x352dbb00498d9a8ef8a463dcbee743df7dcf05c361cd09ee1d796e5d0b260769', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-30 00:54:35.480843+00', '\xe12298f239377268f97e9e2e674c616245287162aae2eba9b0d3922dc440facb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-30 00:54:35.51265+00', '\x40ec8326520d8be54583bb25165ffdcd5dd8d51c97cb588c801e50e7fb30a8d2', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-30 00:54:35.563428+00', '\x6383082e46a9f2b6fe76cfde446b9475f1c906e2abb9fafc43e27ab0a1399722', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL, -3698342003786740024);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-30 00:54:35.600439+00', '\x130dd9bbe6a574649f246aa50da1136cb45d60d9b808663a82faeee7de2913bf', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL, -1231424747893171269);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-30 00:54:35.659365+00', '\x1b4d32fb7b487f2e1e4206abb0ffbddc6853293932996b2bf659b9d492b611fc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL, 1967403349444132974);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-30 00:54:35.710623+00', '\x1568b9f8c3c26edf67c13bf6d9d39790875852b78ba52c3b4455f62ddf963d04', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL, -2251939115464587972);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-30 00:54:35.787777+00', '\xaa787f1912502577f3c6a01c72d52418a34419320e98c1e4af9dccdd8ada02f3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL, 116440891161830438);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-30 00:54:35.846437+00', '\x022fd213167f8bdd791665e174a2c5be2d770fcd0adb52adfcc58e4aa2835b9c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:19328", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL, -6886456003186342444);
INSERT INTO public.incidents_alembic_version VALUES ('0025');
INSERT INTO public.incidents_clock VALUES (NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.incidents_generation VALUES (0, 0);
INSERT INTO public.incidents_rules_position VALUES (0, '0', '2026-11-30 00:54:13.967583+00', '2026-11-30 00:54:13.967583+00', '{}');
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
CREATE INDEX incidents_blocks_without_words_idx ON public.incidents_blocks USING btree (low) WHERE (NOT words);
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
