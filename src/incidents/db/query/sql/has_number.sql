-- Whether one of the fields is a number, or a string that is one as JSON writes it, in that range.
CREATE OR REPLACE FUNCTION incidents_has_number(fields jsonb, wanted numrange)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $has_number$
DECLARE
    kind text;
    written text;
BEGIN
    FOR nth IN 0 .. jsonb_array_length(fields) - 1 LOOP
        kind := jsonb_typeof(fields -> nth);
        CONTINUE WHEN kind NOT IN ('number', 'string');
        written := fields ->> nth;
        -- As core/query/number.py; so short that every PostgreSQL reads it.
        CONTINUE WHEN kind = 'string' AND (length(written) > 400
            OR written !~ '^-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?0*[0-9]{1,3})?$');
        IF written::numeric <@ wanted THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$has_number$;
