"""GET /incidents/{id}."""

import pytest

from tests.api import Api


async def test_it_shows_the_incident(shared_api: Api) -> None:
    id_ = await shared_api.report({"a": 1})

    result = await shared_api.get(f"/incidents/{id_}")

    assert result.status == 200
    assert (result.json["id"], result.json["body"]) == (id_, {"a": 1})


@pytest.mark.parametrize(
    "id_",
    [
        "999",
        "0",
        "-1",
        "x",
        "9" * 19,
        "9" * 30,
        "0" * 20 + "1" * 4400,
        "0" * 20 + "9" * 30,
        "%D9%A1",
        "1.0",
    ],
)
async def test_what_is_not_there_is_404(shared_api: Api, id_: str) -> None:
    await shared_api.report({"a": 1})

    result = await shared_api.get(f"/incidents/{id_}")

    assert result.status == 404
    assert "there is no incident" in result.json["detail"]
