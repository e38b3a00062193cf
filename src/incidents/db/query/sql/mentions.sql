-- Whether a string, a number or a name anywhere in the document has the part in it; and, unless the
-- phrase is NULL, has that where each run of characters that are in no word is one space.
CREATE OR REPLACE FUNCTION incidents_mentions(
    document jsonb,
    part text,
    written_part text,  -- the part as JSON writes it: what has not even that need not be taken apart
    phrase text,        -- with a space before and behind it
    between_words text, -- a regular expression
    upper_ones text,
    lower_ones text
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $mentions$
DECLARE
    written_whole CONSTANT text := incidents_folded(document::text, upper_ones, lower_ones);
    mention text;
BEGIN
    IF strpos(written_whole, written_part) = 0 THEN
        RETURN false;
    END IF;
    -- Mostly the whole text tells: without escapes a quote stands between all strings and names.
    IF strpos(written_whole, '\') = 0 AND octet_length(written_whole) = length(written_whole) THEN
        IF ' ' || written_whole || ' ' !~
            ('[^0-9a-z_]' || replace(btrim(phrase), ' ', '[^0-9a-z_"]+') || '[^0-9a-z_]')
        THEN
            RETURN false;
        ELSIF phrase ~ '[^ 0-9]' AND phrase !~ ' (true|false|null) ' THEN  -- in a string or a name
            RETURN true;
        END IF;
    END IF;
    FOR mention IN
        SELECT written FROM unnest(ARRAY[
            'strict $.** ? (@.type() == "string" || @.type() == "number")',
            'strict $.** ? (@.type() == "object").keyvalue().key'
        ]::jsonpath[]) AS way, jsonb_path_query(document, way) AS value,
            LATERAL (SELECT value #>> '{}' OFFSET 0) AS texts (written)
        WHERE strpos(lower(written COLLATE "C"), part) > 0 OR octet_length(written) <> length(written)
    LOOP
        mention := incidents_folded(mention, upper_ones, lower_ones);
        CONTINUE WHEN strpos(mention, part) = 0;
        IF phrase IS NULL
            OR strpos(' ' || regexp_replace(mention, between_words COLLATE "C", ' ', 'g') || ' ', phrase) > 0
        THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$mentions$;
