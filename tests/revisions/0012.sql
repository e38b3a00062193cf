CREATE FUNCTION public.incidents_find(example jsonb, led boolean, needles text[], wanted_hash bytea, since timestamp with time zone, until timestamp with time zone, partitions text[], lows bigint[], highs bigint[], wanted integer, width bigint, seconds double precision) RETURNS TABLE(id bigint, received_at timestamp with time zone, hash bytea, headers text, body text, next_width bigint, steps integer)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    SET enable_bitmapscan TO 'on'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    SET cpu_operator_cost TO '1'
    SET random_page_cost TO '1.1'
    AS $_$
#variable_conflict use_column
DECLARE
    section_ids CONSTANT bigint := 65536;
    growth bigint := 16;                     -- of a step behind one that found nothing
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
    -- conditions in an order of its own).
    row_by_row CONSTANT text := format(
        $sql$
        SELECT id FROM %%1$s WHERE id >= $1 AND id < $2 AND %%3$s AND CASE WHEN %s THEN
            ('[]'::jsonb || headers::jsonb || coalesce(body_for_search, body)::jsonb) @> $3 ELSE false END
        ORDER BY id DESC LIMIT $4
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
    small CONSTANT text := $sql$
        SELECT coalesce(bool_and(pg_column_size(headers) + pg_column_size(body) <= $3), true)
        FROM %1$s WHERE id >= $1 AND id < $2
    $sql$;
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
    are_small boolean;
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
                IF width <= row_by_row_ids THEN
                    EXECUTE format(small, partitions[part]) INTO are_small USING bottom, high, small_bytes;
                    -- (One row alone is looked at however large it is, so that it always goes on.)
                    step := CASE WHEN are_small OR width = 1 THEN row_by_row ELSE narrow END;
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
                'SELECT coalesce(array_agg(id ORDER BY id DESC), ''{}'') FROM (' || step || ') AS step',
                partitions[part], searched, timely
            ) INTO met USING bottom, high, example, cap, since, until, wanted_hash, needles;
            steps := steps + 1;
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
                (high - bottom) * extract(epoch FROM stops - clock_timestamp())
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
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_0 FOR VALUES FROM ('0') TO ('10');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_10 FOR VALUES FROM ('10') TO ('20');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_20 FOR VALUES FROM ('20') TO ('30');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_30 FOR VALUES FROM ('30') TO ('40');
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 10:02:12.395645+00', '\xb4aa5e1f93d904b2a45df253d64b396ee80d0128bed3968bf038f29634805fcb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 10:02:12.445701+00', '\x83c9043235f0ac1634007c37648627f5baab41811ad5a4615e0aa8f17f0f8d3d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 10:02:12.448541+00', '\x548e9b6ea5e1a4f5704d60263cfc94a48f958132026fc1bc9356a179d6cd75d9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 10:02:12.450853+00', '\xe233b8e6fef71b31cc86554bb234b7409de45a62d19df4295b9063c7fea99946', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 10:02:12.452729+00', '\x8e9e0c60243cb0debf5390916c1fd24bd0f7221d1126b57bc0df4790184c88bb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 10:02:12.456579+00', '\x52bc4417b102f4d79b12afda99e09052220e28a14f137a348d8c2ebaca266e2f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 10:02:12.459226+00', '\x1d32b2eb2aeee0a45c0425cfefdeef1ae1f2dc66988906f6073cb612a7c240a2', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 10:02:12.462155+00', '\xb0390b49b2cd6e720fc90e09ca5aac4e54328b53946ef3d18ccc7aed1eb64cb9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 10:02:12.464455+00', '\x4fec2681ff97eb0fc13996352d87aaeff6b19e3ee85feb65f2cba016477841ae', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 10:02:12.466493+00', '\xa0d043695b716aa4639a4c73b770a946d9c353471a435d9cf4f0e3265ad08c6e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 10:02:12.469244+00', '\x6088ca441c0154802f3277b26ea56c3d205fcedc730c0db0e1eb9d8bf736a957', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 10:02:12.470921+00', '\xaf17722cb9627741f5269927e8a8c2ea33034fb929e6fd4312ce3513769b913e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 10:02:12.472562+00', '\xb02a005014937efeb402196711246fb77d76e74a141dba358cc0e63bc17bd972', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 10:02:12.473928+00', '\x0d2379eb2af4f463a737d97c0650aef82908a63c9299f38101f7fdae42261e0b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 10:02:12.475661+00', '\x1479c1dd165ba0e41f6f726034fb904d827bf6473aa95f7b47d17ba6ddd73b80', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 10:02:12.478396+00', '\x74a56f06b6b782e443b94d69bff3cc150efa3f0ddccf6c3516e238e4a43eb298', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 10:02:12.480585+00', '\x544ee909aac470f9bd232b84d7e49f1c2088e21aab78e91e1618aff2688cf9ec', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 10:02:12.482844+00', '\xc80f113eea097665f8a73e5b5a21ce7e2e0b6d84078891a4d844cd6a15a69999', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 10:02:12.484697+00', '\x6cd0fe76853cc60d92d06163faa347c2a8beb591abb74113c171cd6d31044eff', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 10:02:12.486459+00', '\x8184a9c4d958567d5c727976d4e50712793ba050b6baff35f5859c9e815ebfcb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 10:02:12.488735+00', '\x6599f5e1809c4c466186b059b669cc1b82075a753d3b2286bdffb1f208499134', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 10:02:12.489859+00', '\xe8a1b9271e2b23572e5ad43fdfc2e33e6f52315e664307f7c06a1905a1f7c959', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 10:02:12.490843+00', '\x0b8eeffb95355880ac9d6e50c680b567604f0e4f9db851c1d1df20f804932729', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 10:02:12.491924+00', '\xcde93d3dd787280281cf695d198b61b88a3d4322cec7af0c666a5ae9dee818ee', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 10:02:12.492922+00', '\x3782824585c5f106c565448be296167c743ba8c45a803118cb76c162284969b3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 10:02:12.494922+00', '\xa7f31e7cb4418f1e7eb55acccc1ed5d14e11a4c62c1375493676f038994ce556', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 10:02:12.498704+00', '\x2d832567829de74d649119e55c150734a382103d491f17faba398b5e21d88f19', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 10:02:12.50136+00', '\x8137d1a4d8de2632cd3d453da69337bd55250488869e020299264dedc458bd48', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 10:02:12.503438+00', '\xc12e3799dabf6f5a18dfb7a389134c38caecb7a43a1d5ed01d109536f0af705b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 10:02:12.50471+00', '\x56cdda290176e67c7a1712eb3e52b5100f9e89510b26187ade347685f84b7d51', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:24107", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0012');
INSERT INTO public.incidents_clock VALUES (NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.incidents_generation VALUES (0, 0);
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
