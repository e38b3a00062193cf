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
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 01:27:28.020258+00', '\xdf200d61a1c2a54516d112dd3977ae269b96341ba53d451bdfc81ecd15aba311', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 01:27:28.64115+00', '\x6fcec4075f0c7bb27b786a0e0c149937a2e42644a5f5b1300eef8bfce5b09724', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 01:27:28.701523+00', '\xd9950209a91b96c316ed78def83f25029b772f14d371467daf52d4a36a49963a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 01:27:28.79347+00', '\xd79f32ccd35abdb5c22110699286fc8266e2afc06c36ad4fc68b68a92aaca458', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 01:27:28.861684+00', '\x90e2f89b435169e52a45f0c59dd36e191f4ebcd518e4b42556f207bb4f4eda5c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 01:27:28.957631+00', '\x164597e5a86fd462e40d3f366b3b30d41bee7994858dab335cdd765688b55ff3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 01:27:29.060542+00', '\xecdf812f63bb517af892ab3908db9cd2a61ebe9fce3af7be6371110f4e6a4047', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 01:27:29.153401+00', '\xc258f1b7c64049885da3d397377b027cfca77f77c552ef51f6cbfc341f7d4c63', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 01:27:29.199138+00', '\x0fb2d088b33c6afdae55f565a77d8118e24b6842f4eb1395779b0d4c4b8958f7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 01:27:29.262099+00', '\x50c6e22dae7891f732fe213c5f85f518550eb9ac18b111983552c88040fa8920', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 01:27:29.333292+00', '\xe2801cf0e25da51c99fdd8856e12e659b89686f11a9489d09ed4636fe44ac0db', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 01:27:29.370352+00', '\xdcb61c02cb0a1d2bf02062b4f7359886ca66dc307cadc478b77224b722a454df', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 01:27:29.413075+00', '\xa93f102a56da0b6c88d28f9fea7836349517703978f6409ec60a94c003f3ef3c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 01:27:29.465093+00', '\x08f72572832fe2bd9b84d41ac9d800bedb99da21f5934b50bf5aceb39d5b7c04', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 01:27:29.509756+00', '\xdc02efd654a07c65a449d0bcf08723416a72477cffacaff8dad2ae63ed718951', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 01:27:29.588252+00', '\x66693515675688f864e870dbb468b6fa8be7f17aa3f7089d6dffd762dc66aeaa', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 01:27:29.661012+00', '\x916b3da8ce7554840b0523842b942707afeb703afd5a5c96c2186c95436b07eb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 01:27:29.718287+00', '\xdc4f89e6fd4e0938cfb76516266d1c6cbbefc8ffd65ad92989dc5764fef94828', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 01:27:29.738232+00', '\x612560a1885379c7e892c7fe106e695504e67af9af9af3d424989adc91335921', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 01:27:29.749361+00', '\x9a8a5e654377239bcb97ab1a9d57b87a5c97595074ac29aeda8963dea9d48e6b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 01:27:29.801533+00', '\xbc6e138e9c78910c481eee4f01cf930bc25bc3f0de976fd6fce47154cf4afe20', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 01:27:29.837681+00', '\x0f4eefa0cc01034b963c464f544484addc02bbde7d4dd5c3240f196fe54408e0', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 01:27:29.872574+00', '\x477b6bbb15a5ca38700daf0f42c6268b27872e15f8fedeb4b06b9ede996f922d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 01:27:29.917399+00', '\x70b52c87c222a11f05818848b6e056a3c609e7880105926bd27d1c7354ec582d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 01:27:29.943554+00', '\xdf82df985d302e2e7ef8841ebbcd7853622777504e5167d1a0bcfbdc05cfe948', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 01:27:29.990291+00', '\xc0c565f6790b0276c6eb8c52e9bdb2f263c3b7d078d964b504263f772116e087', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 01:27:30.023044+00', '\x0055aaa545cb5294999f7586cd62a138e0dad86e0096ad2c5ed5f748654b1996', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 01:27:30.105245+00', '\x3bbfedc062f6562f9d5d42e8f14f4176ea918add207925cfbedcd1cfebe194fe', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"');
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 01:27:30.201742+00', '\x2427ba95ba0736d638d76676f9d95aaa609a31748d2fc3a564f166745a6e115f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 01:27:30.28134+00', '\x4d5f8bd51e07223ada5c63b4b46b4d91a69bfefd5f912915eda094622f6c532d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:13783", "User-Agent": "Python-urllib/3.11"}', '7', NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0007');
INSERT INTO public.incidents_clock VALUES (NULL, NULL, NULL, NULL, NULL);
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
