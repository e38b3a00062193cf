"""The files of Swagger UI that the program carries."""

from pathlib import Path

import pytest

from tests.node_programs import node_packages

CARRIED = Path(__file__).parents[1] / "src" / "incidents" / "page" / "swagger-ui"


@pytest.mark.parametrize("file", sorted(CARRIED.iterdir()), ids=lambda file: file.name)
def test_each_is_the_published_one(file: Path) -> None:
    published = node_packages() / "swagger-ui-dist" / file.name
    assert file.read_bytes() == published.read_bytes(), "run scripts/copy_swagger_ui.sh"
