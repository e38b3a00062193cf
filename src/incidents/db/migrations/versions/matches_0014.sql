-- Whether an incident matches an example: the one place that says so in SQL. In Python it is
-- core/query/predicate.py; tests hold both to one oracle.
CREATE OR REPLACE FUNCTION incidents_matches(
    headers json,
    body json,
    entries jsonb[],    -- of the example: [{"service": "billing"}, ...]
    in_headers jsonb[]  -- the same entries as they are spelt in headers
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $matches$
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
$matches$;
