"""Which plans were run: one file a plan's id, in the store's folder `plans`, made once and never again."""

from __future__ import annotations

import os

from .files import REAL, cannot, make_folder, sync_folder, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Files


def use_plan(root: str, plan: str, run: str, files: Files = REAL) -> str:
    """Marks the plan `plan` as used by `run`. Returns the run that used it before; '' when this is the first use.

    `plan` is a UUID. The file is made only if there is none, so of two runs that start at once one is told. Raises RunbookError RB602.
    """
    folder = os.path.join(root, "plans")
    path = os.path.join(folder, plan)
    try:
        make_folder(files, root)
        make_folder(files, folder)
        try:
            fd = files.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
        except FileExistsError:
            with open(path, encoding="utf-8", errors="replace") as stream:
                return stream.read(100).strip() or "another run"
        try:
            write_all(files, fd, f"{run}\n".encode())
            files.fsync(fd)
        finally:
            files.close(fd)
        sync_folder(files, folder)
    except OSError as error:
        raise cannot("RB602", f"The use of a plan can't be noted in {folder}", error) from None
    return ""
