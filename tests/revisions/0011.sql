CREATE FUNCTION public.incidents_keep_sealed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF EXISTS (SELECT FROM incidents_generation WHERE xmin = pg_current_xact_id()::xid) THEN
            RETURN NEW;
        END IF;
        RETURN NULL;
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
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 08:31:18.029091+00', '\xdeac54774ee62f2a47d83f805be3fe452495c91d3526671efad2704399751ed8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 08:31:18.210426+00', '\xa2a09021efb5e403bd498df48b629b58df3a4be681f10e8caaf1cab23c283618', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 08:31:18.216552+00', '\x80eeb7afc5f96c32a7634f71a19f1506940177631c5c9a62507a9a361dd35a7a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 08:31:18.231842+00', '\xda009f71529b7de734c5fb29f97174de1a5f62abeab211b49a191dc076270c41', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 08:31:18.256166+00', '\xcc7e5ee4e3fe3deaf8d2587892a6a2de0bffc47a9d0ccea52e89f8bc269a8bbf', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 08:31:18.277771+00', '\xb46ee1c7f00af4308de67d685ebdbde9d021930c202edd16fa31739a78361b7b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 08:31:18.301439+00', '\x83a9d0d97caf4d5db9e6d19bbc335552796f4f028b9aaf4e5b851c27954fcf90', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 08:31:18.327124+00', '\xe07caa1eb259bbda1bbda1c1460e804bbf8efaba1081a4fa548ba3e8953e654e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 08:31:18.34715+00', '\xab2f470b52473dab40db8807fe22f544b8a4f3794a89d7c19d8cec0b39cb06af', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 08:31:18.364014+00', '\xe7f06839f6a443d8ef1218c33fa5fa85dbc27c0e24687dc1807501621ec15c3b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 08:31:18.387374+00', '\x5e6a8f4480a8edaa18025b24602684c75949160ced751a9e18c88853e731f213', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 08:31:18.403943+00', '\x3788f1548182d312040bd84e6cec08f7d95d212b940a7fcf8d8959cfca0eca04', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 08:31:18.413717+00', '\xd511ca5a7ae4ced6078536ccfca3f30667e17e1e7db436f506b3aa927ec9290c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 08:31:18.443116+00', '\x25df848ceae13d72846b8aa7f11b05c49bdb8407c9e841e5598a9630f554d5a7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 08:31:18.458757+00', '\x839de30e5c3e267f99e0abe1d4cc65a92d28fd1ff7426918875bad15558d4652', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 08:31:18.472131+00', '\xc89dfa58deab17d42ccaa2cdf674591bac9505550b1a3b8c31153e8c9fd30020', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 08:31:18.495275+00', '\x1a9f0adfcb206c91c9cb7bf990a0250f1ee5741353c57cfad7ea35fe59d08f02', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 08:31:18.52315+00', '\xb65a4ef1d65e4c968c0195367cb9c798ece8b8bfc79a9cc9795366ba35fe2cf7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 08:31:18.53552+00', '\xb76afdcc0b3d17bf100d1d1afc2c4e9f7521738d539e026364b90ae2cd9d2375', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 08:31:18.542845+00', '\x90aa425928126f4624c2daba5416a8af1365265b2edd488f35b90c1bb8b3622c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 08:31:18.55868+00', '\xa7043aa00905581d15df3420dacafca1d59b40ef38d670fe8fdde787afd1f8c7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 08:31:18.575175+00', '\x1783d370c037f6e1ffdbcd01e907df0675ef74dd9e9c5d212519e2b7d381cd56', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 08:31:18.592008+00', '\xbf07990616b010fdb1c3752d1902c991cc4e8060536239bcb3e61f17e473064e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 08:31:18.602989+00', '\x032672ff873c7cb3140304e3d889a11debe15bd4e1420dc4dcbab64d552dbb2e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 08:31:18.615522+00', '\xe990dc0e60fe0aaa9ee37f5b91dcb60e9048c53fb0205102e5c105cb8b44e6a4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 08:31:18.633697+00', '\x9e2562d99d153fbb3a695a891733b4cf1fe738c5cb9aab42f8f549d45c55e16c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 08:31:18.657526+00', '\x69006d96a7ed6732eac549784f502e5e51467ebcee1330e8da4ee1594abf47f9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 08:31:18.677657+00', '\x0642a267bf7afedee37cb7d6609d81639ff50a42d6f4a5a64f1fd39e1e0a25db', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 08:31:18.704649+00', '\xc95d8f61082a7eb787a9b9fab7760e09736efa33240968d34b93250a372fc4dc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 08:31:18.720181+00', '\xcb946f7f80a2f99b791eb28720711ee82d81c147dad206682b7c2bc3ad9d5356', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:13100", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0011');
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
