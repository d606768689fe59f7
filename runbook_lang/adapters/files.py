"""The operating-system calls that durability hangs on, behind one small object, so that tests can make each of them fail."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import RunbookError


class Files:
    """The real calls. Every method raises OSError as the call itself does."""

    def open(self, path: str, flags: int, mode: int = 0o600) -> int:
        return os.open(path, flags | os.O_CLOEXEC, mode)

    def close(self, fd: int) -> None:
        os.close(fd)

    def write(self, fd: int, data: bytes) -> int:
        return os.write(fd, data)

    def fdatasync(self, fd: int) -> None:
        os.fdatasync(fd)

    def fsync(self, fd: int) -> None:
        os.fsync(fd)

    def rename(self, old: str, new: str) -> None:
        os.rename(old, new)

    def unlink(self, path: str) -> None:
        os.unlink(path)

    def truncate(self, fd: int, size: int) -> None:
        os.ftruncate(fd, size)

    def allocate(self, fd: int, size: int) -> None:
        os.posix_fallocate(fd, 0, size)

    def mkdir(self, path: str) -> None:
        os.mkdir(path, 0o700)

    def try_lock(self, fd: int) -> bool:
        """An exclusive lock that ends with the open file; False when another one holds it."""
        import fcntl

        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise
        return True


REAL = Files()


def write_all(files: Files, fd: int, data: bytes) -> None:
    """Writes all of `data`; a call may take only a part."""
    view = memoryview(data)
    while view:
        view = view[files.write(fd, bytes(view)) :]


def sync_folder(files: Files, path: str) -> None:
    """Makes the names in a folder durable: a new file whose folder wasn't flushed can be gone after a power cut."""
    fd = files.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        files.fsync(fd)
    finally:
        files.close(fd)


def write_file(files: Files, path: str, data: bytes, *, durable: bool = True) -> None:
    """Writes a whole file under a passing name and renames it, so that it's there completely or not at all."""
    passing = f"{path}.{os.getpid()}.part"
    fd = files.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_all(files, fd, data)
        if durable:
            files.fsync(fd)
    finally:
        files.close(fd)
    files.rename(passing, path)
    if durable:
        sync_folder(files, os.path.dirname(path))


def make_folder(files: Files, path: str) -> None:
    """Makes a folder and those above it, mode 0700, each entry durable. One that is there is left as it is."""
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    if above and above != path:
        make_folder(files, above)
    try:
        files.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
        return
    sync_folder(files, above or ".")


def read_regular(path: str, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises OSError, also for a link, a device, or a larger file."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as stream:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", path)
    return data


def of_another(path: str, error: OSError, advice: str = "type it as that user") -> str:
    """What to do about a run that this user mayn't write, since it is another one's; '' for any other reason."""
    from pwd import getpwuid

    try:
        owner = os.stat(os.path.dirname(path)).st_uid
        who = getpwuid(owner).pw_name
    except (OSError, KeyError):
        return ""
    return f"This run is {who}'s: {advice}." if isinstance(error, PermissionError) and owner != os.geteuid() else ""


def cannot(code: str, what: str, error: OSError, help: str = "") -> RunbookError:
    """`what: reason` as a RunbookError; the reason is the system's own words, and the advice fits it."""
    from ..base.diagnostics import fail

    advice = {
        errno.ENOSPC: "The disk is full. Free some space; nothing of what was written before is lost.",
        errno.EDQUOT: "The disk quota is used up. Free some space; nothing of what was written before is lost.",
        errno.EACCES: "Look at the permissions of the folder, or name another one in RUNBOOK_STORE.",
        errno.EROFS: "The file system is mounted read-only. Name another folder in RUNBOOK_STORE.",
        errno.EIO: "The disk reports errors. Look at the kernel's log before you go on.",
    }
    return fail(code, f"{what}: {error.strerror or error}.", help=help or advice.get(error.errno or 0, ""))
