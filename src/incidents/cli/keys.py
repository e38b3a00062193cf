"""incidents keys: create, list, revoke."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from incidents.auth.key_table import Signing, StoredKey
from incidents.auth.signatures.scheme import SECRETS_MAX, Scheme, is_secret
from incidents.cli.parts.database import database, migrate_database, with_keys
from incidents.cli.parts.group import Group
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.core.api_key import Scope, hash_of, is_name, new_key
from incidents.core.errors import CannotStart
from incidents.embedded.system_user import make_directories
from incidents.support.settings import Settings

_SECRETS_CHARACTERS_MAX = 4096

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(cls=Group, short_help="Create, list and revoke API keys.")
def keys() -> None:
    """Create, list and revoke API keys.

    Until the first key is created, the server answers only this machine, without a key. After
    that every request needs one: `Authorization: Bearer KEY`. Running servers apply changes
    within INCIDENTS_KEY_CACHE_SECONDS_MAX (5 s).
    """


def _secret_file(*, required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--secret-file",
        type=click.Path(path_type=Path, dir_okay=False),
        required=required,
        help="File with the secret shared with the provider; several, one a line.",
    )


def _of_database(command: Command) -> Command:
    return setting("database_url")(setting("data")(env_file(command)))


@contextmanager
def _migrated(settings: Settings) -> Iterator[str]:
    with database(settings) as url:
        migrate_database(settings, url)
        yield url


@keys.command(short_help="Create a key; it is shown only once.")
@click.argument("name")
@click.option(
    "--scope",
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What the key can do. report: only report; read: only find; manage: read, and store "
    "rejected reports; admin: everything.",
)
@click.option(
    "--verify",
    type=click.Choice([scheme.value for scheme in Scheme]),
    help="Provider whose signatures replace the key at /problems/in/NAME.",
)
@_secret_file(required=False)
@click.option(
    "--require", is_flag=True, help="Refuse reports without a valid signature, even with the key."
)
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
    """Create a key and print it. It is shown only once: only its hash is stored.

    With --verify, /problems/in/NAME accepts reports that the provider signed with the secret in
    the file, without a key. While a secret is rotated the file has several, one a line.

    Only the key goes to stdout, for scripts: KEY=$(incidents keys create …).
    """
    if not is_name(name):
        raise CannotStart(
            f"{name[:80]!r} is not a name for a key: use 1 to 64 letters, digits, dots, "
            "hyphens and underscores, beginning with a letter or a digit"
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
        f"the key {name} can {_MAY[Scope(scope)]}; it is shown only once. "
        "Send it as `Authorization: Bearer KEY`",
        err=True,
    )
    if verify is not None:
        click.echo(f"/problems/in/{name} accepts what {verify} signs, without the key.", err=True)


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


@keys.command("list", short_help="List keys: names and scopes, never a key.")
@click.option("--revoked", is_flag=True, help="Include revoked keys.")
@_of_database
def list_(env_file: Path | None, *, revoked: bool, **flags: Any) -> None:
    """List the keys, the oldest first.

    Name, scope, when it was created and revoked, and whose signatures it verifies.
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
    """From now on verify the signatures of that key only with these secrets.

    To rotate a secret, put the old and the new one into the file, one a line. Give the new one to
    the provider. Then replace both with the new one.
    """
    settings = read_settings(env_file, **flags)
    with _migrated(settings) as url:
        scheme = _scheme_of(settings, url, name)
        encrypted = _encrypted(settings, name, scheme, secret_file)
        with_keys(settings, url, lambda table: table.replace_secrets(name, encrypted))
    click.echo(
        f"the secrets of {name} are replaced: within {settings.key_cache_seconds_max:g} s every "
        "server uses them",
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
        raise CannotStart("--verify needs --secret-file: a file with the shared secret")
    if scope != Scope.REPORT:
        raise CannotStart("--verify needs --scope report: a signature authorizes only reports")
    return Signing(verify, _encrypted(settings, name, Scheme(verify), secret_file), require)


def _encrypted(settings: Settings, name: str, scheme: Scheme, secret_file: Path) -> bytes:
    # Imported here: no other command needs the library.
    from incidents.support.secret_box import CannotDecrypt, SecretBox  # noqa: PLC0415

    found = _read_secrets(secret_file)
    if not all(is_secret(scheme, each) for each in found):
        raise CannotStart(f"{secret_file}: a secret of {scheme} is base64, often behind `whsec_`")
    try:
        # It may become the data directory of an embedded PostgreSQL, which has another user.
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


@keys.command(short_help="Revoke a key.")
@click.argument("name")
@_of_database
def revoke(name: str, env_file: Path | None, **flags: Any) -> None:
    """Revoke the key of that name. This cannot be undone: create a new key.

    Revoking the last key does not open the server: it then refuses everybody.
    """
    settings = read_settings(env_file, **flags)
    with _migrated(settings) as url:
        revoked = with_keys(settings, url, lambda table: table.revoke(name))
    if not revoked:
        raise CannotStart(f"there is no key {name[:80]}: `incidents keys list` shows all keys")
    click.echo(
        f"the key {name} is revoked: within {settings.key_cache_seconds_max:g} s every server "
        "refuses it",
        err=True,
    )
