"""A parameter that there is not is named, and so is the one that was meant."""

import pytest

from tests.api import Api


@pytest.mark.parametrize(
    ("method", "path", "unknown", "meant"),
    [
        ("POST", "/find?limti=10", "limti", "limit"),
        ("GET", "/find?hash=00", "hash", "h"),
        ("GET", "/timeline?bin=3", "bin", "bins"),
        ("POST", "/timeline?unitl=1h", "unitl", "until"),
        ("GET", "/tail?exmaple={}", "exmaple", "example"),
        ("GET", "/incidents/1?limit=3", "limit", "none"),
    ],
)
async def test_an_unknown_parameter_is_400(
    shared_api: Api, method: str, path: str, unknown: str, meant: str
) -> None:
    result = await shared_api.request(method, path, b"{}", {"Content-Type": "application/json"})

    assert result.status == 400
    assert result.json["detail"].startswith(f"{unknown}: ")
    assert meant in result.json["detail"]


async def test_a_report_has_whatever_parameters_it_likes(shared_api: Api) -> None:
    assert (await shared_api.post("/problems?limti=10", b"{}")).status == 201
