"""python -m bench.guard: what it costs a request to be looked at, with a key and without."""

import logging
import math
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from typing import Any

import click

from bench import machine
from incidents.auth.key_table import KeysNow, LiveKey
from incidents.auth.keyring import Keyring
from incidents.core.api_key import Scope, hash_of, new_key
from incidents.core.errors import Forbidden
from incidents.http.middleware.authorizer import Authorizer
from incidents.support.settings import Settings

_CALLS = 20_000
_ROUNDS = 9
_KEYS = 1000

Call = Callable[[], object]
Asked = tuple[dict[str, Any], dict[bytes, bytes]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def guard() -> None:
    """Measure the guard's look at a report, in turns."""
    logging.disable()
    calls = _calls()
    rounds = [{name: _once(call) for name, call in calls.items()} for _ in range(_ROUNDS)]
    click.echo(f"{machine.describe()}. Medians of {_ROUNDS} rounds of {_CALLS} calls.\n")
    for name in calls:
        click.echo(f"| {name:<50} | {median(each[name] for each in rounds):5.2f} µs |")


def _calls() -> dict[str, Call]:
    known, unknown = new_key(), new_key()
    hashes = [hash_of(known.encode()), *(hash_of(new_key().encode()) for _ in range(_KEYS - 1))]
    keyring, with_keys = _guard(
        KeysNow([LiveKey(each, "billing", "report") for each in hashes], ever=True)
    )
    _, without = _guard(KeysNow([], ever=False))
    good, bad, bare = _scope(f"Bearer {known}"), _scope(f"Bearer {unknown}"), _scope(None)
    basic = _scope(f"Basic {b64encode(f':{known}'.encode()).decode()}")
    return {
        "a report without a key, where none is needed": lambda: without.check(*bare),
        f"a report with a known key, one of {_KEYS}": lambda: with_keys.check(*good),
        "the same key as the password of Basic": lambda: with_keys.check(*basic),
        "a report with an unknown key, refused": lambda: _refuse(with_keys, bad),
        "of that: a known key looked up": lambda: keyring.grant_of(known.encode()),
        "of that: an unknown key looked up": lambda: keyring.grant_of(unknown.encode()),
    }


def _guard(now: KeysNow) -> tuple[Keyring, Authorizer]:
    keyring = Keyring(Settings(auth="keys", host="127.0.0.1"), "postgresql://")
    keyring.take(now, math.inf)
    made = Authorizer(Settings(), keyring)
    made.protect("/problems", Scope.REPORT)
    return keyring, made


def _scope(authorization: str | None) -> Asked:
    """What a server hands over for a report of curl's, and its headers by name."""
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"user-agent", b"curl/8.5.0"),
        (b"accept", b"*/*"),
        (b"content-type", b"application/json"),
        (b"content-length", b"37"),
    ]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    scope = {"method": "POST", "path": "/problems", "headers": headers, "client": ("127.0.0.1", 1)}
    return scope, dict(headers)


def _refuse(made: Authorizer, asked: Asked) -> None:
    with suppress(Forbidden):
        made.check(*asked)


def _once(call: Call) -> float:
    begun = time.perf_counter()
    for _ in range(_CALLS):
        call()
    return (time.perf_counter() - begun) / _CALLS * 1e6


if __name__ == "__main__":
    guard(prog_name="python -m bench.guard")
