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
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_0 FOR VALUES FROM ('0') TO ('10');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_10 FOR VALUES FROM ('10') TO ('20');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_20 FOR VALUES FROM ('20') TO ('30');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_30 FOR VALUES FROM ('30') TO ('40');
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 07:54:13.567743+00', '\xbe695f292e5966c84f197b32737deec4179d42498225533c2f86304e7d7023a4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 07:54:13.707861+00', '\x372e7ead0623f6c28a29c65bdaa09735b4a747e3d81004cf8aa63c7781322f26', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 07:54:13.716029+00', '\x40594fd497f7ff0c771ff6c4d14f41e846d8c14b8f482bda4d4abc404b55a9de', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 07:54:13.727046+00', '\xa4f0b6a251e38a2c1bc61d7b86e97dafa2800e43dd5addb1dc40c36a291751ce', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 07:54:13.739533+00', '\xc82655e2ed5608a49b700d329643beabc4b5dcf944b0af67d2abf80014cd2dfa', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 07:54:13.753989+00', '\xe29c113d22b033da5e05d93e6ac12252dec4d0d6c7d2d0a93a972349c7cb297f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 07:54:13.766254+00', '\xa76a13a3a135c60735d5d65b81194275b24dec46a1ba8ec3ff3f22fb5532ea28', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 07:54:13.779807+00', '\x6c306f939cdf42220082fc6e9b529b122fdcc38d656e13273d79898aed5426e4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 07:54:13.796982+00', '\x7f9d8916e26c80988ad857a7a46649d8c1a72078e65aec6b0b652ffe535247dc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 07:54:13.811576+00', '\x6da2045c8a1dc6874154fd3bf1fd37dd5e1dc7fe1741e908252a9f3bc05df9f8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 07:54:13.826923+00', '\xc120f7304bc84d7509641aee7b197adf076d5714920cd77c7198773fe92fc4df', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 07:54:13.846899+00', '\x9bac54c6dc1a4706a200763701e34128852084b76134376ee8cc5075e686e89d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 07:54:13.855885+00', '\x2f42e6a39a7c12bb36b790a8ec3726e2a223825cd14e0dfe6447cfb1f65195c1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 07:54:13.860195+00', '\xea327f2457dc2b2c9a97bbb3b3d83f1be9983cb441fce0ea4b2d0265da734af5', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 07:54:13.868386+00', '\x60124ebfa687361b97eff43f9e77438ddd3a5adf99c8a50993e9fab626299805', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 07:54:13.887498+00', '\xbc31efb41e035b84932628d840462b1e38237046f48b520f7d77563d28ce0980', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 07:54:13.899817+00', '\xae63654770f30d44bae667881813b960c859ed59c522231301015561e19cb952', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 07:54:13.91912+00', '\x9cc24eb8913a3cd6711183ae3cfba76cdacbbd21d3e3ec30977a143b7d74f23f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 07:54:13.933566+00', '\x9c55411374f0e343b32391ff9b1ac7b07648ed20e4d27c840f0bfc5b442c3e03', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 07:54:13.945218+00', '\x10e051a2be22c0bb6dfb4d0ef98f1b6d3edbb67687e1c4e03c353e5930aea7e4', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 07:54:13.97699+00', '\x190d5c22b9ba46531ea0d6a969a8d8409fca7e4c1c66aa88eea4dfdc7e61898b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 07:54:13.987625+00', '\xdc7c803f3041b8c33b3788e4f628f51d27fbdf6d0079a3dd3a17e302567aac48', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 07:54:13.990877+00', '\x82c3e0ebd35b32b13b2b7eacc10a06af9bd0ada8eef74a7e90ec586c235d5897', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 07:54:13.996148+00', '\xb1430b3e1a0e411f19d0f4401ae9cfe974a5f2d62bb8a1e209404ebba84ffc81', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 07:54:14.004839+00', '\x0defa653565255f5fe263b41ff826b30ded8240539051fb4e2e3f33551a47fc7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 07:54:14.014764+00', '\xd264d3f518aab9e089a0772ec84469a26052870677e2398969b01b94e3009f15', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 07:54:14.02383+00', '\x2eee32318e731d91aba2aa42f626ec004a18bd9f90f5c80d173c7bfc1b76a443', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL, NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 07:54:14.031337+00', '\x56ed3bb2f91b8877f3f830b8c0ceed0c59e3ece0338bcb5d48ae8c9ab9f013be', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"', NULL);
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 07:54:14.036563+00', '\x49ca9420ba9509d9d1aa7534c62fa22c8988704dda8a168466824ef0359a9792', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL, NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 07:54:14.052725+00', '\x9ac22355f4240277cd0c27bfe5888dc22cc328de81cbed978834a8377b3af7b3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:19050", "User-Agent": "Python-urllib/3.11"}', '7', NULL, NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0010');
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
ALTER TABLE ONLY public.incidents_idempotency_keys
    ADD CONSTRAINT incidents_idempotency_keys_pkey PRIMARY KEY (key);
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
