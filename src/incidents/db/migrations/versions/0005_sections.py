"""The index of examples is cut into sections of ids.

Revision: 0005, after 0004. It reads every incident once, and takes about a minute for a million.
"""

from incidents.db.migrations.indexes import replace_index

revision = "0005"
down_revision = "0004"

_OLD, _NEW = "searched_idx", "searched_by_section_idx"
_LISTED = "('[]'::jsonb || headers::jsonb || coalesce(body_for_search, body)::jsonb)"
_BY_SECTION = f"""(CASE json_typeof(coalesce(body_for_search, body)) WHEN 'array' THEN
    ('{{"' || (id >> 16)::text || '":' || {_LISTED}::text || '}}')::jsonb
ELSE
    ('{{"' || (id >> 16)::text || '":[' || headers::text || ','
        || coalesce(body_for_search, body)::text || ']}}')::jsonb
END)"""


def upgrade() -> None:
    """Makes the index beside the old one, which then goes."""
    replace_index(_OLD, _NEW, f"gin ({_BY_SECTION} jsonb_path_ops)")


def downgrade() -> None:
    """Makes the old one again."""
    replace_index(_NEW, _OLD, f"gin ({_LISTED} jsonb_path_ops)")
