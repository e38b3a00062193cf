"""Open directories: changes survive a power cut, and no symbolic link leads out of them."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

_OTHERS = 0o077
_OTHERS_MAY_WRITE = 0o022
_READ_BYTES_MAX = 1024 * 1024

# Some file systems cannot sync a directory. PostgreSQL ignores that too (fsync_fname).
_CANNOT_SYNC = (errno.EBADF, errno.EINVAL)


class Directory:
    """An open directory. Names stay inside of it even if its path is moved or replaced meanwhile.

    Anyone who may write to a directory could place a link there for root to follow. So links are
    only followed where this process's user alone may write; elsewhere they raise OSError (ELOOP,
    ENOTDIR).
    """

    def __init__(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        self.owner, self.group = found.st_uid, found.st_gid
        self._descriptor = descriptor
        # Only this process's user can create files in it.
        self.is_own = self.owner == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE
        self._links = 0 if self.is_own else os.O_NOFOLLOW

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """The directory at the path. The path itself may be a link: its user chose it."""
        with _closed(os.open(path, os.O_RDONLY | os.O_DIRECTORY)) as descriptor:
            yield cls(descriptor)

    @contextmanager
    def inside(self, name: str) -> Iterator["Directory"]:
        """The subdirectory with that name."""
        flags = os.O_RDONLY | os.O_DIRECTORY | self._links
        with _closed(os.open(name, flags, dir_fd=self._descriptor)) as descriptor:
            yield Directory(descriptor)

    def make(self, name: str) -> None:
        """Creates an empty directory with that name (0700). Raises FileExistsError."""
        os.mkdir(name, 0o700, dir_fd=self._descriptor)

    def give(self, user: int, group: int) -> None:
        """Changes the owner. Raises PermissionError if it is neither ours nor already theirs."""
        if self.owner not in (os.geteuid(), user):
            raise PermissionError(errno.EPERM, "the directory belongs to somebody else")
        os.fchown(self._descriptor, user, group)

    def lock_file(self, name: str) -> int:
        """A descriptor of an empty file that only the directory's owner can open (0600)."""
        flags = os.O_RDWR | os.O_CLOEXEC
        try:
            made = flags | os.O_CREAT | os.O_EXCL
            descriptor = os.open(name, made, 0o600, dir_fd=self._descriptor)
            if os.geteuid() == 0:
                os.fchown(descriptor, self.owner, self.group)
        except FileExistsError:
            descriptor = os.open(name, flags | self._links, dir_fd=self._descriptor)
        found = os.fstat(descriptor)
        if found.st_uid == os.geteuid() and found.st_nlink == 1 and found.st_mode & _OTHERS:
            os.fchmod(descriptor, 0o600)  # an older version made it readable by others
        return descriptor

    def read(self, name: str) -> str:
        """The last megabyte at most of the regular file with that name. Raises OSError."""
        # Without O_NONBLOCK, opening a named pipe would wait for a writer.
        flags = os.O_RDONLY | os.O_NONBLOCK | self._links
        with _closed(os.open(name, flags, dir_fd=self._descriptor)) as descriptor:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, f"{name} is not a plain file")
            start = max(0, found.st_size - _READ_BYTES_MAX)
            return os.pread(descriptor, _READ_BYTES_MAX, start).decode(errors="replace")

    def write(self, name: str, text: str) -> None:
        """Writes the file with that name durably; everybody may read it.

        After a power cut it has either the whole text or its old content.
        """
        new = f"{name}.new"
        self.remove(new)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(new, flags, 0o644, dir_fd=self._descriptor)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fchmod(descriptor, 0o644)  # whatever the umask
            os.fsync(descriptor)
        self.rename(new, name)

    def rename(self, old: str, new: str) -> None:
        """Renames durably. The content must have been synced before."""
        os.rename(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        self.sync()

    def remove(self, name: str) -> None:
        """Removes a file, a link, or a directory with its content; returns if nothing is there."""
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return
        except OSError:  # a directory: EISDIR on Linux, EPERM elsewhere
            shutil.rmtree(name, dir_fd=self._descriptor)

    def modified(self, name: str) -> float:
        """When the file with that name was last modified. Raises OSError."""
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_mtime

    def names(self) -> list[str]:
        """The names in the directory."""
        return os.listdir(self._descriptor)  # noqa: PTH208 - a descriptor has no path

    def sync(self) -> None:
        """Names created, changed or removed in it survive a power cut."""
        _sync(self._descriptor)


def sync_names(path: Path) -> None:
    """The path itself survives a power cut, whoever created its directories."""
    for directory in path.parents:
        # A parent that this process may not read was not created by it or an earlier one.
        with suppress(PermissionError), Directory.opened(directory) as opened:
            opened.sync()


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


@contextmanager
def _closed(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)
