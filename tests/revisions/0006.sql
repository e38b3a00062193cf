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
    body_for_search json
)
PARTITION BY RANGE (id);
CREATE TABLE public.incidents_0 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json
);
CREATE TABLE public.incidents_10 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json
);
CREATE TABLE public.incidents_20 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json
);
CREATE TABLE public.incidents_30 (
    id bigint CONSTRAINT incidents_id_not_null NOT NULL,
    received_at timestamp with time zone CONSTRAINT incidents_received_at_not_null NOT NULL,
    hash bytea CONSTRAINT incidents_hash_not_null NOT NULL,
    headers json CONSTRAINT incidents_headers_not_null NOT NULL,
    body json CONSTRAINT incidents_body_not_null NOT NULL,
    body_for_search json
);
CREATE TABLE public.incidents_alembic_version (
    version_num character varying(32) NOT NULL
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
CREATE TABLE public.incidents_keys (
    hash bytea NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone
);
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_0 FOR VALUES FROM ('0') TO ('10');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_10 FOR VALUES FROM ('10') TO ('20');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_20 FOR VALUES FROM ('20') TO ('30');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_30 FOR VALUES FROM ('30') TO ('40');
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 01:24:48.87837+00', '\x2cd2bc1f0641887906d65a4fab22c029dd6864b86f04ce261cf45400048a0ba4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 01:24:49.312585+00', '\x7a4e94bf39ce9addc44118c929da8ece9003f3a50285f32e9ba2c13537c5fa89', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 01:24:49.338622+00', '\x9f238fc1eafdeb6c055e2723529f5b8b5c8226765b0e50619a4e7043082a747b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 01:24:49.373846+00', '\x7287435bce4ea02d29bfd4e0f063552b42131df323d66134faa39c5a06fb1b9d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 01:24:49.397972+00', '\x9827f88ca5c59b7c8041841e43bca8c53255512315e1cbcd07f7f7ef6a5e5845', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 01:24:49.439857+00', '\x51f2bed8e5801fbda05274d7c0c0a30ed1d95ff7735ad2b2516cb9b61b90921a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 01:24:49.48112+00', '\x336a3004df53fca4d929bdec4c96a5ec4c2a16e591349e54f45a3b68821bf6fe', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 01:24:49.506581+00', '\x9651c39013a02c31d2e405de67302e0dc688c0e442628840ca54a0c427b9cb22', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 01:24:49.542341+00', '\x4c7892452b5cc73f9fb663a551bf81ec04d204a29741438c5403b9ed19b0aaaa', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 01:24:49.559497+00', '\x308234f4ca570520bb2fd849dc5f7a66ffa9f85ded56dda8d6c192ccec796a81', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 01:24:49.603553+00', '\x2aeca4071ae9e131634a81f9d33e4e0a17742159cbffe49b57ba8248a5a6814a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 01:24:49.637639+00', '\x8df4d1c1ee73b62f6aaccae484757e4629388df2f100b3ab1e63a8315b7c8c1a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 01:24:49.646396+00', '\x580c1278d4cad0841d3e0a320383cd4b925f3b53a4179964c7b5aa9fff65cacb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 01:24:49.662118+00', '\x5a07d0529777b8ef600abd53ad7252c8e9aa2a6422ab37c65b24c06bf8e31909', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 01:24:49.670695+00', '\x9e7b16603d7cce8a8aaa025fbc05b519eb03198eb65c2b11f95119e4f9948c7d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 01:24:49.709864+00', '\x9b89c59d5eaa65114d75e9788941a459318fbe3e39931efeec19850b597f8988', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 01:24:49.738038+00', '\x04306c0dbe1269cc355e73546e18a9885b691e210379449a41119ed6ad8fef41', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 01:24:49.781613+00', '\x0935ca05b6bcdb76c923b32100523f947c7d24cfa2c766444504e80e9aabd93a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 01:24:49.797644+00', '\xfd5c639cd745723248e2decd31b8add586c2dd6851b7d154890a9912d3043048', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 01:24:49.830173+00', '\xd121f1751e7c84aa3335c9b68a8edf6c2e5d77e3409f14acc3cfe0a31025fe67', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 01:24:49.853638+00', '\xd3d2363c4b5fcd58e4496e9670a0f57eb92846247354206e9f6584e2e8ef3628', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 01:24:49.85814+00', '\xf82bcb25ceeb7d697413608c8bd51449809486c6f155359a7d3a1aad58d7e395', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 01:24:49.874233+00', '\x9e193d4c4ac169dbccc56ff2dd23b76dec4ab1e39466b4f2ac2fa8e5b18080e4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 01:24:49.904783+00', '\xf574990d12932c3ad0914b214140be2c073d6ce358c943a5543cfc1d97e4bbfe', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 01:24:49.914426+00', '\x374e731921e957a4cdf116eef444dfb891164d69ccda1c0f0ead8fc21c6b3bcc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 01:24:49.945761+00', '\x25b8aaad73feb487cac457ebb0ec1e45f07cf3c81a3478c7116bcb031a9c56ed', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 01:24:49.993384+00', '\x494b3a54c5c8dcbebfad640900388ac4868b083e02a3a9e02805505574701465', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 01:24:50.008474+00', '\xeac2f6329f0caed5e1652466b178db1fac6c6552aa639cd1e8a24cb8cd593aad', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"');
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 01:24:50.033592+00', '\xe2956079bb50d86b0087a20f81197218ca10a2bb6c8839f2a0bf2bfe15c1732a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 01:24:50.066273+00', '\x307c05998b302376499c67f4ed47e3c168c8447bb6e7d368a122edc5c1f002e9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:24159", "User-Agent": "Python-urllib/3.11"}', '7', NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0006');
INSERT INTO public.incidents_generation VALUES (0, 0);
SELECT pg_catalog.setval('public.incidents_id_seq', 30, true);
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
ALTER TABLE ONLY public.incidents_keys
    ADD CONSTRAINT incidents_keys_pkey PRIMARY KEY (hash);
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
