-- The seconds since 1970 of a time as RFC 3339 writes it, or of the midnight of a date; else NULL.
-- As core/query/instant.py.
CREATE OR REPLACE FUNCTION incidents_seconds(written text)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $seconds$
DECLARE
    part CONSTANT text[] := regexp_match(written, '^([0-9]{4})-([0-9]{2})-([0-9]{2})'
        '(?:[Tt ]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:[.]([0-9]{1,30}))?'
        '(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9])))?$');
    year CONSTANT integer := part[1];
    month CONSTANT integer := part[2];
    day CONSTANT integer := part[3];
    days integer;
BEGIN
    -- PostgreSQL refuses what is no day.
    IF part IS NULL OR year = 0 OR month NOT BETWEEN 1 AND 12 OR day NOT BETWEEN 1 AND (CASE
        WHEN month IN (4, 6, 9, 11) THEN 30
        WHEN month <> 2 THEN 31
        WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29
        ELSE 28
    END) THEN
        RETURN NULL;
    END IF;
    days := make_date(year, month, day) - date '1970-01-01';
    RETURN days::numeric * 86400
        + coalesce(part[4]::integer * 3600 + part[5]::integer * 60 + part[6]::integer, 0)
        - coalesce((part[8] || '1')::integer * (part[9]::integer * 3600 + part[10]::integer * 60), 0)
        + coalesce(('0.' || part[7])::numeric, 0);
END
$seconds$;
