"""The tables of incidents, and of what is kept beside them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import INET, JSON

from incidents.db.names import ID_SEQUENCE, SEARCHED

metadata = MetaData()

id_sequence = Sequence(ID_SEQUENCE, data_type=BigInteger, metadata=metadata)

incidents = Table(
    "incidents",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # json, not jsonb: what was sent comes back byte for byte.
    Column("headers", JSON, nullable=False),
    Column("body", JSON, nullable=False),
    # Set only where jsonb cannot hold the body; see json_text.for_search.
    Column("body_for_search", JSON),
    # Set only where what came is not the UTF-8 of the body.
    Column("raw", LargeBinary),
    # What makes it one of a group (core/grouping). Null until it is filled in, where a server of
    # before stored it (groups/filling.py).
    Column("group_key", BigInteger),
    postgresql_partition_by="RANGE (id)",
)

Index(
    "incidents_searched_by_section_idx",
    literal_column(SEARCHED).label("searched"),
    postgresql_using="gin",
    postgresql_ops={"searched": "jsonb_path_ops"},
    _table=incidents,
)
Index("incidents_hash_id_idx", incidents.c.hash, incidents.c.id)
Index("incidents_group_key_id_idx", incidents.c.group_key, incidents.c.id)
# Small whatever the size: it only says which pages can hold a time, and which ids. (Negated, so
# that PostgreSQL does not take it, where it guesses wrong, for ids that are named one by one.)
Index(
    "incidents_received_at_id_idx",
    incidents.c.received_at,
    text("(- id)"),
    postgresql_using="brin",
    postgresql_with={"autosummarize": "on", "pages_per_range": 32},
)

keys = Table(
    "incidents_keys",
    metadata,
    # Of the key; the key itself is nowhere.
    Column("hash", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # A revoked key stays: once there was a key, no server is open again by itself.
    Column("revoked_at", DateTime(timezone=True)),
    # How the signatures of its requests are verified; the secrets are encrypted.
    Column("verify", Text),
    Column("signing_secrets", LargeBinary),
    Column("signature_required", Boolean, nullable=False, server_default=text("false")),
)
Index(
    "incidents_keys_name_idx",
    keys.c.name,
    unique=True,
    postgresql_where=text("revoked_at IS NULL"),
)

# One row: under ids below, nothing is stored any more but by an import (see search/settling.py).
settled = Table(
    "incidents_settled",
    metadata,
    Column("below", BigInteger, nullable=False, server_default=text("0")),
    # The groups of incidents with ids below are in incidents_groups; and whether so many are new
    # that more of them fall into the group of their service (see groups/learning.py).
    Column("groups_below", BigInteger, nullable=False, server_default=text("0")),
    Column("groups_full", Boolean, nullable=False, server_default=text("false")),
)

# Of ids low <= id < high that are settled: how many incidents there are, and when they came.
blocks = Table(
    "incidents_blocks",
    metadata,
    Column("low", BigInteger, primary_key=True, autoincrement=False),
    Column("high", BigInteger, nullable=False),
    Column("oldest", DateTime(timezone=True), nullable=False),
    Column("newest", DateTime(timezone=True), nullable=False),
    Column("count", Integer),
    # How many came in each of so many seconds, from that of the oldest to that of the newest one;
    # the times begin at multiples of it. Null where they would be too many.
    Column("unit_seconds", Integer),
    Column("counts", ARRAY(Integer)),
    # Whether the words of its incidents are in incidents_words, and their numbers, too, in
    # incidents_numbers.
    Column("words", Boolean, nullable=False, server_default=text("false")),
    Column("numbers", Boolean, nullable=False, server_default=text("false")),
)
Index("incidents_blocks_not_indexed_idx", blocks.c.low, postgresql_where=text("NOT numbers"))

# Of a settled block its groups, and of each how many incidents it has, the first and the last id.
# A null key is that of incidents that are not grouped yet.
block_groups = Table(
    "incidents_block_groups",
    metadata,
    Column(
        "low",
        BigInteger,
        ForeignKey("incidents_blocks.low", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("keys", ARRAY(BigInteger), nullable=False),
    Column("counts", ARRAY(Integer), nullable=False),
    Column("firsts", ARRAY(BigInteger), nullable=False),
    Column("lasts", ARRAY(BigInteger), nullable=False),
)

# In which runs of ids of a section a word may stand (core/word_index.py): of the words whose hashes
# fall into a bucket. Part 0 is of the whole section, others are of a block each. Of blocks that are
# there no more it may have too much, and is not asked.
words = Table(
    "incidents_words",
    metadata,
    Column("section", BigInteger, nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("postings", ARRAY(Integer), nullable=False),
    PrimaryKeyConstraint("section", "bucket", "part"),
    postgresql_with={"toast_tuple_target": 4080},
)

# Between which numbers those of a field lie in cells of a section (core/number_index.py): of the
# fields whose hashes fall into a bucket. A part is of a block; the rest is as of words.
numbers = Table(
    "incidents_numbers",
    metadata,
    Column("section", BigInteger, nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("cells", ARRAY(SmallInteger), nullable=False),
    Column("lows", ARRAY(Double), nullable=False),
    Column("highs", ARRAY(Double), nullable=False),
    PrimaryKeyConstraint("section", "bucket", "part"),
)

# Groups that there are, and when each was new; -infinity where it came with an import, or before
# there were groups.
groups = Table(
    "incidents_groups",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
)
Index("incidents_groups_first_at_idx", groups.c.first_at)

# What people said of a group: the newest is its state (see groups/states.py).
group_changes = Table(
    "incidents_group_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("by", Text),  # the name of an API key
    Column("reason", Text),
    # What has a higher id came after it.
    Column("last_id", BigInteger, nullable=False),
)
Index("incidents_group_changes_key_id_idx", group_changes.c.key, group_changes.c.id)

# Servers of revisions before 0015 read it.
generation = Table(
    "incidents_generation",
    metadata,
    Column("number", BigInteger, nullable=False),
    Column("seals", BigInteger, nullable=False, server_default=text("0")),
)

# One row: the time that the retention has watched, and whether it may go by it (see clock.py).
clock = Table(
    "incidents_clock",
    metadata,
    Column("seen_at", DateTime(timezone=True)),
    Column("waits_until", DateTime(timezone=True)),
    Column("stopped_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("confirmed_at", DateTime(timezone=True)),
)

# What was stored under the Idempotency-Key of a request (see ingest/idempotency_store.py).
idempotency_keys = Table(
    "incidents_idempotency_keys",
    metadata,
    # A hash of the API's key, of the value that its client chose, and of the line.
    Column("key", LargeBinary, primary_key=True),
    # A hash of what came: the same key with something else is refused.
    Column("content", LargeBinary, nullable=False),
    # Of the answer, which has the ids, or the hashes, 32 bytes each.
    Column("status", SmallInteger, nullable=False),
    Column("ids", ARRAY(BigInteger), nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # How often it came again: then somebody was told that it is stored.
    Column("repeats", Integer, nullable=False, server_default=text("0")),
)
Index("incidents_idempotency_keys_expires_at_idx", idempotency_keys.c.expires_at)

# Reports that were refused (see rejected/).
rejected = Table(
    "incidents_rejected",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("address", INET),
    Column("key", Text),  # its name
    # What had come of it, up to a limit; null where bodies are not kept.
    Column("body", LargeBinary),
    Column("truncated", Boolean, nullable=False),
    Column("size", Integer, nullable=False),  # about the bytes of the row
    # Set once it was stored after all.
    Column("incident_id", BigInteger),
    Column("incident_hash", LargeBinary),
)

# Query lines with a name, for everybody of the server.
saved_queries = Table(
    "incidents_saved_queries",
    metadata,
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("updated_by", Text),  # the name of a key; null without keys
)
