-- All values to which the paths lead, as one array.
CREATE OR REPLACE FUNCTION incidents_fields(document jsonb, ways jsonpath[])
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $fields$
DECLARE
    fields jsonb := '[]';
    way jsonpath;
BEGIN
    FOREACH way IN ARRAY ways LOOP
        fields := fields || jsonb_path_query_array(document, way, '{}', true);
    END LOOP;
    RETURN fields;
END
$fields$;
