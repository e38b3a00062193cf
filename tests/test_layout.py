"""The layout of the program, read from its files: slices, floors, sizes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "incidents"
FILES = sorted(SOURCE.rglob("*.py"))

# Each may import what stands below it. Slices on one floor do not know each other.
FLOORS = [
    ["cli"],
    ["http"],
    ["runtime"],
    [
        *("ingest", "search", "groups", "live_tail", "auth", "rejected", "rules", "maintenance"),
        *("embedded", "saved_queries", "notifications"),
    ],
    ["db"],
    ["support"],
    ["core"],
]
HTTP_FLOORS = [
    ["server"],
    ["app"],
    ["endpoints"],
    ["protocols"],
    ["middleware"],
    ["message"],
    ["http1"],
]

# Slices whose SQL stands beside their Python.
WITH_SQL = {"db", *FLOORS[3]}
# Only these parts may import that library.
OWNERS = {
    "prometheus_client": {"support"},
    "pydantic_settings": {"support"},
    "sqlalchemy": {"db"},
    "alembic": {"db"},
    "asyncpg": WITH_SQL,
    "falcon": {"http"},
    "uvloop": {"http"},
    "httptools": {"http", "notifications"},
    "brotli": {"http"},
    "opentelemetry": {"http"},
    "google": {"http"},
    "click": {"cli"},
    "yaml": {"cli"},
    "aiosmtplib": {"notifications"},
    "apprise": {"notifications"},
}

LINES_MAX = 300
MODULES_MAX = 20
KINDS = (".py", ".sql", ".js")


def parts(file: Path) -> list[str]:
    return list(file.relative_to(SOURCE).with_suffix("").parts)


@cache
def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_imports(file: Path) -> list[list[str]]:
    """The modules of the program that a file imports, as parts of their paths."""
    modules = [module.split(".")[1:] for module in imports(file) if module.startswith("incidents.")]
    return [each for each in modules if SOURCE.joinpath(*each).with_suffix(".py").exists()]


def floor_of(floors: list[list[str]], name: str) -> int | None:
    return next((n for n, names in enumerate(floors) if name in names), None)


def points_down(floors: list[list[str]], own: str, other: str) -> bool:
    above, below = floor_of(floors, own), floor_of(floors, other)
    return own == other or (above is not None and below is not None and above < below)


def test_imports_point_downwards_only() -> None:
    for own, other in arrows():
        assert points_down(FLOORS, own[0], other[0]), (own, other)
        # The worker imports the application lazily, and is above it.
        if own[0] == other[0] == "http" and own[1] != "__init__":
            assert points_down(HTTP_FLOORS, own[1], other[1]), (own, other)


def arrows() -> Iterator[tuple[list[str], list[str]]]:
    """Each module within a slice, with each module of the program that it imports."""
    for file in FILES:
        if parts(file)[0] not in ("__init__", "__main__"):
            yield from ((parts(file), other) for other in own_imports(file))


def test_no_file_imports_itself_by_way_of_others() -> None:
    TopologicalSorter({tuple(parts(f)): map(tuple, own_imports(f)) for f in FILES}).prepare()


def test_a_library_has_its_owners() -> None:
    for file in FILES:
        for module in imports(file):
            owners = OWNERS.get(module.split(".")[0])
            said = f"{file}: {module} belongs to {owners}"
            assert owners is None or parts(file)[0] in owners, said


def test_only_the_settings_read_the_environment() -> None:
    for file in FILES:
        if parts(file) != ["support", "settings"]:
            assert not re.search(r"os\.(environ|getenv)", file.read_text()), file


def test_errors_know_no_http() -> None:
    assert imports(SOURCE / "core" / "errors.py") == set()


def test_no_file_is_too_long_to_be_about_one_thing() -> None:
    # All settings stand in one list, however many they are: nothing in it is to be followed.
    long = [file for file in FILES if len(file.read_text().splitlines()) > LINES_MAX]
    assert [file for file in long if file.name != "settings.py"] == []


def test_no_folder_has_too_many_modules() -> None:
    folders = {file.parent for file in SOURCE.rglob("*") if file.suffix in KINDS}
    folders.remove(SOURCE / "db" / "migrations" / "versions")  # one for each revision
    crowded = [
        folder
        for folder in folders
        if len([each for kind in KINDS for each in folder.glob(f"*{kind}")]) - 1 > MODULES_MAX
    ]
    assert crowded == []


def test_a_command_loads_what_it_needs_and_no_more() -> None:
    """A start that finds its database migrated needs no SQLAlchemy, and loads none.

    Nor does a worker, which loads the application.
    """
    loaded = "incidents.cli.serve, incidents.cli.status, incidents.http.app"
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {loaded}; print('sqlalchemy' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout == "False\n"


def test_each_advisory_lock_has_a_key_of_its_own() -> None:
    """Who took the key of another job would keep it from ever running."""
    found = [re.findall(r"^_LOCK_KEY = (\w+)", file.read_text(), re.MULTILINE) for file in FILES]
    keys = [key for each in found for key in each]

    assert len(keys) > 5
    assert len(set(keys)) == len(keys)
