"""The text of an incident as PostgreSQL makes it, and how it comes through COPY.

COPY's binary format has each text as it is, behind its length: PostgreSQL looks for nothing to
escape in it. https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

from struct import Struct

# The same text as StoredIncident.to_json makes.
JSON = """
    '{"id": ' || id || ', "hash": "' || encode(hash, 'hex') || '", "received_at": "'
    || to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '", "body": ' || (body || (', "headers": ' || headers || '}'))
"""
# With a comma before it; whoever writes the list takes away the first.
IN_A_LIST = f"', ' || {JSON}"

# What stands between texts that come together: no JSON text has it as it is.
BETWEEN = "\x01"

# At the start a signature, no flags and no extension; at the end -1 columns.
_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
# How many columns; the id, how many texts, and what they have of bytes, each behind its own length.
_ROW = Struct("!hiqiqi")
# Within an incident a line break is white space, or it is escaped.
_IN_LINES = bytes.maketrans(b"\r\n\x01", b"  \n")


def texts_of(rows: bytes, *, in_lines: bool) -> tuple[bytes, int, int | None]:
    """The texts of some rows, each with a line break behind it; how many; and the last one's id.

    `in_lines` there is no other line break. The rows are whole, and may be none (the driver sees
    to it).
    """
    at = len(_START) if rows.startswith(_START) else 0
    end = len(rows) - (len(_END) if rows.endswith(_END) else 0)  # no text in UTF-8 ends so
    texts: list[bytes] = []
    id_, total = None, 0
    while at < end:
        _, _, id_, _, count, text_bytes = _ROW.unpack_from(rows, at)
        at += _ROW.size
        texts.append(rows[at : at + text_bytes])
        at += text_bytes
        total += count
    between = BETWEEN.encode()
    text = between.join([*texts, b""])
    if in_lines and (b"\n" in text or b"\r" in text):
        return text.translate(_IN_LINES), total, id_
    return text.replace(between, b"\n"), total, id_
