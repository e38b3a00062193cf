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
CREATE SEQUENCE public.incidents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_0 FOR VALUES FROM ('0') TO ('10');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_10 FOR VALUES FROM ('10') TO ('20');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_20 FOR VALUES FROM ('20') TO ('30');
ALTER TABLE ONLY public.incidents ATTACH PARTITION public.incidents_30 FOR VALUES FROM ('30') TO ('40');
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 01:22:02.467556+00', '\x64cd796c5376606bc53d87ba86ca2f78a549f7d05b32ce9ee1d732e91e4935c2', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 01:22:02.848947+00', '\xaec90c1d7858095560bac7cf0ee0994c8620fd842216e95b328220930f746967', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 01:22:02.886149+00', '\x303924256c161937ab3a1fcba632e0d058dd515b6b35d85a37e6a6068bbbee16', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 01:22:02.921207+00', '\xc84e2eee9879e05c3004b7a65c6b31131e626e0077fad6d7b72fb87db20d74af', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 01:22:02.981628+00', '\xd11df74a09036dd48f8593be0f408e37f015ce17604220211146e0a0928a24e3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 01:22:03.350819+00', '\x9d18b4286e689b081a1d143bd1bc00c1fc8afaa69108d255860fb1ff793307cf', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 01:22:03.404986+00', '\xa1258cc625d0b59ecaf3701b86409fd8fac2abf56044556f538c1d02cfb747f5', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 01:22:03.510499+00', '\x9010b30bb677f1324b502545bceea044a1dbfc330d322c3d0fa456e84d7eecff', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 01:22:03.54308+00', '\x183b800f0437a72380434badb6c3022d43fbf7eb104fdfc0f2539af12e9e2602', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 01:22:03.625182+00', '\x8c520bb85a02a80facdfdd0e3259962016e09ef4c1b5a85c389e445f855ed69c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 01:22:03.679869+00', '\xc87cae4e6ba1043fbabe8e49ef2f7dbe11f7376a92d5c7fd63410c11570e8f28', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 01:22:03.706884+00', '\x485cc9e611be044021a55c20b3d1f94d9aaa7397bc690da660b4de56f43135b0', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 01:22:03.788929+00', '\x8a8e231aaf031471fcd3aa6c8e0b3e6db748e403a60498fc7606e9c89bb68de1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 01:22:03.816746+00', '\x4859b000771f967be292c811bc2da24f92c1eae805cbe9d166a38f1b71bf8b38', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 01:22:03.873114+00', '\xd01dd565cdd973b8bd00a962182e4b5cd5f720def382123c2bfa5a4187a789b7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 01:22:03.949296+00', '\x328a700010c285db1877b4cade9c2b709a817d9262da4bc73bbf271b74beac16', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 01:22:03.999267+00', '\xe06e0706cf4614e2d210632294ac718df670475621168f92428c2bef68831ce3', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 01:22:04.104924+00', '\xbfd3eb8a0de5a1512c5d311b642c0131b95b59e25bd247a24060c32ebc04a323', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 01:22:04.141805+00', '\xb6451cb489d7d8b38450d13074404bb7a918aca9795d58aba71e5e8a84b27f3e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 01:22:04.184824+00', '\x985664188e6e74347965fc26216f1c4b198d1b0099ab988900b73eee50785479', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 01:22:04.236474+00', '\x90751067d4039cd43d7bbe9d55fa810aaaaee3c2d2d6608bfb2b021717a81d9e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 01:22:04.284397+00', '\xdd5251464e7b953d5c04a2f55e9dfa8deb97c750db4e4eef0e33ca1f3a2b288b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 01:22:04.364343+00', '\xd9ddd704672c15a14d5e084793b5f6d92a57e94090ea55d40c0c4300a7b19fd8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 01:22:04.421224+00', '\x2bd96ada64de5818e3cad9f037705b39939608f99720628f78d9a6184f406d52', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 01:22:04.457866+00', '\x05f4ef1c459d5ef9cb6cc6bf3b5b58cc4c2336ec3305ba5a5579de142d01e132', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 01:22:04.534164+00', '\xc933ca8c6b8c2a6167909d0eafc54c50c5b7be56bf968b9ceb38ab3b9bd077f8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 01:22:04.617233+00', '\x3951d1b2446a679ee8e95ce97c4d98d7a2a7d05c53557e3b2faa76c4cb6c66de', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 01:22:04.681008+00', '\x015c0e8991164f578cd8318d381bdccff6846728f74e67cfac28f2755de57a3c', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"');
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 01:22:04.741736+00', '\xe059f71259748d4c4557d4293b2231bc440830c39319828c27b5c55b6d2e77b9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 01:22:04.754555+00', '\x0126f4ab68955fbb5a565ef237c47f38f4a439b0ca6f0bfe47c02a6ae616ecc5', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:24154", "User-Agent": "Python-urllib/3.11"}', '7', NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0001');
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
CREATE INDEX incidents_searched_idx ON ONLY public.incidents USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_0_expr_idx ON public.incidents_0 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_hash_id_idx ON ONLY public.incidents USING btree (hash, id);
CREATE INDEX incidents_0_hash_id_idx ON public.incidents_0 USING btree (hash, id);
CREATE INDEX incidents_received_at_idx ON ONLY public.incidents USING brin (received_at) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_0_received_at_idx ON public.incidents_0 USING brin (received_at) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_10_expr_idx ON public.incidents_10 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_10_hash_id_idx ON public.incidents_10 USING btree (hash, id);
CREATE INDEX incidents_10_received_at_idx ON public.incidents_10 USING brin (received_at) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_20_expr_idx ON public.incidents_20 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_20_hash_id_idx ON public.incidents_20 USING btree (hash, id);
CREATE INDEX incidents_20_received_at_idx ON public.incidents_20 USING brin (received_at) WITH (autosummarize='on', pages_per_range='32');
CREATE INDEX incidents_30_expr_idx ON public.incidents_30 USING gin (((('[]'::jsonb || (headers)::jsonb) || (COALESCE(body_for_search, body))::jsonb)) jsonb_path_ops);
CREATE INDEX incidents_30_hash_id_idx ON public.incidents_30 USING btree (hash, id);
CREATE INDEX incidents_30_received_at_idx ON public.incidents_30 USING brin (received_at) WITH (autosummarize='on', pages_per_range='32');
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_0_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_0_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_0_pkey;
ALTER INDEX public.incidents_received_at_idx ATTACH PARTITION public.incidents_0_received_at_idx;
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_10_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_10_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_10_pkey;
ALTER INDEX public.incidents_received_at_idx ATTACH PARTITION public.incidents_10_received_at_idx;
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_20_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_20_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_20_pkey;
ALTER INDEX public.incidents_received_at_idx ATTACH PARTITION public.incidents_20_received_at_idx;
ALTER INDEX public.incidents_searched_idx ATTACH PARTITION public.incidents_30_expr_idx;
ALTER INDEX public.incidents_hash_id_idx ATTACH PARTITION public.incidents_30_hash_id_idx;
ALTER INDEX public.incidents_pkey ATTACH PARTITION public.incidents_30_pkey;
ALTER INDEX public.incidents_received_at_idx ATTACH PARTITION public.incidents_30_received_at_idx;
