"""The report that every contender stores: the error of some service, about 250 bytes of JSON.

Only its trace id differs from one to the next: 16 characters.
"""

import json

TRACE_CHARACTERS = 16
_TRACE = "0" * TRACE_CHARACTERS

_BODY = json.dumps(
    {
        "service": "billing",
        "environment": "production",
        "level": "error",
        "error": {"type": "Timeout", "message": "the card processor did not answer in 30 s"},
        "host": "billing-7f9c4",
        "release": "2.14.0",
        "attempt": 3,
        "trace": _TRACE,
    }
)

BODY_BEFORE, BODY_AFTER = _BODY.split(_TRACE)
BODY_BYTES = len(_BODY)

# What a client that nobody configured sends; wrk adds Host and Content-Length itself.
HEADERS = {
    "User-Agent": "billing/2.14.0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/json",
}
# What OpenTelemetry adds; the trace id is another one each time
# (https://www.w3.org/TR/trace-context/#traceparent-header).
TRACED = {"traceparent": f"00-4bf92f3577b34da6{_TRACE}-00f067aa0ba902b7-01"}


def stored_headers() -> str:
    """The JSON text of the headers, as they are in the table after a request."""
    added = {"Host": "127.0.0.1:40000", "Content-Length": str(BODY_BYTES)}
    return json.dumps({**HEADERS, **added})
