"""The text of an incident as PostgreSQL makes it, and how it comes through COPY."""

import re

# The same text as StoredIncident.to_json makes.
JSON = """
    '{"id": ' || id || ', "hash": "' || encode(hash, 'hex') || '", "received_at": "'
    || to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '", "body": ' || body || ', "headers": ' || headers || '}'
"""
# With a comma before it; whoever writes the list takes away the first.
IN_A_LIST = f"', ' || {JSON}"

# COPY's text has one row a line, quoted only where it holds one of these or a line break:
# characters that no JSON text has, so that taking the quotes away gives the row as it was.
DELIMITER, QUOTE = "\x01", "\x02"
# Within an incident a line break is white space, or it is escaped.
_SPACES = bytes.maketrans(b"\r\n", b"  ")
_ID = re.compile(rb'(?:, )?\{"id": (\d+), ')


def unquoted(rows: bytes, *, in_lines: bool) -> bytes:
    """The texts themselves, each with a line break behind it; `in_lines`, it has no other."""
    parts = rows.split(QUOTE.encode())
    if in_lines:
        parts[1::2] = [quoted.translate(_SPACES) for quoted in parts[1::2]]
    return b"".join(parts)


def last_id(rows: bytes) -> int:
    """The id of the last of some rows, as COPY gives them: whole ones (the driver sees to it)."""
    if rows.endswith(QUOTE.encode() + b"\n"):  # it holds a line break
        start = rows.rindex(QUOTE.encode(), 0, -2) + 1
    else:
        start = rows.rfind(b"\n", 0, -1) + 1
    found = _ID.match(rows, start)
    assert found is not None
    return int(found[1])
