"""Headers that authenticate are stored without their values."""

from collections.abc import Awaitable, Callable

import pytest

from incidents.core.report.secret_headers import SecretHeaders
from tests.api import Api

OpenApi = Callable[..., Awaitable[Api]]

BY_NAME = SecretHeaders((), ())


@pytest.mark.parametrize(
    "name",
    [
        *("cookie", "set-cookie", "authorization", "proxy-authorization", "x-authorization"),
        *("x-gitlab-token", "x-amz-security-token", "token", "x-secret", "x-password-hint"),
        *("x-api-key", "apikey", "x-apikey-2", "x-aws-credential", "x-sentry-auth", "x-access-key"),
    ],
)
def test_a_name_that_authenticates_is_secret(name: str) -> None:
    assert name.encode() in BY_NAME


@pytest.mark.parametrize(
    "name",
    [
        *("x-hub-signature-256", "stripe-signature", "x-token-signature", "webhook-id"),
        *("idempotency-key", "x-idempotency-key", "x-event-key", "incidents-key", "postman-token"),
        *("content-type", "host", "keep-alive", "x-author", "x-authenticated-user", "monkey"),
    ],
)
def test_a_name_that_gives_nothing_away_is_kept(name: str) -> None:
    assert name.encode() not in BY_NAME


def test_a_setting_adds_names_and_another_one_exempts_them() -> None:
    names = SecretHeaders(("X-Customer", "Postman-Token"), ("X-Build-Token",))

    assert b"x-customer" in names
    assert b"postman-token" in names
    assert b"x-build-token" not in names
    assert b"authorization" in names


async def test_the_values_of_secret_headers_reach_no_incident(open_api: OpenApi) -> None:
    api = await open_api(redacted_headers=("X-Customer",), unredacted_headers=("X-Build-Token",))
    sent = {
        "Authorization": "Bearer other",
        "X-Gitlab-Token": "s3cret",
        "X-Customer": "s3cret",
        "X-Build-Token": "shown",
        "X-Hub-Signature-256": "sha256=shown",
    }
    assert (await api.post("/problems", b"{}", sent)).status == 201

    stored = (await api.get("/incidents/1")).json["headers"]

    assert {name: stored[name] for name in sent} == {
        "Authorization": "[redacted]",
        "X-Gitlab-Token": "[redacted]",
        "X-Customer": "[redacted]",
        "X-Build-Token": "shown",
        "X-Hub-Signature-256": "sha256=shown",
    }
