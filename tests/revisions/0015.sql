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
    row_by_row_ids CONSTANT bigint := CASE WHEN cardinality(entries) < 3 THEN 256 ELSE 768 END;
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
        SELECT name, lower(ids) AS low, upper(ids) AS high
        FROM unnest(partitions, lows, highs) AS each (name, low, high)
        CROSS JOIN LATERAL unnest(incidents_ids_of_time(since, until, each.low, each.high)) AS ids
        ORDER BY lower(ids) DESC
    LOOP
        low := part.low;
        high := part.high;
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
                ELSIF width >= section_ids AND (high % section_ids = 0 OR high = part.high) THEN
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
CREATE TABLE public.incidents (
    id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    hash bytea NOT NULL,
    headers json NOT NULL,
    body json NOT NULL,
    body_for_search json,
    raw bytea
)
PARTITION BY RANGE (id);
CREATE TABLE public.incidents_0 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea
);
CREATE TABLE public.incidents_10 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea
);
CREATE TABLE public.incidents_20 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea
);
CREATE TABLE public.incidents_30 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json,
    raw bytea
);
CREATE TABLE public.incidents_alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.incidents_blocks (
    low bigint NOT NULL,
    high bigint NOT NULL,
    oldest timestamp with time zone NOT NULL,
    newest timestamp with time zone NOT NULL
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
    below bigint DEFAULT '0'::bigint NOT NULL
);
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_0 FOR VALUES FROM ('0') TO ('10');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_10 FOR VALUES FROM ('10') TO ('20');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_20 FOR VALUES FROM ('20') TO ('30');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_30 FOR VALUES FROM ('30') TO ('40');
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 13:47:33.712793+00', '\xd67f810fd8a38bb73f2cfdac95fe0f80b076fa010b1f374b0b1b00f5e92c29e1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 13:47:33.94393+00', '\x531442a555e95e93e12a13f6d9363fe1e9ebdd9d3944b0a46440f7a3f67572d3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 13:47:33.953473+00', '\xa76e313be827cb5202d0c23f521b94e7a5c7285f455c894e7aadbe240c95ae23', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 13:47:33.965019+00', '\x382b4c0ad0363bc77b8045d6ed1842300940698ed7447b2e6d391c668a982f70', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 13:47:33.974372+00', '\x1286b42b920332e425eee5f0f050464e7c7552ebc1f1be13f976fc78979b4a4c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 13:47:33.991019+00', '\xee6273bcad155465426f6bb9fed9939d4ff0755535e5f6dbaf0012bf8debd207', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 13:47:34.006124+00', '\x131106747ffe15349941a081fb6b4fd119d167ac0cda2fffc20e055ba51b9f9e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 13:47:34.026125+00', '\xc0ae8c398f601efd5df28e3b5d2fa11e570f1983296ad4158565542531f95d2f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 13:47:34.038475+00', '\x88be63f2fa254b0e90faccea445b3b17463400a6a2db07fa970daf662b70e7ba', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 13:47:34.054106+00', '\xf0ee84c3d7a5e589ca79c40e4f8d6e2fe82e2859cb18b48cae911f93e31e5667', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 13:47:34.081357+00', '\x8311b580b89073784e69b5e323d01632c3e6890c7d3a3996a2d62cd4477d6656', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 13:47:34.090174+00', '\x7bb62b3a690d70673503830c8f05416155a38b626f82a3e70346f2169e97afda', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 13:47:34.098943+00', '\x2d99324507516e424b8a5282675060fce43b1c20438fbc0ebd16cafa0f997deb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 13:47:34.109775+00', '\x9418afa78bd083126a2b286c75400d3630aa618024907c2ee2d4454544c3fd64', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 13:47:34.116264+00', '\x1e2da0f7e085c94c6ec0731aa626898affb0c3d520825c955b431926bc8f20ad', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 13:47:34.124716+00', '\x84348a950b5c53e6452724d75cccb09a51537cbfa72e1d40420748781e616dd7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 13:47:34.139931+00', '\x2058f1493ebebe975a4bfaca2e3d3f464a3e65c0cd4cb0d5edd67176610e4c2e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 13:47:34.146566+00', '\xf209c2d10c181681a536fe730c7d4cd44e100a6924ab6ba032eec26a7a4282f8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 13:47:34.155238+00', '\x6a657111a54fa10847ba888a8a681de0c25342d728d42c017b8f6e4c075d7d7a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 13:47:34.168066+00', '\x668bca45aed4ad58f634054e9319a6c313535571473c004f0610edb2b26c030e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 13:47:34.185485+00', '\x6dbfc3e1bb73e2b59fdd46fcc7ed9abe6474d90c18b89f6e29f200b5285be77a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 13:47:34.192939+00', '\xb0b3b89cb07990772bb372cb1febb6e38d7f0dc645fbf6f5776d0eab1382addd', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 13:47:34.200562+00', '\x30d760e49e6d85cbb8c2af54c0bcf4978a656d8ee6fc154ba296a41ea18b0f4b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 13:47:34.212432+00', '\x96980dbfe366d0071d89c2842a571d68987cdc5302068196964da5f842dae02e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 13:47:34.229779+00', '\x2d16d78e9f654a88fa2d358d26eb0442207abf8b7ec49ac6e76ef90ff3fd72b1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 13:47:34.245044+00', '\x8408f9ca4c75ec00882b8f45f6c1856ebfa5990885de9df88efe2d5ab7f0ade9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 13:47:34.266457+00', '\x1735c383a0d2d51257a0feba6e9c05b4eeade6232f043c75c7ca0de5b67eb08b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 13:47:34.275242+00', '\x162826b24ac1c01cdecbcb228ea80d9b0067e6c08c004b17e4d9d7f9fd4884e6', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 13:47:34.290181+00', '\x44f40f84cbeaafcf95d4e2d93f3d9a2fab01d19727bdc90e342a426f7579e471', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 13:47:34.300471+00', '\xf363a35e1c22c1fbe62b369756f1a758f80759af9dc3fc1f4d873a5b38335c97', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:15836", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0015');
INSERT INTO public.incidents_clock VALUES (NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.incidents_generation VALUES (0, 0);
INSERT INTO public.incidents_settled VALUES (1);
SELECT pg_catalog.setval('public.incidents_id_seq', 30, true);
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
ALTER TABLE ONLY public.incidents_blocks
    ADD CONSTRAINT incidents_blocks_pkey PRIMARY KEY (low);
ALTER TABLE ONLY public.incidents_idempotency_keys
    ADD CONSTRAINT incidents_idempotency_keys_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.incidents_keys
    ADD CONSTRAINT incidents_keys_pkey PRIMARY KEY (hash);
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
CREATE INDEX incidents_hash_id_idx ON ONLY public.incidents USING btree (hash, id);
CREATE INDEX incidents_0_hash_id_idx ON public.incidents_0 USING btree (hash, id);
CREATE INDEX incidents_received_at_id_idx ON ONLY public.incidents USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_0_received_at_expr_idx ON public.incidents_0 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_10_case_idx ON public.incidents_10 USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_10_hash_id_idx ON public.incidents_10 USING btree (hash, id);
CREATE INDEX incidents_10_received_at_expr_idx ON public.incidents_10 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_20_case_idx ON public.incidents_20 USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_20_hash_id_idx ON public.incidents_20 USING btree (hash, id);
CREATE INDEX incidents_20_received_at_expr_idx ON public.incidents_20 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_30_case_idx ON public.incidents_30 USING gin ((
CASE json_typeof(COALESCE(body_for_search, body))
    WHEN 'array'::text THEN ((((('{"'::text || ((id >> 16))::text) || '":'::text) || ((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb))::text) || '}'::text))::jsonb
    ELSE ((((((('{"'::text || ((id >> 16))::text) || '":['::text) || (headers)::text) || ','::text) || (COALESCE(body_for_search, body))::text) || ']}'::text))::jsonb
END) jsonb_path_ops);
CREATE INDEX incidents_30_hash_id_idx ON public.incidents_30 USING btree (hash, id);
CREATE INDEX incidents_30_received_at_expr_idx ON public.incidents_30 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_idempotency_keys_expires_at_idx ON public.incidents_idempotency_keys USING btree (expires_at);
CREATE UNIQUE INDEX incidents_keys_name_idx ON public.incidents_keys USING btree (name) WHERE (revoked_at IS NULL);
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_0_case_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_0_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_0_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_0_received_at_expr_idx;
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_10_case_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_10_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_10_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_10_received_at_expr_idx;
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_20_case_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_20_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_20_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_20_received_at_expr_idx;
ALTER INDEX public.incidents_searched_by_section_idx ATTACH PARTITION public.incidents_30_case_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_30_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_30_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_30_received_at_expr_idx;
