"""`Incidents-Key`: which key an incident came with."""

import http.client
from collections.abc import Awaitable, Callable

from incidents.auth.key_table import KeyTable
from incidents.core.api_key import hash_of, new_key
from tests.api import JSON, Api
from tests.keys import bearer, make
from tests.oracle import recomputed_hash
from tests.served import Served

OpenApi = Callable[..., Awaitable[Api]]


async def test_the_name_of_the_key_is_stored_and_counts_for_the_hash(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "report", "billing")
    reader = bearer(await make(table, "read"))
    api = await open_api()
    sent = {**bearer(key), "Incidents-Key": "forged"}

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


async def test_what_is_remembered_of_a_head_has_the_name_of_the_key_of_now(
    serve_here: Callable[..., Served], table: KeyTable
) -> None:
    key = new_key()
    server = serve_here()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def report() -> str:
        connection.request("POST", "/problems", b"{}", {**JSON, **bearer(key)})
        with connection.getresponse() as reply:
            assert (reply.status, len(reply.read())) == (201, 76)
            return reply.headers["Location"]

    before = [report(), report()]  # nobody needs a key yet
    assert await table.create("billing", "report", hash_of(key.encode()), keys_max=10)
    reader = bearer(await make(table, "read"))
    while server.request("POST", "/problems", b"{}").status != 401:
        pass
    after = [report(), report()]
    connection.close()

    names = [
        server.request("GET", path, headers=reader).json["headers"].get("Incidents-Key")
        for path in before + after
    ]
    assert names == [None, None, "billing", "billing"]
