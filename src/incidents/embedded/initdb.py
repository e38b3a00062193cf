"""Creates the cluster of the embedded PostgreSQL."""

from pathlib import Path

from incidents.core.errors import CannotStart
from incidents.embedded.control import Control, last_lines


def run_initdb(control: Control, new: Path) -> None:
    """The empty directory holds a new cluster, synced to disk. Raises CannotStart.

    https://www.postgresql.org/docs/current/app-initdb.html
    """
    done = control.run(
        "initdb",
        f"--pgdata={new}",
        "--username=postgres",
        # Only users who may enter the directory reach the socket.
        "--auth-local=trust",
        "--auth-host=reject",
        # In case somebody starts it without this program.
        "--set=listen_addresses=",
        "--set=unix_socket_permissions=0700",
        # Not a locale of the system, whose upgrade can break an index.
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )
    if done.returncode != 0:
        raise CannotStart(f"PostgreSQL's initdb failed in {new.parent}: {last_lines(done.stdout)}")
