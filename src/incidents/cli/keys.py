"""incidents keys: create, list, revoke."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from incidents.cli.database import database, migrate_database, with_keys
from incidents.cli.options import env_file, read_settings, setting
from incidents.errors import CannotStart
from incidents.key import Scope, hash_of, is_name, new_key
from incidents.settings import Settings
from incidents.storage.keys import StoredKey

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(short_help="Make, list and revoke the keys that let programs and people in.")
def keys() -> None:
    """Make, list and revoke keys.

    As long as none was ever made, the server answers this machine alone, without a key. From
    the first on each request needs one: `Authorization: Bearer KEY`. Running servers follow
    within INCIDENTS_KEYS_SECONDS_MAX (5 s).
    """


def _of_database(command: Command) -> Command:
    return setting("database_url")(setting("data")(env_file(command)))


@contextmanager
def _migrated(settings: Settings) -> Iterator[str]:
    with database(settings) as url:
        migrate_database(settings, url)
        yield url


@keys.command(short_help="Make a key; it is printed this once.")
@click.argument("name")
@click.option(
    "--scope",
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it is for: report can only post, read can only find, admin can do both.",
)
@_of_database
def create(name: str, scope: str, env_file: Path | None, **flags: Any) -> None:
    """Make a key, and print it: this once, for only its hash is stored.

    The key alone goes to stdout, so that a script can take it: KEY=$(incidents keys create …).
    """
    if not is_name(name):
        raise CannotStart(
            f"a key cannot be called {name[:80]!r}: give it 1 to 64 letters, digits, dots, "
            "hyphens and underscores, the first a letter or a digit"
        )
    settings = read_settings(env_file, **flags)
    key = new_key()
    hash_ = hash_of(key.encode())
    with _migrated(settings) as url:
        made = with_keys(
            settings,
            url,
            lambda table: table.create(name, scope, hash_, keys_max=settings.keys_max),
        )
        if not made:
            raise CannotStart(_why_not(settings, url, name))
    click.echo(key)
    click.echo(
        f"the key {name} can {_MAY[Scope(scope)]}; it is not shown again. "
        "Send it as `Authorization: Bearer KEY`",
        err=True,
    )


_MAY = {
    Scope.REPORT: "report and nothing else",
    Scope.READ: "find and nothing else",
    Scope.ADMIN: "do everything",
}


def _why_not(settings: Settings, url: str, name: str) -> str:
    stored = with_keys(settings, url, lambda table: table.all())
    if any(key.name == name and key.revoked_at is None for key in stored):
        return f"there is a key {name} already: choose another name, or revoke it first"
    return f"there are {settings.keys_max} keys, the limit (INCIDENTS_KEYS_MAX): revoke some first"


@keys.command("list", short_help="Show the keys: names and scopes, never a key.")
@click.option("--revoked", is_flag=True, help="Show those that were revoked, too.")
@_of_database
def list_(env_file: Path | None, *, revoked: bool, **flags: Any) -> None:
    """Show the keys, the oldest first: name, scope, when it was made, when it was revoked."""
    settings = read_settings(env_file, **flags)
    with _migrated(settings) as url:
        stored = with_keys(settings, url, lambda table: table.all())
    shown = [key for key in stored if revoked or key.revoked_at is None]
    rows = [("NAME", "SCOPE", "CREATED", "REVOKED"), *map(_row, shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())


def _row(key: StoredKey) -> tuple[str, str, str, str]:
    return key.name, key.scope, _time(key.created_at), _time(key.revoked_at)


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@keys.command(short_help="Refuse a key from now on.")
@click.argument("name")
@_of_database
def revoke(name: str, env_file: Path | None, **flags: Any) -> None:
    """Refuse the key of that name from now on. It cannot be taken back: make another one.

    Revoking the last key does not open a server: then it refuses everybody.
    """
    settings = read_settings(env_file, **flags)
    with _migrated(settings) as url:
        revoked = with_keys(settings, url, lambda table: table.revoke(name))
    if not revoked:
        raise CannotStart(f"there is no key {name[:80]}: `incidents keys list` shows them all")
    click.echo(
        f"the key {name} is revoked: within {settings.keys_seconds_max:g} s no server takes it",
        err=True,
    )
