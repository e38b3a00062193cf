"""What statements say of the tables, as SQL."""

from incidents.core.word_index import SECTION_BITS

ID_SEQUENCE = "incidents_id_seq"
LAST_ID = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {ID_SEQUENCE}"  # noqa: S608

CHANNELS = "incidents_channels"
NOTIFICATIONS = "incidents_notifications"

# [headers, body]: "some element contains this entry" is one containment. The elements of a body
# that is an array stand beside the headers: one of them may match.
LISTED = "('[]'::jsonb || headers::jsonb || coalesce(body_for_search, body)::jsonb)"

# The same under the number of the section that the id is in (see query/sections.py): every entry
# of the index is of one section. Put together as text it is parsed once, which is faster.
SEARCHED = f"""(CASE json_typeof(coalesce(body_for_search, body)) WHEN 'array' THEN
    ('{{"' || (id >> {SECTION_BITS})::text || '":' || {LISTED}::text || '}}')::jsonb
ELSE
    ('{{"' || (id >> {SECTION_BITS})::text || '":[' || headers::text || ','
        || coalesce(body_for_search, body)::text || ']}}')::jsonb
END)"""
