"""Settings, wherever they come from."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from incidents.cli import incidents
from incidents.core.errors import CannotStart
from incidents.support.environment import ENV_PREFIX, RENAMED, refuse_old_names
from incidents.support.settings import Settings
from tests import settings_page

ROOT = Path(__file__).parents[1]
_UNKNOWN = "{} is not a setting and has no effect; did you mean {}?"


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("INCIDENTS_PORT=1\nINCIDENTS_WORKERS=2\nINCIDENTS_HOST=file\nOTHER=1\n")
    monkeypatch.setenv("INCIDENTS_PORT", "3")
    monkeypatch.setenv("INCIDENTS_WORKERS", "4")

    settings = Settings.read(file, workers="5")

    assert (settings.host, settings.port, settings.workers) == ("file", 3, 5)


def test_redacted_headers_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENTS_REDACTED_HEADERS", "X-Token, Cookie,")

    assert Settings.read().redacted_headers == ("X-Token", "Cookie")


def test_everything_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENTS_PORT", "x")
    monkeypatch.setenv("INCIDENTS_BODY_BYTES_MAX", "0")

    with pytest.raises(CannotStart, match=r"INCIDENTS_PORT.*INCIDENTS_BODY_BYTES_MAX"):
        Settings.read()


@pytest.mark.parametrize("value", ["inf", "nan"])
def test_what_is_bounded_is_bounded_by_a_number(value: str) -> None:
    with pytest.raises(CannotStart, match=r"SEARCH_DEADLINE_SECONDS: .* finite number"):
        Settings.read(search_deadline_seconds=value)


def test_the_largest_body_fits_into_the_intake_and_a_search() -> None:
    large = Settings(body_bytes_max=64 * 1024 * 1024)

    assert large.intake_bytes_max >= large.search_bytes_max >= large.body_bytes_max


def test_old_names_are_refused_with_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENTS_KEPT_HEADERS", "X-Token")
    file = tmp_path / "old.env"
    file.write_text("# INCIDENTS_KEYS_SECONDS_MAX=1\nINCIDENTS_SEAL_AFTER_SECONDS=5\n")

    with pytest.raises(CannotStart) as refused:
        Settings.read(file)

    assert str(refused.value) == (
        "settings: INCIDENTS_KEPT_HEADERS is now INCIDENTS_UNREDACTED_HEADERS: rename it; "
        "INCIDENTS_SEAL_AFTER_SECONDS was removed in 0.1.0: delete it"
    )


def test_a_new_name_is_a_setting_and_an_old_one_is_none() -> None:
    for name in Settings.model_fields:
        refuse_old_names([ENV_PREFIX + name.upper()])
    for new in RENAMED.values():
        assert new.lower() in Settings.model_fields


def test_what_is_no_setting_is_named_with_the_nearest_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mistaken.env"
    file.write_text("INCIDENTS_WORKER=2\nOTHER=1\n")
    monkeypatch.setenv("INCIDENTS_DATABSE_URL", "x")
    monkeypatch.setenv("INCIDENTS_ENV_FILE", str(file))
    monkeypatch.setenv("INCIDENTS_ZZZ", "x")

    assert Settings.unknown(file) == [
        _UNKNOWN.format("INCIDENTS_DATABSE_URL", "INCIDENTS_DATABASE_URL"),
        _UNKNOWN.format("INCIDENTS_WORKER", "INCIDENTS_WORKERS"),
        "INCIDENTS_ZZZ is not a setting and has no effect",
    ]
    shown = CliRunner().invoke(incidents, ["send", "--url", "x", "a=1"]).output
    assert "WARNING: INCIDENTS_DATABSE_URL" in shown


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.env").write_bytes(b"INCIDENTS_HOST=\xff")

    with pytest.raises(CannotStart, match=r"x\.env cannot be read"):
        Settings.read(tmp_path / "x.env")


def test_the_password_in_the_database_url_is_not_shown() -> None:
    assert "s3cret" not in repr(Settings(database_url="postgresql://u:s3cret@h/d"))


def test_the_page_of_settings_says_what_they_are() -> None:
    """`python -m tests.settings_page` writes the tables."""
    assert settings_page.written() == settings_page.PAGE.read_text()


COMMANDS = {
    name: incidents.get_command(click.Context(incidents), name)
    for name in incidents.list_commands(click.Context(incidents))
}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_flag_of_a_setting_names_it_in_the_help(command: str) -> None:
    shown = CliRunner().invoke(incidents, [command, "--help"], terminal_width=200).output

    found = COMMANDS[command]
    assert found is not None
    for parameter in found.params:
        if isinstance(parameter, click.Option) and parameter.name in Settings.model_fields:
            assert f"[env: {ENV_PREFIX}{parameter.name.upper()}" in shown


def test_every_command_is_documented() -> None:
    readme = (ROOT / "README.md").read_text()

    for command in COMMANDS:
        assert f"incidents {command}" in readme


def test_the_example_env_files_name_only_settings_that_there_are() -> None:
    for file in (ROOT / "envs").glob("*.incidents.env.example"):
        named = re.findall(r"^#? ?(INCIDENTS_\w+)=", file.read_text(), re.MULTILINE)
        assert named
        known = {ENV_PREFIX + name.upper() for name in Settings.model_fields}
        assert set(named) <= known, file
