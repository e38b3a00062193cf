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
from incidents.signatures.scheme import SECRETS_MAX, Scheme, is_secret
from incidents.storage.keys import Signing, StoredKey
from incidents.storage.system_user import make_directories

_SECRETS_CHARACTERS_MAX = 4096

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(short_help="Make, list and revoke the keys that let programs and people in.")
def keys() -> None:
    """Make, list and revoke keys.

    As long as none was ever made, the server answers this machine alone, without a key. From
    the first on each request needs one: `Authorization: Bearer KEY`. Running servers follow
    within INCIDENTS_KEY_CACHE_SECONDS_MAX (5 s).
    """


def _secret_file(*, required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--secret-file",
        type=click.Path(path_type=Path, dir_okay=False),
        required=required,
        help="File of the secret that is shared with the provider; several, one a line.",
    )


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
    help="What it is for: report can only post, read can only find, manage can read and change "
    "what is there for all (store a rejected report), admin can do everything.",
)
@click.option(
    "--verify",
    type=click.Choice([scheme.value for scheme in Scheme]),
    help="Whose signatures stand for the key at /problems/in/NAME.",
)
@_secret_file(required=False)
@click.option("--require", is_flag=True, help="Refuse what has no valid signature, key or not.")
@_of_database
def create(
    name: str,
    scope: str,
    env_file: Path | None,
    *,
    verify: str | None,
    secret_file: Path | None,
    require: bool,
    **flags: Any,
) -> None:
    """Make a key, and print it: this once, for only its hash is stored.

    With --verify the place /problems/in/NAME takes what that provider signed with the secret in
    the file (several, one a line, while one is rolled), and no key need be sent.

    The key alone goes to stdout, so that a script can take it: KEY=$(incidents keys create …).
    """
    if not is_name(name):
        raise CannotStart(
            f"a key cannot be called {name[:80]!r}: give it 1 to 64 letters, digits, dots, "
            "hyphens and underscores, the first a letter or a digit"
        )
    settings = read_settings(env_file, **flags)
    signing = _signing(settings, name, scope, verify, secret_file, require=require)
    key = new_key()
    hash_ = hash_of(key.encode())
    with _migrated(settings) as url:
        made = with_keys(
            settings,
            url,
            lambda table: table.create(
                name, scope, hash_, keys_max=settings.keys_max, signing=signing
            ),
        )
        if not made:
            raise CannotStart(_why_not(settings, url, name))
    click.echo(key)
    click.echo(
        f"the key {name} can {_MAY[Scope(scope)]}; it is not shown again. "
        "Send it as `Authorization: Bearer KEY`",
        err=True,
    )
    if verify is not None:
        click.echo(f"What {verify} signs is taken at /problems/in/{name}, without it.", err=True)


_MAY = {
    Scope.REPORT: "report and nothing else",
    Scope.READ: "find and nothing else",
    Scope.MANAGE: "find, and change what is there for all",
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
    """Show the keys, the oldest first.

    Name, scope, when it was made, when it was revoked, and whose signatures it verifies.
    """
    settings = read_settings(env_file, **flags)
    with _migrated(settings) as url:
        stored = with_keys(settings, url, lambda table: table.all())
    shown = [key for key in stored if revoked or key.revoked_at is None]
    rows = [("NAME", "SCOPE", "CREATED", "REVOKED", "SIGNATURE"), *map(_row, shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())


def _row(key: StoredKey) -> tuple[str, ...]:
    signature = key.verify or "-"
    if key.signature_required:
        signature += ", required"
    return key.name, key.scope, _time(key.created_at), _time(key.revoked_at), signature


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@keys.command(short_help="Replace the secrets of a key that verifies signatures.")
@click.argument("name")
@_secret_file(required=True)
@_of_database
def secrets(name: str, secret_file: Path, env_file: Path | None, **flags: Any) -> None:
    """Verify the signatures of that key with these secrets from now on, and with no others.

    To roll one put both into the file, one a line; give the new one to the provider; then replace
    them with the new one alone.
    """
    settings = read_settings(env_file, **flags)
    with _migrated(settings) as url:
        scheme = _scheme_of(settings, url, name)
        encrypted = _encrypted(settings, name, scheme, secret_file)
        with_keys(settings, url, lambda table: table.replace_secrets(name, encrypted))
    click.echo(
        f"the secrets of {name} are replaced: within {settings.key_cache_seconds_max:g} s every "
        "server verifies with these",
        err=True,
    )


def _scheme_of(settings: Settings, url: str, name: str) -> Scheme:
    stored = with_keys(settings, url, lambda table: table.all())
    found = (key.verify for key in stored if key.name == name and key.revoked_at is None)
    scheme = next(found, None)
    if scheme is None:
        raise CannotStart(
            f"there is no key {name[:80]} that verifies signatures: `incidents keys list` shows "
            "those that do"
        )
    return Scheme(scheme)


def _signing(
    settings: Settings,
    name: str,
    scope: str,
    verify: str | None,
    secret_file: Path | None,
    *,
    require: bool,
) -> Signing | None:
    if verify is None:
        if secret_file is not None or require:
            raise CannotStart("--secret-file and --require need --verify")
        return None
    if secret_file is None:
        raise CannotStart("--verify needs --secret-file: a file with the secret that is shared")
    if scope != Scope.REPORT:
        raise CannotStart("--verify needs --scope report: a signature lets in reports alone")
    return Signing(verify, _encrypted(settings, name, Scheme(verify), secret_file), require)


def _encrypted(settings: Settings, name: str, scheme: Scheme, secret_file: Path) -> bytes:
    # Imported here: no other command needs the library.
    from incidents.signatures.secret_box import CannotDecrypt, SecretBox  # noqa: PLC0415

    found = _read_secrets(secret_file)
    if not all(is_secret(scheme, each) for each in found):
        raise CannotStart(f"{secret_file}: a secret of {scheme} is base64, often behind `whsec_`")
    try:
        # It may become the data directory of an embedded PostgreSQL, which runs as another user.
        make_directories(settings.signature_key_path.parent)
        return SecretBox.made(settings.signature_key_path).encrypt(found, name)
    except (OSError, CannotDecrypt) as error:
        raise CannotStart(f"the key file for secrets cannot be used: {error}") from error


def _read_secrets(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8") as lines:
            text = lines.read(_SECRETS_CHARACTERS_MAX + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{file} cannot be read: {error}") from error
    found = text.split("\n")
    secrets = [line.strip() for line in found if line.strip()]
    if not 1 <= len(secrets) <= SECRETS_MAX or len(text) > _SECRETS_CHARACTERS_MAX:
        raise CannotStart(
            f"{file}: 1 to {SECRETS_MAX} secrets, one a line, of {_SECRETS_CHARACTERS_MAX} "
            "characters together at most"
        )
    return secrets


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
        f"the key {name} is revoked: within {settings.key_cache_seconds_max:g} s every server "
        "refuses it",
        err=True,
    )
