"""Requests to /problems that store nothing: how to report, and a handshake."""

from http import HTTPStatus

from incidents.core.errors import BadParameter
from incidents.core.report.query import Query
from incidents.http.message.client import Client
from incidents.http.message.reply import Answer, Reply

# Microsoft Graph expects its token back, and nothing else.
_TOKEN_BYTES_MAX = 4096

METHODS = ("GET", "HEAD", "POST", "OPTIONS")

_HOW_TO = (
    b"Report an incident: POST it here as JSON.\n\n"
    b"  curl THIS-URL -H 'Content-Type: application/json' -d '{\"service\": \"billing\"}'\n\n"
    b"Where keys are in use, add -H 'Authorization: Bearer KEY'. /openapi.json says the rest.\n"
)


def how_to(method: str, client: Client) -> Answer:
    """For anybody: it reveals nothing that is stored.

    It also allows senders of CloudEvents, whose reports need a key all the same.
    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md
    """
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if method != "OPTIONS":
        return HTTPStatus.OK, headers, _HOW_TO
    headers.append((b"allow", ", ".join(METHODS).encode()))
    origin = client.headers.get(b"webhook-request-origin")
    if origin is not None:
        headers.append((b"webhook-allowed-origin", origin))
    return HTTPStatus.OK, headers, b""


async def echo_token(query: Query, reply: Reply) -> bool:
    """Whether it was a handshake of Microsoft Graph; then its token was sent back.

    https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
    """
    token = query.validation_token
    if token is None:
        return False
    text = token.encode(errors="replace")
    if len(text) > _TOKEN_BYTES_MAX:
        raise BadParameter("validationToken", f"it is longer than {_TOKEN_BYTES_MAX} bytes")
    plain = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await reply.whole(HTTPStatus.OK, plain, text)
    return True
