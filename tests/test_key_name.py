"""`Incidents-Key`: which key an incident came with."""

from collections.abc import Awaitable, Callable

from incidents.storage.keys import KeyTable
from tests import keys
from tests.api import Api
from tests.oracle import recomputed_hash

OpenApi = Callable[..., Awaitable[Api]]


async def test_the_name_of_the_key_is_stored_and_counts_for_the_hash(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await keys.make(table, "report", "billing")
    reader = keys.bearer(await keys.make(table, "read"))
    api = await open_api()
    sent = {**keys.bearer(key), "Incidents-Key": "forged"}

    for body, type_ in [(b"{}", "application/json"), (b"{}\n{}", "application/x-ndjson")] * 2:
        result = await api.request("POST", "/problems", body, {**sent, "Content-Type": type_})
        assert result.status in (200, 201), result.text
    dsn = {"X-Sentry-Auth": f"Sentry sentry_key={key}", "Content-Type": "application/json"}
    assert (await api.request("POST", "/api/1/store/", b"{}", dsn)).status == 200

    for id_ in range(1, 8):
        incident = (await api.get(f"/incidents/{id_}", **reader)).json
        assert incident["headers"]["Incidents-Key"] == "billing"
        assert incident["hash"] == recomputed_hash(incident)
    found = await api.post("/find", b'{"Incidents-Key": "billing"}', reader)
    assert len(found.json["incidents"]) == 7


async def test_without_a_key_nothing_is_added(api: Api) -> None:
    await api.post("/problems", b"{}", {"Incidents-Key": "forged"})

    assert "Incidents-Key" not in (await api.get("/incidents/1")).json["headers"]
