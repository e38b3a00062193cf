"""Configuration of the embedded PostgreSQL: tuning, and who may connect.

Its files are in the data directory, not in the cluster's: that one belongs to PostgreSQL's user,
who could place a symbolic link there for root to write through.
"""

from pathlib import Path

from incidents.support.directory import Directory

_PORT = "5432"
SOCKET_NAME = f".s.PGSQL.{_PORT}"

_SETTINGS_FILE = "incidents.conf"
_ACCESS_FILE = "pg_hba.conf"

# `access` decides who may connect.
_CONFIGURATION = """\
# Written by incidents at each start. To change a setting, use ALTER SYSTEM: it wins over this file.
include_if_exists '{cluster}/postgresql.conf'
max_connections = {connections}
shared_buffers = 256MB
io_method = sync
# Every report waits while a new file of the log (WAL) is made: it is made with holes, not written
# through twice, and then kept and used again.
max_wal_size = 2GB
min_wal_size = 2GB
wal_init_zero = off
jit = off
# When one of its processes crashes PostgreSQL ends whole, and supervisor.py starts it. It can begin
# anew by itself, but on a full disk, where crash followed crash, it once stayed half-way for ever.
restart_after_crash = off
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %a '
"""

_ACCESS = """\
# Written by incidents at each start. Whoever may enter the directory of the socket may connect.
local all         all     trust
local replication all     trust
host  all         all all reject
"""


def configure(data: Directory, cluster: Path, connections: int) -> None:
    """The files that `access` names exist, as this version writes them."""
    settings = _CONFIGURATION.format(
        cluster=str(cluster).replace("'", "''"), connections=connections
    )
    for name, text in ((_SETTINGS_FILE, settings), (_ACCESS_FILE, _ACCESS)):
        if _read(data, name) != text:  # a start must not need space on a full disk
            data.write(name, text)
    with data.inside(cluster.name) as opened:
        opened.remove(_SETTINGS_FILE)  # written by an older version; postgresql.conf includes it


def access(data: Path, socket_directory: Path) -> dict[str, str]:
    """Arguments that decide who may connect. They do not depend on a file that can be lost."""
    return {
        "config_file": str(data / _SETTINGS_FILE),
        "hba_file": str(data / _ACCESS_FILE),
        "listen_addresses": "",
        "port": _PORT,
        "unix_socket_directories": str(socket_directory),
        "unix_socket_permissions": "0700",
    }


def _read(data: Directory, name: str) -> str | None:
    try:
        return data.read(name)
    except OSError:
        return None
