"""Writes the reference pages that are made from the table: `python -m runbook_lang.cli.reference --write FOLDER`."""

from __future__ import annotations

import os
import sys

from .help import exit_codes, reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAGES: Mapping[str, Callable[[], str]] = {"commands.md": reference, "exit-codes.md": exit_codes}


def main(argv: list[str]) -> int:
    """Write the pages into a folder."""
    if len(argv) != 2 or argv[0] != "--write":
        sys.stderr.write("usage: python -m runbook_lang.cli.reference --write FOLDER\n")
        return 2
    for name, make in PAGES.items():
        with open(os.path.join(argv[1], name), "w", encoding="utf-8") as stream:
            stream.write(make())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
