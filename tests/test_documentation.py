"""The documents say what is true."""

import re
from pathlib import Path

import click
import pytest

from incidents import __version__
from incidents.cli import incidents

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def headings(page: Path) -> set[str]:
    """What links to the headings of a page say behind the #, as code hosts make it."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|`", r"\1", text)
    titles = re.findall(r"^#+ (.+)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    for target, fragment in re.findall(r"\]\(([^)#]*)#([^)]+)\)", page.read_text()):
        if "://" not in target:
            linked = page.parent / target if target else page
            assert fragment in headings(linked), f"{target}#{fragment}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return
    for name in re.findall(
        r"`((?:src|tests|bench|docs|scripts|envs|ops|requirements)/[\w./*-]+)`", page.read_text()
    ):
        assert list(ROOT.glob(name)), name


def test_the_changelog_has_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def flags(command: click.Command | None, path: str) -> dict[str, set[str]]:
    """Each command below this one, and its flags."""
    assert command is not None, path
    if not isinstance(command, click.Group):
        options = [each for each in command.params if isinstance(each, click.Option)]
        return {path: {name for option in options for name in option.opts}}
    context = click.Context(command)
    found: dict[str, set[str]] = {}
    for name in command.list_commands(context):
        found |= flags(command.get_command(context, name), f"{path} {name}")
    return found


def test_every_command_and_flag_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()

    every = flags(incidents, "incidents")
    assert every
    for command, names in every.items():
        assert f"`{command}" in page, command
        for name in names:
            assert f"`{name}" in page, f"{command} {name}"
