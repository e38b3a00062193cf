-- A text in lower case: ASCII by PostgreSQL, the characters of `upper_ones` as those of `lower_ones`.
CREATE OR REPLACE FUNCTION incidents_folded(written text, upper_ones text, lower_ones text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $folded$
BEGIN
    IF octet_length(written) = length(written) THEN
        RETURN lower(written COLLATE "C");
    END IF;
    RETURN translate(lower(written COLLATE "C"), upper_ones, lower_ones);
END
$folded$;
