"""GET and POST /fields: the fields that there are."""

import json

from falcon.asgi import Request

from incidents.db.condition import Condition
from incidents.http.endpoints.search.counts import CountResource, error_of
from incidents.search.counts.fields import FieldCounts

# Digits of a share behind the point.
_DIGITS = 4


class FieldsResource(CountResource):
    """Counts how many incidents have which field."""

    parameters = ()

    async def count(self, _: Request, condition: Condition, seconds: float) -> str:
        """The most frequent ones."""
        return _reply(await self._search.fields(condition, seconds))


def _reply(found: FieldCounts) -> str:
    fields = [
        {
            "field": each.field,
            "types": each.types,
            "count": each.count,
            "share": round(min(1, each.count / max(1, found.count)), _DIGITS),
        }
        for each in found.fields
    ]
    how = error_of(is_estimate=found.is_estimate, error=found.error)
    return json.dumps({"count": found.count, **how, "fields": fields})
