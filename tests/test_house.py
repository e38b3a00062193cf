"""The rules of the house, read from its files."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "incidents"
FILES = sorted(SOURCE.rglob("*.py"))

# Each may import those that stand behind it. What is not named here is below all of them.
FLOORS = [
    ["cli"],
    ["http", "page"],
    ["runtime", "http1"],
    ["intake", "search", "tail", "keyring", "rejected"],
    ["storage"],
]

# Only this part may import that library.
OWNERS = {
    "prometheus_client": "metrics",
    "sqlalchemy": "storage",
    "alembic": "storage",
    "asyncpg": "storage",
    "falcon": "http",
    "uvloop": "http",
    "httptools": "http1",
    "brotli": "http",
    "opentelemetry": "report",
    "google": "report",
    "click": "cli",
    "pydantic_settings": "settings",
}

LINES_MAX = 300


def part(file: Path) -> str:
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def floor(name: str) -> int:
    return next((n for n, parts in enumerate(FLOORS) if name in parts), len(FLOORS))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_point_downwards_only(file: Path) -> None:
    own = part(file)
    if own in ("__init__", "__main__"):
        return
    for module in imports(file):
        if not module.startswith("incidents."):
            continue
        other = module.split(".")[1]
        if (
            other != own
            and (SOURCE / other).with_suffix(".py").exists() | (SOURCE / other).is_dir()
        ):
            assert floor(own) < floor(other) or floor(own) == floor(other) == len(FLOORS), module


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_library_has_one_owner(file: Path) -> None:
    for module in imports(file):
        owner = OWNERS.get(module.split(".")[0])
        assert owner in (None, part(file)), f"{module} belongs to {owner}"


def test_only_the_settings_read_the_environment() -> None:
    for file in FILES:
        if part(file) != "settings":
            assert not re.search(r"os\.(environ|getenv)", file.read_text()), file


def test_errors_know_no_http() -> None:
    assert imports(SOURCE / "errors.py") == set()


def test_no_file_is_too_long_to_be_about_one_thing() -> None:
    # All settings stand in one list, however many they are: a list, with no logic to follow.
    rooms = [file for file in FILES if file.name != "settings.py"]
    assert [f for f in rooms if len(f.read_text().splitlines()) > LINES_MAX] == []


def test_a_command_loads_what_it_needs_and_no_more() -> None:
    """A start that finds its database migrated needs no SQLAlchemy, and loads none."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, incidents.cli, incidents.cli.serve; print('sqlalchemy' in sys.modules)",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout == "False\n"
