-- The headers of an incident, and each body that a query has to match one of: of an array that has
-- objects each object. (Not SQL, which would be planned with each query that calls it.)
CREATE OR REPLACE FUNCTION incidents_parsed(headers json, body json)
RETURNS TABLE (head jsonb, item jsonb)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 1
AS $parsed$
DECLARE
    whole CONSTANT jsonb := body;
BEGIN
    head := headers;
    IF jsonb_typeof(whole) = 'array' THEN
        FOR item IN SELECT each FROM jsonb_array_elements(whole) AS each WHERE jsonb_typeof(each) = 'object' LOOP
            RETURN NEXT;
        END LOOP;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    item := whole;
    RETURN NEXT;
END
$parsed$;
