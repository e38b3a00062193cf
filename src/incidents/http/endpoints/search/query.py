"""GET /query: how a query line is understood, or where it is wrong."""

from falcon.asgi import Request, Response

from incidents.core import json_text
from incidents.core.errors import BadParameter
from incidents.core.query.description import described
from incidents.core.query.normal_form import example_of, normal_form, terms_of
from incidents.http.endpoints.search.asked import query_of
from incidents.http.message.parameters import check_parameters, parameter
from incidents.support.settings import Settings


class QueryResource:
    """Reads query lines, and asks no database."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def on_get(self, req: Request, resp: Response) -> None:
        """The line's normal form, its terms, its tree, and the example that means the same."""
        check_parameters(req, ("q",))
        if parameter(req, "q") is None:
            raise BadParameter("q", "the query is missing: /query?q=service%3Dbilling")
        tree = query_of(req, self._settings)
        shown = json_text.write(
            {"query": normal_form(tree), "terms": terms_of(tree), "tree": described(tree)}
        )
        resp.content_type = "application/json"
        resp.text = f'{shown[:-1]},"example":{example_of(tree) or "null"}}}'
