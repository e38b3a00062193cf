"""Connections to receivers, never to forbidden addresses.

A name is resolved once, and the connection goes to an address that was checked: a name that
resolves to another address a moment later (DNS rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from incidents.notifications.failure import DeliveryFailed

Network = IPv4Network | IPv6Network

# Threads that resolve names: a name server that hangs delays only those who ask for its names.
_RESOLVERS = 32


class Addresses:
    """Opens connections to addresses that no forbidden network has."""

    def __init__(self, forbidden: Sequence[Network]) -> None:
        self._forbidden = forbidden
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, "resolve")

    def close(self) -> None:
        """Resolves no more names."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def connect(self, host: str, port: int) -> socket.socket:
        """A connected socket to the first address that answers. Raises DeliveryFailed."""
        failure: OSError | None = None
        for family, address in await self._allowed(host, port):
            opened = socket.socket(family, socket.SOCK_STREAM)
            try:
                opened.setblocking(False)  # noqa: FBT003 - the method's own
                await asyncio.get_running_loop().sock_connect(opened, address)
            except OSError as error:
                opened.close()
                failure = error
            except BaseException:
                opened.close()
                raise
            else:
                return opened
        said = failure.strerror if failure else None
        raise DeliveryFailed(f"{host}:{port} cannot be reached: {said or failure}")

    async def _allowed(self, host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
        found = await self._resolved(host, port)
        allowed = [each for each in found if not self.is_forbidden(each[1][0])]
        if not allowed:
            raise forbidden(host, found[0][1][0])
        return allowed

    async def _resolved(self, host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._resolvers, _resolve, host, port)
        except (OSError, UnicodeError) as error:
            raise DeliveryFailed(f"the name {host} cannot be resolved: {error}") from error
        return found

    def is_forbidden(self, address: str) -> bool:
        """Whether a forbidden network has it, in whatever form it is written."""
        return any(each in network for each in _forms(address) for network in self._forbidden)


def forbidden(host: str, address: str) -> DeliveryFailed:
    """The error for an address that a forbidden network has."""
    return DeliveryFailed(
        f"{host} has the address {address}, which is forbidden "
        "(INCIDENTS_NOTIFY_FORBIDDEN_NETWORKS)"
    )


def _resolve(host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]  # type: ignore[misc]


def _forms(address: str) -> Iterator[IPv4Address | IPv6Address]:
    """The address, and the IPv4 address that it stands for (RFC 4291, 6052, 3056)."""
    found = ip_address(address.partition("%")[0])
    yield found
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            yield found.ipv4_mapped
        if found.sixtofour is not None:
            yield found.sixtofour
        if found in _NAT64:
            yield IPv4Address(int(found) & 0xFFFFFFFF)


_NAT64 = IPv6Network("64:ff9b::/96")
