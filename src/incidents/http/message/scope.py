"""What the page is told of its login, which it cannot read: the scope of its key."""

from falcon.asgi import Request, Response

from incidents.http.message.client import Client

_SCOPE = "Incidents-Scope"


def tell_scope(req: Request, resp: Response) -> None:
    """The response says the scope of the client's key. Where none is needed, it says nothing."""
    grant = Client.of(req).grant
    if grant is not None:
        resp.set_header(_SCOPE, grant.scope)
