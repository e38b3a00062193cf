"""What became of notifications, in the history of their rules: deliveries and failed attempts.

Of a message that many were joined into there is a line for each of them. What tells of no rule has
no history.
"""

from datetime import datetime

from incidents.db.driver import Connection
from incidents.db.names import NOTIFICATIONS

_NOTE = f"""
    INSERT INTO incidents_rule_history (rule, by, at, kind, count, ids, title, detail)
    SELECT rule, payload #> '{{data,by}}', $2, $3,
        coalesce((payload #>> '{{data,count}}')::bigint, 0), '{{}}',
        format(
            $4, channel, CASE WHEN payload ->> 'type' = 'rule.resolved' THEN 'resolved: ' END,
            payload #>> '{{data,title}}'
        ), $5
    FROM {NOTIFICATIONS} WHERE (id = $1 OR joined_into = $1) AND rule IS NOT NULL
"""  # noqa: S608 - constants


async def note_delivered(connection: Connection, id_: int, at: datetime) -> None:
    """Its line is part of the caller's transaction."""
    await connection.execute(_NOTE, id_, at, "delivered", "delivered to %s: %s%s", None)


async def note_failed(connection: Connection, id_: int, at: datetime, why: str) -> None:
    """Its line is part of the caller's transaction."""
    await connection.execute(_NOTE, id_, at, "failed", "delivery to %s failed: %s%s", why)
