"""X-Forwarded-For is believed only from the proxies that a setting names."""

import logging
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

import pytest

from incidents.core.errors import CannotStart
from incidents.http.message.address import Addresses
from incidents.support.settings import Settings
from tests.api import Api

OpenApi = Callable[..., Awaitable[Api]]

PROXIES = "10.0.0.0/8,127.0.0.1,fd00::/8"


def scope(client: str, *forwarded_for: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded_for]
    return {"client": (client, 50000), "headers": [(b"host", b"x"), *headers]}


@pytest.mark.parametrize(
    ("client", "forwarded_for", "address"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["1.1.1.1, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.1.2.3", ["1.1.1.1", "198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("10.1.2.3", ["10.0.0.1,10.0.0.2"], "10.0.0.1"),
        ("10.1.2.3", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.1.2.3", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.1.2.3", ["2001:db8::1"], "2001:db8::1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.1.2.3", ["::ffff:198.51.100.1"], "198.51.100.1"),
        # What cannot be read nobody vouches for, nor for what stands before it.
        ("10.1.2.3", ["198.51.100.1, unknown, 10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3", ["\xff, "], "10.1.2.3"),
        ("10.1.2.3", [", ".join(["198.51.100.1", *["10.0.0.1"] * 40])], "10.0.0.1"),
    ],
)
def test_the_address_is_the_nearest_that_no_proxy_has(
    client: str, forwarded_for: list[str], address: str
) -> None:
    addresses = Addresses(Settings.read(trusted_proxies=PROXIES))

    assert addresses.of(scope(client, *forwarded_for)) == ip_address(address)


def test_without_the_setting_nobody_is_believed() -> None:
    assert Addresses(Settings()).of(scope("127.0.0.1", "1.1.1.1")) == ip_address("127.0.0.1")


def test_a_client_without_an_address_has_none() -> None:
    addresses = Addresses(Settings())

    assert addresses.of({"headers": []}) is None
    assert addresses.of({"client": None, "headers": []}) is None


@pytest.mark.parametrize("proxies", ["10.0.0.1/8", "proxy.example", "10.0.0.0/40"])
def test_what_is_no_network_is_refused_at_the_start(proxies: str) -> None:
    with pytest.raises(CannotStart, match="INCIDENTS_TRUSTED_PROXIES"):
        Settings.read(trusted_proxies=proxies)


async def test_the_log_names_who_was_refused(
    open_api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    api = await open_api(trusted_proxies="127.0.0.1", host="0.0.0.0")

    await api.post("/find", b"{}", {"X-Forwarded-For": "1.1.1.1, 198.51.100.7"})

    assert "a request from 198.51.100.7 was refused: A key is required" in caplog.text


async def test_whom_a_proxy_brings_is_not_this_machine(open_api: OpenApi) -> None:
    api = await open_api(trusted_proxies="127.0.0.1")

    for far in ("198.51.100.7", "127.0.0.1, 198.51.100.7"):
        result = await api.post("/find", b"{}", {"X-Forwarded-For": far})
        assert result.status == 401
        assert "only this machine" in result.json["detail"]
    assert (await api.post("/find", b"{}", {"X-Forwarded-For": "::1"})).status == 200
    assert (await api.post("/find", b"{}")).status == 200
