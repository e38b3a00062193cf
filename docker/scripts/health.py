#!/opt/incidents/bin/python -SE
"""Ends with 0 when the server in this container can do its work, for HEALTHCHECK.

It runs every ten seconds, so it loads little: none of the program.
"""

import os
import ssl
import sys
from http.client import HTTPConnection, HTTPSConnection

_SECONDS_MAX = 14

port = int(os.environ.get("INCIDENTS_PORT", "8000"))
if os.environ.get("INCIDENTS_TLS_CERTIFICATE"):
    # It asks the server beside it, whatever name the certificate is for.
    unverified = ssl._create_unverified_context()  # noqa: S323, SLF001
    connection: HTTPConnection = HTTPSConnection(
        "127.0.0.1", port, timeout=_SECONDS_MAX, context=unverified
    )
else:
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS_MAX)
try:
    connection.request("GET", "/readyz")
    reply = connection.getresponse()
    sys.stdout.write(reply.read().decode())
except OSError as error:
    sys.exit(f"there is no answer on port {port}: {error}")
sys.exit(reply.status != 200)  # noqa: PLR2004 - OK
