"""The tables of rules."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, TSTZRANGE

from incidents.db.schema.notifications import metadata

# `metadata` has all tables only once this module is loaded.
__all__ = [
    "imported",
    "metadata",
    "mutes",
    "rule_history",
    "rule_states",
    "rules",
    "rules_position",
]

_TIME = DateTime(timezone=True)

# Rules (see rules/store.py): `wanted` is null once it was deleted, `applied` is what is evaluated.
rules = Table(
    "incidents_rules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("wanted", JSON),
    Column("applied", JSON),
    # Only incidents with higher ids feed it: those that came before it was made do not.
    Column("begins_after", BigInteger, nullable=False),
    Column("created_at", _TIME, nullable=False, server_default=func.now()),
    Column("updated_at", _TIME, nullable=False, server_default=func.now()),
    # Matches of members beyond the limit.
    Column("not_followed", BigInteger, nullable=False, server_default=text("0")),
)

# What the evaluator knows of each member of a rule (see rules/evaluation.py).
rule_states = Table(
    "incidents_rule_states",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("member", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("quiet_since", _TIME, nullable=False),
    Column("last", _TIME),
    Column("since", _TIME),
    Column("count", BigInteger, nullable=False),
    Column("ids", ARRAY(BigInteger), nullable=False),
    Column("times", ARRAY(_TIME), nullable=False),
    Column("repeat_at", _TIME),
    Column("told", Boolean, nullable=False),
    Column("muted_by", Text),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
)

# What is wrong now, among many members that are not.
Index(
    "incidents_rule_states_status_idx",
    rule_states.c.status,
    rule_states.c.rule,
    rule_states.c.member,
    postgresql_where=text("status IN ('firing', 'pending')"),
)

# What rules did, the newest lines of each.
rule_history = Table(
    "incidents_rule_history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("member", Text),
    # The values of the member by their paths.
    Column("by", JSON),
    Column("at", _TIME, nullable=False),
    Column("kind", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("ids", ARRAY(BigInteger), nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text),
    Column("muted_by", Text),
    # The notification that could not be delivered.
    Column("notification", BigInteger, unique=True),
    # Of the incident that is stored about it; null once it is, or where none is.
    Column("body", JSON),
)
Index("incidents_rule_history_rule_idx", rule_history.c.rule, rule_history.c.id)
Index(
    "incidents_rule_history_muted_by_idx",
    rule_history.c.muted_by,
    rule_history.c.id,
    postgresql_where=text("muted_by IS NOT NULL"),
)
Index(
    "incidents_rule_history_body_idx",
    rule_history.c.id,
    postgresql_where=text("body IS NOT NULL"),
)

mutes = Table(
    "incidents_mutes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("object", JSON, nullable=False),
    Column("until", _TIME),
    # Firings, and their repetitions, that it kept from being told.
    Column("held_back", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", _TIME, nullable=False, server_default=func.now()),
)

# One row: how far the rules have come in the stream of incidents and in time.
rules_position = Table(
    "incidents_rules_position",
    metadata,
    # Grows with every change of a rule or mute.
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("position", Text, nullable=False, server_default=text("'0'")),
    Column("clock", _TIME, nullable=False, server_default=func.now()),
    Column("alive_at", _TIME, nullable=False, server_default=func.now()),
    # Times in which nobody evaluated, and that `clock` has not passed.
    Column("downtimes", ARRAY(TSTZRANGE), nullable=False, server_default=text("'{}'")),
)

# Ids that an import stored, for as long as rules may still meet them.
imported = Table(
    "incidents_imported",
    metadata,
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    Column("ids", ARRAY(BigInteger), nullable=False),
    Column("imported_at", _TIME, nullable=False, server_default=func.now()),
)
Index("incidents_imported_high_idx", imported.c.high)
