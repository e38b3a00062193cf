"""Flags derived from the settings, so that both agree."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic_core import PydanticUndefined

from incidents.cli.parts.output import say
from incidents.search.question import parse_time
from incidents.support.environment import ENV_PREFIX
from incidents.support.settings import Settings

_METAVARS = {
    "port": "N",
    "workers": "N",
    "data": "DIR",
    "database_url": "URL",
    "tls_certificate": "FILE",
    "tls_private_key": "FILE",
    "retention": "30d",
    "url": "URL",
    "original_database": "URL",
}

Command = TypeVar("Command", bound=Callable[..., Any])

env_file = click.option(
    "--env-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar=f"{ENV_PREFIX}ENV_FILE",
    show_envvar=True,
    help="File of settings, one NAME=value a line; the environment and flags override it.",
)


def _time(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    return parse_time(f"--{parameter.name}", value, datetime.now(UTC))


since = click.option(
    "--since",
    callback=_time,
    metavar="TIME",
    help="Only incidents received at this time or later: 2026-11-23T03:46:00Z, or an age: 15m, 7d.",
)
until = click.option(
    "--until", callback=_time, metavar="TIME", help="Only incidents received before this time."
)


def setting(name: str) -> Callable[[Command], Command]:
    """A flag for a setting. Without it the environment, the env file or the default decides."""
    field = Settings.model_fields[name]
    default = field.get_default(call_default_factory=True)
    shown = "" if default in (None, PydanticUndefined) else f"; default: {default}"
    return click.option(
        f"--{name.replace('_', '-')}",
        name,
        metavar=_METAVARS.get(name, name.upper()),
        help=f"{field.description}  [env: {ENV_PREFIX}{name.upper()}{shown}]",
    )


def read_settings(env_file: Path | None, **flags: Any) -> Settings:
    """The settings, with the given flags. Raises CannotStart."""
    given = {name: value for name, value in flags.items() if value is not None}
    settings = Settings.read(env_file, **given)
    for sentence in Settings.unknown(env_file):
        say(f"WARNING: {sentence}")
    return settings
