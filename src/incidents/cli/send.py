"""incidents send."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.output import say
from incidents.cli.parts.pairs import is_pair, object_of


@click.command(
    short_help="Report a problem.",
    epilog="""\b
Examples:
  incidents send service=billing level=error user:=42
  incidents send report.json
  make 2>&1 | jq -Rs '{log: .}' | incidents send
  incidents send --lines reports.ndjson
  incidents send --header 'X-Host: db1' disk=full || logger 'not reported'""",
)
@click.argument("what", nargs=-1, metavar="[FILE | NAME=VALUE...]")
@click.option("--lines", is_flag=True, help="Each line is a separate report.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="A header to send, NAME: VALUE.",
)
@setting("url")
@env_file
def send(
    what: tuple[str, ...],
    headers: tuple[str, ...],
    env_file: Path | None,
    *,
    lines: bool,
    **flags: Any,
) -> None:
    """Report a problem to a server: a JSON FILE, standard input, or pairs.

    NAME=VALUE is a string, NAME:=VALUE any JSON. Prints the id and the hash when the incident is on
    the server's disk. Retries a busy server for INCIDENTS_CLIENT_RETRY_SECONDS. The API key is read
    from INCIDENTS_KEY.
    """
    client = Client(read_settings(env_file, **flags))
    named = dict(map(_header, headers))
    for body in _bodies(what, lines=lines):
        reply = client.report(body, named)
        say(f"{reply.id}\t{reply.hash}", err=False)


def _bodies(what: tuple[str, ...], *, lines: bool) -> Iterator[bytes]:
    if what and all(map(is_pair, what)):
        yield object_of(what).encode()
        return
    if len(what) > 1:
        raise click.UsageError("give either one FILE or pairs NAME=VALUE")
    if not what and sys.stdin.isatty():
        raise click.UsageError(
            "nothing to report: give a FILE, NAME=VALUE, or - for standard input"
        )
    try:
        with click.open_file(what[0] if what else "-", "rb") as file:
            if lines:
                yield from (line for line in file if line.strip())
            else:
                yield file.read()
    except OSError as error:
        raise click.UsageError(f"{what[0]} cannot be read: {error.strerror}") from error


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (colon and name.strip()) or not text.isprintable():
        raise click.UsageError(f"a header looks like 'NAME: VALUE', not {text!r}")
    return name.strip(), value.strip()
