"""compose.yaml, the Dockerfile, the env files and the scripts say the same, and what is right.

That images are built and containers start is tried by `scripts/check_images.sh`.
"""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from incidents import __version__
from incidents.embedded.programs import MAJOR as POSTGRESQL
from incidents.support.environment import ENV_PREFIX
from incidents.support.settings import Settings
from tests.served import Served
from tests.test_tls import identity  # noqa: F401 - a fixture
from tests.tls import Identity

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "compose.yaml"
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
SCRIPTS = sorted((ROOT / "docker" / "scripts").iterdir())
ENV_FILES = [ROOT / ".env", *sorted((ROOT / "envs").glob("*.example"))]

SERVICES: dict[str, dict[str, Any]] = YAML(typ="safe").load(COMPOSE)["services"]
OF_THE_API = ("api", "cluster-api")


def variables(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", file.read_text(), re.MULTILINE))


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


def check_schema(file: Path) -> subprocess.CompletedProcess[str]:
    schema = ["--builtin-schema", "vendor.compose-spec"]
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_compose_file_is_one_by_the_compose_specification(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("read_only: true", "read_only: [1]"))

    checked = check_schema(COMPOSE)

    assert checked.returncode == 0, checked.stdout
    assert check_schema(wrong).returncode == 1


def test_without_a_profile_postgresql_and_the_api_start() -> None:
    profile = variables(ROOT / ".env")["COMPOSE_PROFILES"]

    started = {name for name, service in SERVICES.items() if profile in service["profiles"]}

    assert started == {"postgres", "api"}
    assert all(service["profiles"] for service in SERVICES.values())
    assert SERVICES["api"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_no_service_needs_one_that_its_profiles_leave_out() -> None:
    for service in SERVICES.values():
        for profile in service["profiles"]:
            for needed in service.get("depends_on", {}):
                assert profile in SERVICES[needed]["profiles"]


def test_only_what_answers_is_published_and_on_this_machine_unless_told_otherwise() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert set(published) == {"api", "proxy"}
    for ports in published.values():
        assert ports == [
            "${INCIDENTS_PUBLISHED_ADDRESS:-127.0.0.1}:${INCIDENTS_PUBLISHED_PORT:-8000}:8000"
        ]
    # The program knows, so that it can insist on a key.
    for name in OF_THE_API:
        told = SERVICES[name]["environment"]["INCIDENTS_PUBLISHED_ADDRESS"]
        assert told == "${INCIDENTS_PUBLISHED_ADDRESS:-127.0.0.1}"


@pytest.mark.parametrize("name", OF_THE_API)
def test_the_api_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # It may end in its own time: workers are killed five seconds after they should have.
    assert seconds(service["stop_grace_period"]) > Settings().drain_seconds_max + 5


def test_env_files_are_optional_and_win_over_the_examples() -> None:
    for service in SERVICES.values():
        if "env_file" in service:
            example, own = service["env_file"]
            assert own == {"path": example.removesuffix(".example"), "required": False}
            assert (ROOT / example).exists()


def test_every_setting_that_the_compose_file_makes_is_one() -> None:
    known = {ENV_PREFIX + name.upper() for name in Settings.model_fields}

    for service in SERVICES.values():
        assert set(service.get("environment", {})) <= known


def test_compose_reads_what_its_env_file_explains() -> None:
    read = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text()))

    assert read | {"COMPOSE_PROFILES"} == set(variables(ROOT / ".env"))


@pytest.mark.parametrize("file", ENV_FILES, ids=lambda file: file.name)
def test_every_variable_of_an_env_file_is_explained(file: Path) -> None:
    blocks = [block.splitlines() for block in file.read_text().strip().split("\n\n")]

    for block in blocks[1:]:
        assert re.match(r"# [A-Z].+[.:]?$", block[0]), block
    assert not re.search(r"^#? ?\w+=", file.read_text().split("\n\n")[0], re.MULTILINE)


def test_both_examples_name_the_same_database() -> None:
    postgres = variables(ROOT / "envs" / "postgres.env.example")
    url = variables(ROOT / "envs" / "docker.incidents.env.example")["INCIDENTS_DATABASE_URL"]

    role = f"{postgres['POSTGRES_USER']}:{postgres['POSTGRES_PASSWORD']}"
    assert url == f"postgresql://{role}@postgres:5432/{postgres['POSTGRES_DB']}"


def test_the_examples_are_settings_that_can_be_read() -> None:
    for file in (ROOT / "envs").glob("*.incidents.env.example"):
        assert Settings.read(file).auth == "keys"


def test_the_versions_are_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = re.findall(r"python:(3\.\d+)-slim", DOCKERFILE)

    assert f'image.version="{__version__}"' in DOCKERFILE
    assert set(python) == {python[0]}
    assert f"Programming Language :: Python :: {python[0]}" in project["classifiers"]
    # The major version, and so the file of a backup, is that of the PostgreSQL inside.
    assert SERVICES["postgres"]["image"].startswith(f"postgres:{POSTGRESQL}.")
    # From 18 on the volume is above the data; before, it would be lost there.
    for name in ("postgres", "coordinator", "worker-1", "worker-2"):
        assert SERVICES[name]["volumes"] == [f"{name}:/var/lib/postgresql"]


def test_every_image_has_a_tag_and_those_that_are_not_of_the_cluster_a_digest() -> None:
    base = re.findall("^ARG PYTHON=(.*)$", DOCKERFILE, re.MULTILINE)
    for service in SERVICES.values():
        if "image" in service:
            assert re.search(r":\d[\d.]*\d(@|$)", service["image"])
            if service["profiles"] != ["cluster"]:
                base.append(service["image"])
    assert len(base) == 2
    assert all(re.search("@sha256:[0-9a-f]{64}$", each) for each in base)


# Answers a digest for each image as the registry does, which cannot be asked here.
_DOCKER = """#!/bin/sh
for image; do :; done
echo "sha256:$(printf '%s' "$image" | sha256sum | cut -c -64)"
"""


def test_the_script_pins_every_image(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    for name in ("docker/Dockerfile", "compose.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(_DOCKER)
    docker.chmod(0o755)
    for _ in range(2):  # again pins what is pinned
        subprocess.run(
            [str(ROOT / "scripts" / "pin_images.sh"), str(tmp_path)],
            check=True,
            env={"PATH": f"{docker.parent}:{os.environ['PATH']}"},
            timeout=60,
        )

    pinned = (tmp_path / "docker/Dockerfile").read_text() + (tmp_path / "compose.yaml").read_text()
    images = re.findall(r"(?:^ARG PYTHON=|image: )(.*)", pinned, re.MULTILINE)
    assert len(images) == 4
    for image in images:
        name, _, digest = image.partition("@sha256:")
        assert digest == hashlib.sha256(name.encode()).hexdigest()


def test_what_is_built_and_mounted_is_there() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE)
    for service in SERVICES.values():
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).exists()
            assert service["build"]["target"] in stages
        for mounted in service.get("volumes", []):
            source = mounted.split(":")[0]
            assert not source.startswith("./") or (ROOT / source).is_file()


def test_the_image_of_the_api_runs_as_nobody_and_hears_signals() -> None:
    stage = DOCKERFILE.partition(" AS api\n")[2]
    order = re.findall(r"^(USER \w+|ENTRYPOINT .*|CMD .*|HEALTHCHECK .*)$", stage, re.MULTILINE)

    assert [line.split()[0] for line in order] == ["USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"]
    assert order[0] == "USER incidents"
    # A list is run as it is: with a shell before it, no signal would reach the program.
    assert order[2:] == ['ENTRYPOINT ["incidents"]', 'CMD ["serve"]']
    assert " RUN " not in stage


def test_everything_that_is_installed_has_its_hash() -> None:
    for line in re.findall(r"pip.* install .*(?:\\\n.*)*", DOCKERFILE):
        assert "--require-hashes" in line or "--no-index wheels/" in line


def test_no_secret_gets_into_an_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert {".git", "envs/*.env"} <= set(ignored)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_can_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    if script.suffix == ".sh":
        subprocess.run(["sh", "-n", str(script)], check=True)


def health(**environment: str) -> subprocess.CompletedProcess[str]:
    """What HEALTHCHECK does, with the Python that there is here."""
    return subprocess.run(
        [sys.executable, "-SE", str(ROOT / "docker" / "scripts" / "health.py")],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )


def test_health_is_that_the_server_can_do_its_work(database: str) -> None:
    with Served(Settings(), database) as server:
        well = health(INCIDENTS_PORT=str(server.port))
    gone = health(INCIDENTS_PORT=str(server.port))

    assert (well.returncode, well.stdout) == (0, '{"status": "ready"}')
    assert (gone.returncode, "there is no answer" in gone.stderr) == (1, True)


def test_health_is_asked_over_tls_where_that_is_spoken(
    serve_here: Callable[..., Served],
    identity: Identity,  # noqa: F811 - the fixture
) -> None:
    tls = {
        "INCIDENTS_TLS_CERTIFICATE": str(identity.certificate),
        "INCIDENTS_TLS_PRIVATE_KEY": str(identity.private_key),
    }
    server = serve_here(**identity.settings)
    well = health(INCIDENTS_PORT=str(server.port), **tls)
    deaf = health(INCIDENTS_PORT=str(server.port))

    assert (well.returncode, well.stdout) == (0, '{"status": "ready"}')
    assert deaf.returncode == 1


def downgrade(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "docker" / "scripts" / "downgrade.sh"), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "INCIDENTS_DATABASE_URL": url,
        },
    )


def test_downgrade_goes_one_back_or_where_it_is_told_when_it_is_meant(database: str) -> None:
    refused = downgrade(database)
    one, two = downgrade(database, "--lose-data"), downgrade(database, "0001", "--lose-data")

    assert (refused.returncode, "--lose-data" in refused.stderr) == (1, True)
    assert "from revision 0027 to 0026" in one.stdout
    assert "from revision 0026 to 0001" in two.stdout


def test_the_local_env_file_is_loaded_as_the_original_shows(tmp_path: Path) -> None:
    (tmp_path / "envs").mkdir()
    example = (ROOT / "envs" / "local.incidents.env.example").read_text()
    (tmp_path / "envs" / "local.incidents.env").write_text(example)
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")

    loaded = subprocess.run(
        ["sh", "-c", ". ./scripts/export_env.sh && exec env"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
    )

    assert "INCIDENTS_PORT=8000" in loaded.stdout.splitlines()
