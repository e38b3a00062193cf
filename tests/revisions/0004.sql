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
    number bigint NOT NULL
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
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 01:23:45.023921+00', '\xff552ed61404bb395bc030d9687f45c55f1f00211251b40045f784bbe7c50bd8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 01:23:45.529162+00', '\xd46dd75caa251249d91b8e46cc4c0db23b7f88112f56e91e799a86fa6416884c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 01:23:45.997812+00', '\xbbcb5c3bf94a6704d3fc89d34dfd0cf285ae04c773c0f6e8174c5b68af3fb94e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 01:23:46.057089+00', '\x687a32f34b30156b69f50354184f187e5991240ec1f4921253a370c96d99461d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 01:23:46.078552+00', '\x80d2e271622367e57dc1d2095b7c38cd87f3f18233198dd5e5ba5125d691e102', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 01:23:46.119239+00', '\xef5da1033997b52875b215187cdec4c919d3e8612b26d3ab9e590a1db22b943b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 01:23:46.155701+00', '\x7a522027d02e14289bac732d6636da3377f51979734b68935ed030087de70a5d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 01:23:46.257408+00', '\x4bfa756dda54aa0869219f879a9ff1321dfcb715fbdb3603a995d6ed7f3c3fcc', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 01:23:46.319812+00', '\xfba7b8bed5c8f566df37d4bd1c7d3d0ee55603749776a1d0a34fb602f20c35cf', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 01:23:46.386622+00', '\x1497a67db9f9f100129997214b4074c7c57cf48ad437e64c5a4387b99a6df713', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 01:23:46.535031+00', '\xfe6e7eddbab9d83af5305e170a22c978fe2bfd507d004942e3535d5535ac4b74', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 01:23:46.574059+00', '\x6d55ba6ad1af2eb549932a101572f3809e807e7d8daa245d43ba4dc2da439ded', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 01:23:46.637453+00', '\xf1cea0af5010b52308cad41bd0d0938c7aaf2557d31a7d00fccb1d6028f876d6', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 01:23:46.69279+00', '\x0fbc23fc6024ac53a181e52f0208c5e0ef8d8b2bb829b978b48ab266a9557a7d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 01:23:46.722116+00', '\xc7955e4998abc09b8d9f2e546160cd43cb04eb5388f1108fa04db835538dfa83', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 01:23:46.781438+00', '\xb45d0d9057b342a46a91a3518d8ff6f7026b4b88b16d1302071f1ddceb8af5e7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 01:23:46.869696+00', '\x3e2b2d12ef55eb7d2df579248e1d12870350edcfa4a35bd0b3e75bef6dfdc3df', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 01:23:46.939566+00', '\x63fabfa00c344ed58712738646b5ba2a1f45d9973712ccbbd7abc1f1ac7793c1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 01:23:46.996807+00', '\xaea799a74d279265d45d351332d1645e3b0b58dfe160d5b26d8909c90004f99c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 01:23:47.052994+00', '\x6c0aa56dd3ea7b0aeab7e2bd1cd1343cf739989bbd6295d0d2abb5425df0caeb', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 01:23:47.085558+00', '\xc5dd56a06c418b2ede2b47b40dc8a6a882ef9e429ead54c5b24a8a422e8ac3f9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 01:23:47.118177+00', '\x7525e32c410b10a55a50c1ee0256d2023c63d39ba4a44a2dc31db54348081631', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 01:23:47.170009+00', '\x847d9a5ae3968ff45bb7e3a536472d68164e4c31905a171e96d9bf4599716c5d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 01:23:47.197369+00', '\x5b30f6d1dd65061868e3573f8f880593793a38ce29225b9fb2d9b0683a8857b3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 01:23:47.24521+00', '\xbbd717a15067458a52413501756c0d9a37eea301c1ff71a99ff2d65c8325b73d', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 01:23:47.293239+00', '\xd7b8b092a8562ef64780ba63bd711c958d417092c6f387a3e668183186611807', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 01:23:47.324792+00', '\xe849b1754bfbf62747726d136231b6ab1e5f7181d89400362f9eebadbce1c54b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 01:23:47.418076+00', '\x265f12f52dda54d2fd908487dc361907cb2fa133df715ab0731dfb2f5432ee0e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"');
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 01:23:47.490626+00', '\x215841f8cde327f984e0ef1ad71a16f37ff634bbc0f99a2f4e6e4e62eae633b0', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 01:23:47.538192+00', '\x0f5457d511cfdeec8520b63a6a03972e59c4d1b7d921caa3df73b498c4dc1126', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:24157", "User-Agent": "Python-urllib/3.11"}', '7', NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0004');
INSERT INTO public.incidents_generation VALUES (0);
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
CREATE INDEX incidents_searched_idx ON ONLY public.incidents USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_0_expr_idx ON public.incidents_0 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_hash_id_idx ON ONLY public.incidents USING btree (hash, id);
CREATE INDEX incidents_0_hash_id_idx ON public.incidents_0 USING btree (hash, id);
CREATE INDEX incidents_received_at_id_idx ON ONLY public.incidents USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_0_received_at_expr_idx ON public.incidents_0 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_10_expr_idx ON public.incidents_10 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_10_hash_id_idx ON public.incidents_10 USING btree (hash, id);
CREATE INDEX incidents_10_received_at_expr_idx ON public.incidents_10 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_20_expr_idx ON public.incidents_20 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_20_hash_id_idx ON public.incidents_20 USING btree (hash, id);
CREATE INDEX incidents_20_received_at_expr_idx ON public.incidents_20 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_30_expr_idx ON public.incidents_30 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_30_hash_id_idx ON public.incidents_30 USING btree (hash, id);
CREATE INDEX incidents_30_received_at_expr_idx ON public.incidents_30 USING brin (received_at, ((- id))) WITH (autosummarize='on', pages_per_range='32');
CREATE UNIQUE INDEX incidents_keys_name_idx ON public.incidents_keys USING btree (name) WHERE (revoked_at IS NULL);
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_0_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_0_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_0_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_0_received_at_expr_idx;
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_10_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_10_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_10_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_10_received_at_expr_idx;
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_20_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_20_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_20_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_20_received_at_expr_idx;
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_30_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_30_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_30_pkey;
ALTER INDEX public.incidents_received_at_id_idx ATTACH PARTITION public.incidents_30_received_at_expr_idx;
