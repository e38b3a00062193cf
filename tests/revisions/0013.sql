CREATE FUNCTION public.incidents_find(example jsonb, led boolean, needles text[], wanted_hash bytea, since timestamp with time zone, until timestamp with time zone, partitions text[], lows bigint[], highs bigint[], wanted integer, width bigint, seconds double precision) RETURNS TABLE(id bigint, received_at timestamp with time zone, hash bytea, headers text, body text, next_width bigint, steps integer)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    SET enable_bitmapscan TO 'on'
    SET jit TO 'off'
    SET max_parallel_workers_per_gather TO '0'
    SET cpu_tuple_cost TO '1000000'
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
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 10:34:50.024176+00', '\xcd3c44b14f5320b0feaa1d16267101a3acd63e9696054c0f4de9b33ea7356698', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 10:34:50.177589+00', '\x97b5af81b7cd9017bf95abfced23c0cce13e634af0fe1a267b442617c17e3231', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 10:34:50.199947+00', '\xe95a45582a6cd7215b785eb97242f8af04e47343c966e95eca87c87b1a67e7cc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 10:34:50.225186+00', '\xed64ff356345eacfc6dcb918d208338bb69801c029feee7530ab86c4ad9b9566', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 10:34:50.239329+00', '\x8f7340d880ad095b76969f86a588b144a412b731689fa52d37a4c8b583baaeb9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 10:34:50.2638+00', '\x4ca896cc65819bcb9e276986d0703964483b86e549070b2568b412dbd8420def', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 10:34:50.281092+00', '\x0e92029042f799a02518235a37e57747de9061e27776a3d1e7ad328108953229', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 10:34:50.303318+00', '\xd98e023657deae3728c8285f00ef7e3eb80ce507a4f9081ea287ddb6ac51275f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 10:34:50.306907+00', '\x03b0a456d1a460b82b50b26aa3af9daab47170a0ae4956212130e3e22213af70', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 10:34:50.314747+00', '\x1e409881a15d809c80ba5568884729ec0a750ec5e019507c76e29cab358ed485', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 10:34:50.3232+00', '\xe5f9a88db99b182fdddb77d69890808c034178fbf91ea235d0de62f436e5457f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 10:34:50.325005+00', '\xd15fb7b6e9255e8c75c6acac4089f3e489f348429ce81a3f1ceb47d94efa80e9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 10:34:50.330923+00', '\x90a3852238d1330809d630d0353f3f0e75014fb30c2ccb2226ed8c3cbf55b400', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 10:34:50.334833+00', '\x8097cf72b77fb8d8abebdf14ef0103a87995fef73d38817e07f6da388c5baf13', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 10:34:50.342629+00', '\xb589ca23cadaa437d6d313af3cdc689774062ab912fd4459fd8514f6fc86dbc7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 10:34:50.354934+00', '\xdfdb1e6e581bcc0c8f14e3d2db990a1bccc81613fd710deec889d7f9cad6fa91', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 10:34:50.369018+00', '\x1f60c7fa56e4c84c2eddaf7a0de40df763fc9f3b237c42d3d27fd2b316526332', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 10:34:50.373055+00', '\xd19be4a4cb433ab073ed07f146d8a3bc037f5821f516dc3049478acd80bef09f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 10:34:50.385995+00', '\xf23c0052197a868c62bf02c6bd63fb0882a24c5403b767f7be2fc7491f39de60', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 10:34:50.402345+00', '\x97debd8f2305e237276e686b3c37fe59978b634f17707085c6625954152507fc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 10:34:50.422004+00', '\xa7035cb3d4eb9572aca3245d452e774537a2281715926228ff6c07eda571c95b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 10:34:50.437393+00', '\x3e6b339cbb1158b9cec4a6954ee437a3b1489233e575e384b935f966a1e05814', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 10:34:50.456794+00', '\xaea6faa0bfd66e797f3a5c784d199dd8788875e320adb2fb335307fea5125ecb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 10:34:50.466636+00', '\xfa893d03a0c475c287bf88597eff6b7482194a677733dc235fac516bd3446c3c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 10:34:50.48669+00', '\xc339ab4330a408b428560c4c895c6efa5120747e36661893c097b40413cc0478', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 10:34:50.516036+00', '\xac8d84cd13f15b81b059f24612e4555e6ac1f997cf16cb37f415dd6e3cf53cc3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 10:34:50.527273+00', '\x50ed8a45904be9e89f608b0efe4dad39af628293da8cbff13ee81e39325d1b80', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 10:34:50.547346+00', '\x839784af82326ae869411159460938c597ab3c4d8b26dec0fbefee58aa6ebaf8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 10:34:50.565098+00', '\x1e8aad23e8df8eb69661428f2c95a067c70510f0742ff053ba7498a6aa7066c6', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 10:34:50.582672+00', '\x53794ec1522e9544388be17ddbe297bbf580ead1f7082519bf50ac98533f2782', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:22876", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0013');
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
