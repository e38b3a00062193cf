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
INSERT INTO public.incidents_0 VALUES (1, '2026-11-29 01:24:17.955044+00', '\xe441768d93bd8972373f5fd1ec7cd0f29d7dc374e59520760dbcdf7267166df9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 0, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (2, '2026-11-29 01:24:18.570386+00', '\x246c39302a611eb18227942a982f7f49760f632b09f1919c688330750dca47b5', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 1, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (3, '2026-11-29 01:24:18.606863+00', '\x29745fc31bd2af9d2d6f63b830da875e48ea18c3a7c1b533c4b07de1e6ea0222', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 2, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (4, '2026-11-29 01:24:18.677318+00', '\x393a610f5e7c2a03ff6bb24a3d5a8bfc6d6455d2bae0e0c7ec8518e5c1666599', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 3, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (5, '2026-11-29 01:24:18.703195+00', '\x2748255e3f081ee671d1d4b865f87365b14434d85e41efc9798eb8da125fb622', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 4, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (6, '2026-11-29 01:24:18.754999+00', '\x60768432fecf3d2761e7f4a911e6e79d2a76a2fc6691addd3705713b98506457', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 5, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (7, '2026-11-29 01:24:18.803269+00', '\x3ede8a699ee8904d6572e4055e98dbe552cd16ad1b825d0c14fda72fe4b3e7ea', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 6, "odd": false}', NULL);
INSERT INTO public.incidents_0 VALUES (8, '2026-11-29 01:24:18.840951+00', '\xdae48255fc007d9577d0eeeee1896ede0d1a25d3db5a6dbe21c7a98834368d6f', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 7, "odd": true}', NULL);
INSERT INTO public.incidents_0 VALUES (9, '2026-11-29 01:24:18.87305+00', '\x75b24dd2447d4faa0923b0d98295a0d6885447d1480bf48149adcffd755c9cab', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 8, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (10, '2026-11-29 01:24:18.890363+00', '\x8409764c0b6d18f6f3d464d271dc28cec9e41ec3e06698165521a866fa7cbbd8', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "43", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 9, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (11, '2026-11-29 01:24:18.931844+00', '\x4793b0a3663897aa873786aa97896ee7fa5280ec3a7e84b018dc02924cca28c7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 10, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (12, '2026-11-29 01:24:18.946405+00', '\xa01a318ee617da07a4a144d2002ea365c96b19df1b17c4aebc2f7e2ffa6f61d9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 11, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (13, '2026-11-29 01:24:18.95838+00', '\xcd2ac11e04cc6e73da10b6183787df83688732065266a8408374f691ba5112ab', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 12, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (14, '2026-11-29 01:24:18.978472+00', '\xfd0100dbaa5a176dd616f9dd29d6dca36172f3b1483586b94a18ab9e95777235', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 13, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (15, '2026-11-29 01:24:18.999026+00', '\x7c1179dec4acd4af2b4f152d2b605872df1ba3d0a0cfb3c7d21b85a98c888195', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 14, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (16, '2026-11-29 01:24:19.025084+00', '\xe43fbb546f5a9f3dc41b17231cfd953f6e4d8608f4e50a198d23c249899244e7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 15, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (17, '2026-11-29 01:24:19.062018+00', '\x528314df0a27c3934345d46581c133960fc232f57e12ce920ef67a6fe902e0e9', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 16, "odd": false}', NULL);
INSERT INTO public.incidents_10 VALUES (18, '2026-11-29 01:24:19.086245+00', '\xa21cde7e32bc580f328b9c5e1d9a079fdcb3478e7ac10169de5d4f77715848ea', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 17, "odd": true}', NULL);
INSERT INTO public.incidents_10 VALUES (19, '2026-11-29 01:24:19.104354+00', '\x942498fae8c2fe04a2873a999ee96586751531732b1cf750052e4996728890a7', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 18, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (20, '2026-11-29 01:24:19.125255+00', '\xff0c164f1dd2907faa8177c18539f1b08eb4243151139eed4d96aaff7d9757a2', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 19, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (21, '2026-11-29 01:24:19.150027+00', '\xcd6f53079e98d1396be9a8542fcf03d95730767c3cce50913e3db3e663122c51', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 20, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (22, '2026-11-29 01:24:19.172244+00', '\x300f56bd2d45611310c8fdf20b4387ffd7bd09a9eb83a16d93b3896561b4222e', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 21, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (23, '2026-11-29 01:24:19.182074+00', '\x47998708383e83a7994de7dde9eb49d0fd15544f2d63a28e74dcea0b637ba6ea', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 22, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (24, '2026-11-29 01:24:19.199175+00', '\xe849b4e2f23500cadb5a20d12d49c171573e2d7642801311a2ecf9e5a5a023af', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "44", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 23, "odd": true}', NULL);
INSERT INTO public.incidents_20 VALUES (25, '2026-11-29 01:24:19.215497+00', '\x002ad347a6aa876fdc969f495aceea94349ed18a0410cc219347aed9b2578e91', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "45", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"service": "billing", "n": 24, "odd": false}', NULL);
INSERT INTO public.incidents_20 VALUES (26, '2026-11-29 01:24:19.250172+00', '\xe47cadf5547039e61e04860d424d53faaae40295578ed3452ff07f7fb1d1f6ef', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "28", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"b": 1,  "a": 1.50, "a": 2}', NULL);
INSERT INTO public.incidents_20 VALUES (27, '2026-11-29 01:24:19.29053+00', '\xfae559ff1c306cdae5dfed9d82197500f64d303fff2b8b2c45b2466f0236875b', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "42", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '["an array", {"service": "of an element"}]', NULL);
INSERT INTO public.incidents_20 VALUES (28, '2026-11-29 01:24:19.337667+00', '\x224a4cf27e6c458568ccc8bdd84bdd291d569ce8bf72a389298c83ec6229cbb1', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "34", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '"a string, with \u0000 and \ud800"', '"a string, with � and �"');
INSERT INTO public.incidents_20 VALUES (29, '2026-11-29 01:24:19.366879+00', '\x8865bcfc3ce42c8abd902ab9d429562fa0243d421ecf1342a945d5919cfc4f7a', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "39", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '{"deep": [{"er": [null, 1e300, "é"]}]}', NULL);
INSERT INTO public.incidents_30 VALUES (30, '2026-11-29 01:24:19.413156+00', '\x89440fc5e10da00cfa1db5654e623c361feb5b4638aa94e1c03eb54f07918705', '{"Accept-Encoding": "identity", "Connection": "close", "Content-Length": "1", "Content-Type": "application/json", "Host": "127.0.0.1:24158", "User-Agent": "Python-urllib/3.11"}', '7', NULL);
INSERT INTO public.incidents_alembic_version VALUES ('0005');
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
