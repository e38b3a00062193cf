-- Whether one of the fields is a string that is a time in that range, of seconds since 1970.
CREATE OR REPLACE FUNCTION incidents_has_time(fields jsonb, wanted numrange)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $has_time$
BEGIN
    FOR nth IN 0 .. jsonb_array_length(fields) - 1 LOOP
        IF jsonb_typeof(fields -> nth) = 'string' AND incidents_seconds(fields ->> nth) <@ wanted THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$has_time$;
