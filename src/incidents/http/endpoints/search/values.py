"""GET and POST /values: the most frequent values of a field."""

from typing import Any

from falcon.asgi import Request

from incidents.core import json_text
from incidents.core.errors import BadParameter
from incidents.core.query.normal_form import path_text
from incidents.db.condition import Condition
from incidents.http.endpoints.search.counts import CountResource, error_of, path_of, written
from incidents.http.message.parameters import whole_number
from incidents.search.counts.values import Value, Values

VALUES_MAX = 1000
_VALUES = 10


class ValuesResource(CountResource):
    """Counts the values of a field."""

    parameters = ("field", "limit")

    async def count(self, req: Request, condition: Condition, seconds: float) -> str:
        """The most frequent ones."""
        path = path_of(req, "field")
        if path is None:
            raise BadParameter("field", "a field is missing: /values?field=service")
        limit = whole_number(req, "limit", default=_VALUES, at_most=VALUES_MAX)
        values = await self._search.values(condition, path, limit, seconds)
        return _reply(path_text(path), values)


def _reply(field: str, values: Values) -> str:
    return json_text.write(
        {
            "field": field,
            "count": values.count,
            "missing": values.missing,
            "other": values.other,
            **error_of(is_estimate=values.is_estimate, error=values.error),
            "values": [_value(each) for each in values.values],
        }
    )


def _value(value: Value) -> dict[str, Any]:
    return {
        "value": json_text.parse(value.value, 1, exact=True),
        "count": value.count,
        "first": written(value.times.first),
        "last": written(value.times.last),
    }
