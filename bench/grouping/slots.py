"""What varies from one report of a problem to the next, as real senders write it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from random import Random
from string import ascii_letters, digits, hexdigits
from uuid import UUID

_START = datetime(2026, 11, 23, tzinfo=UTC)
_SECONDS = 90 * 24 * 3600
_USERS = ("ada", "bob", "grace.hopper", "linus", "svc_deploy", "zoë", "root", "margaret")
_FILES = ("invoice.pdf", "cart.json", "avatar.png", "2026-11-orders.csv", "backup.tar.gz")
_HOSTS = ("db{n}.eu.shop.example", "cache-{n}", "api.pay.example.com", "mx.{n}.example.org")
_POD_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Slots(dict[str, str]):
    """Gives each name of a template a new value, the same for the same `random`."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, name: str) -> str:
        """A value for `{name}`; what follows a `_` only tells names of a template apart."""
        return _MAKE[name.partition("_")[0]](self._random)


def _word(random: Random, letters: str, length: int) -> str:
    return "".join(random.choices(letters, k=length))


def _int(random: Random) -> str:
    return str(random.randrange(10 ** random.randint(1, 9)))


def _time(random: Random) -> str:
    at = _START + timedelta(
        seconds=random.randrange(_SECONDS), microseconds=random.randrange(10**6)
    )
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _syslog_time(random: Random) -> str:
    at = _START + timedelta(seconds=random.randrange(_SECONDS))
    return f"{at:%b} {at.day:2} {at:%H:%M:%S}"


def _duration(random: Random) -> str:
    """As Go writes it: 312ms, 1.5s, 2m3s."""
    kind = random.randrange(3)
    first = random.randrange(1, 59)
    return (f"{first * 7}ms", f"{first / 10}s", f"{first}m{random.randrange(60)}s")[kind]


def _size(random: Random) -> str:
    unit = random.choice(("B", "KB", "MiB", "GiB"))
    return f"{random.randrange(1, 10_000) / 10} {unit}"


def _ip(random: Random) -> str:
    return ".".join(str(random.randrange(256)) for _ in range(4))


def _list(random: Random) -> str:
    return ", ".join(str(random.randrange(64)) for _ in range(random.randint(1, 5)))


_MAKE: dict[str, Callable[[Random], str]] = {
    "int": _int,
    "small": lambda random: str(random.randrange(10)),
    "float": lambda random: str(round(random.uniform(0, 100), random.randint(0, 6))),
    "uuid": lambda random: str(UUID(int=random.getrandbits(128))),
    "hex": lambda random: _word(random, hexdigits[:16], random.choice((8, 12, 32, 40))),
    "short": lambda random: _word(random, hexdigits[:16], 6),
    "token": lambda random: _word(random, ascii_letters + digits, 20),
    "pod": lambda random: f"{_word(random, hexdigits[:16], 9)}-{_word(random, _POD_LETTERS, 5)}",
    "time": _time,
    "syslog": _syslog_time,
    "duration": _duration,
    "size": _size,
    "ip": _ip,
    "ipv6": lambda random: str(IPv6Address(random.getrandbits(128))),
    "port": lambda random: str(random.randrange(1024, 65536)),
    "mail": lambda random: f"{random.choice(_USERS)}{random.randrange(99)}@example.com",
    "user": lambda random: random.choice(_USERS),
    "file": lambda random: random.choice(_FILES),
    "host": lambda random: random.choice(_HOSTS).format(n=random.randrange(40)),
    "list": _list,
}
