"""The address that a request came from."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from incidents.support.settings import Settings

Address = IPv4Address | IPv6Address

# More proxies in a row than anybody has: earlier entries are ignored.
_HOPS_MAX = 32


class Addresses:
    """Knows the trusted proxies."""

    def __init__(self, settings: Settings) -> None:
        self._trusted = settings.trusted_proxies

    def of(self, scope: Mapping[str, Any]) -> Address | None:
        """The nearest address that is not a trusted proxy's; None if unknown.

        Each proxy appends the address of its client to X-Forwarded-For. So it is read from the end,
        as far as trusted proxies wrote it.
        """
        address = _parse((scope.get("client") or ("",))[0])
        if not self._trusts(address):
            return address
        for hop in reversed(_forwarded_for(scope)):
            before = _parse(hop)
            if before is None:
                break
            address = before
            if not self._trusts(address):
                break
        return address

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)


def _forwarded_for(scope: Mapping[str, Any]) -> list[str]:
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(lines).decode("latin-1").rsplit(",", _HOPS_MAX)[-_HOPS_MAX:]


@lru_cache(maxsize=1024)
def _parse(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):  # [address]:port
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # address:port
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
