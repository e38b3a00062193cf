"""Settings, wherever they come from."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from incidents.cli import incidents
from incidents.errors import CannotStart
from incidents.settings import ENV_PREFIX, Settings

ROOT = Path(__file__).parents[1]


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
    with pytest.raises(CannotStart, match=r"STREAM_SECONDS_MAX: .* finite number"):
        Settings.read(stream_seconds_max=value)


def test_a_body_must_fit_into_the_intake() -> None:
    with pytest.raises(CannotStart, match="INTAKE_BYTES_MAX"):
        Settings.read(intake_bytes_max=10)


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.env").write_bytes(b"INCIDENTS_HOST=\xff")

    with pytest.raises(CannotStart, match=r"x\.env cannot be read"):
        Settings.read(tmp_path / "x.env")


def test_the_password_in_the_database_url_is_not_shown() -> None:
    assert "s3cret" not in repr(Settings(database_url="postgresql://u:s3cret@h/d"))


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    documented = dict(re.findall(r"^\| `(INCIDENTS_\w+)` \| (.+?) \|", page, re.MULTILINE))

    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, tuple):
            default = ",".join(default)
        without = name == "data" or default in (None, "")
        expected[ENV_PREFIX + name.upper()] = "none" if without else f"`{default}`"
    assert documented == expected
    for field in Settings.model_fields.values():
        assert field.description is not None
        assert field.description.split(";")[0].rstrip(".") in page


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
