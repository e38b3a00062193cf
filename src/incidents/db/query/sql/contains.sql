-- Whether one of the fields, or of the elements of up to four arrays within each other, contains what
-- is the one element of `wanted`. (At the top level `@>` would take an element for what it is in.)
CREATE OR REPLACE FUNCTION incidents_contains(fields jsonb, wanted jsonb)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $contains$
DECLARE
    here jsonb := fields;
BEGIN
    FOR level IN 0 .. 4 LOOP
        IF here @> wanted THEN
            RETURN true;
        END IF;
        EXIT WHEN NOT here @? 'strict $[*] ? (@.type() == "array")';
        here := jsonb_path_query_array(here, '$[*][*]');
    END LOOP;
    RETURN false;
END
$contains$;
