-- Whether the text of one of the fields, of strings and numbers, has the part in it.
CREATE OR REPLACE FUNCTION incidents_has_text(fields jsonb, part text, upper_ones text, lower_ones text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $has_text$
BEGIN
    FOR nth IN 0 .. jsonb_array_length(fields) - 1 LOOP
        IF jsonb_typeof(fields -> nth) IN ('number', 'string')
            AND strpos(incidents_folded(fields ->> nth, upper_ones, lower_ones), part) > 0
        THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$has_text$;
