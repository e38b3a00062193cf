"""A table that has been in use: millions of rows, the last partition half full."""

import click

from bench import database, report

# The default of the setting partition_ids.
_PARTITION_IDS = 1_000_000
# Ids begin in the middle of a partition, so that whole millions of rows end in the middle of one.
_FIRST_ID = _PARTITION_IDS // 2
_STEP_SECONDS_MAX = 1800

_TABLE = "CREATE TABLE incidents_{begin} (LIKE incidents INCLUDING ALL EXCLUDING INDEXES)"
_ROWS = """
    INSERT INTO incidents_{begin} (id, received_at, hash, headers, body)
    SELECT id, now(), sha256(int8send(id)), '{headers}',
           ('{before}' || left(md5(id::text), {digits}) || '{after}')::json
    FROM generate_series({first}, {last}) AS id
"""
# Makes the partition's indexes, each in one go.
_ATTACH = (
    "ALTER TABLE incidents ATTACH PARTITION incidents_{begin} FOR VALUES FROM ({begin}) TO ({end})"
)


def fill(url: str, count: int) -> None:
    """Makes `count` rows in an empty table; what comes next goes into the last partition."""
    last_id = _FIRST_ID + count - 1
    for begin in range(0, last_id + 1, _PARTITION_IDS):
        click.echo(f"filling a table: {max(0, begin - _FIRST_ID):,} of {count:,} rows", err=True)
        _fill_partition(url, begin, last_id)
    database.execute(
        url,
        f"SELECT setval('incidents_id_seq', {last_id})",
        "VACUUM (ANALYZE) incidents",  # it would come by itself, in the middle of a run
        "CHECKPOINT",
        seconds=_STEP_SECONDS_MAX,
    )


def _fill_partition(url: str, begin: int, last_id: int) -> None:
    end = begin + _PARTITION_IDS
    rows = _ROWS.format(
        begin=begin,
        headers=report.stored_headers(),
        before=report.BODY_BEFORE,
        digits=report.TRACE_CHARACTERS,
        after=report.BODY_AFTER,
        first=max(begin, _FIRST_ID),
        last=min(end - 1, last_id),
    )
    statements = (_TABLE.format(begin=begin), rows, _ATTACH.format(begin=begin, end=end))
    database.execute(url, *statements, seconds=_STEP_SECONDS_MAX)
