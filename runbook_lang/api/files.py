"""Checking files: a runbook with all it calls, or a policy; and which files of a folder are meant."""

from __future__ import annotations

import errno
import os
import re

from ..adapters.clock import SystemClock
from ..base.diagnostics import Problems, RunbookError, fail
from ..base.record import Record
from ..base.text import only_files, reason
from ..syntax.decode import MAX_BYTES, decode
from ..syntax.reader import TEXT_SUFFIX
from ..syntax.tree import Mapping as MappingNode
from ..syntax.yaml_reader import read_yaml
from .load import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..base.diagnostics import Diagnostic
    from ..base.source import Source
    from ..machine.core import Program
    from ..syntax.tree import Node
    from .load import Shelf

SUFFIXES = (".yml", ".yaml", TEXT_SUFFIX)
RUNBOOK_KEY = re.compile(rb"(?m)^(?:\xef\xbb\xbf)?(?:[\"']?runbook[\"']?[ \t]*:|runbook[ \t]+[^\s:{\"]+[ \t]*[{\"])")
"""A line by which a file is known to be a runbook, in either form."""


class Checked(Record):
    """What was found in one file. `kind`: runbook | policy | other (neither; only in a folder)."""

    path: str
    kind: str
    diagnostics: tuple[Diagnostic, ...] = ()
    program: Program | None = None

    @property
    def errors(self) -> int:
        return sum(item.is_error for item in self.diagnostics)

    @property
    def warnings(self) -> int:
        return sum(item.severity == "warning" for item in self.diagnostics)


def find_files(paths: Iterable[str], suffixes: tuple[str, ...] = SUFFIXES) -> Iterator[tuple[str, bool]]:
    """(file, named by itself), each once; the files of folders in order of their names, hidden folders left out."""
    seen: set[str] = set()
    for path in paths:
        if not os.path.isdir(path):
            if path not in seen:
                seen.add(path)
                yield path, True
            continue
        for folder, folders, names in os.walk(path, onerror=_unlisted):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                found = os.path.normpath(os.path.join(folder, name))
                if name.endswith(suffixes) and not name.startswith(".") and found not in seen and os.path.isfile(found):
                    seen.add(found)
                    yield found, False


def unwritable(path: str, error: OSError | ValueError, help: str = "Check the folder and its permissions.") -> RunbookError:
    """What to raise when a file that somebody asked for can't be written: RB701."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        help = "Free some space, or name another place."
    return fail("RB701", f"{path} can't be written: {reason(error)}.", help=help)


def find_runbooks(paths: Iterable[str]) -> Iterator[str]:
    """The files of folders that are runbooks, in order. One that can't be read is among them: whoever loads it is told why."""
    for path, _ in find_files(paths):
        raw = _first_bytes(path)
        if raw is None or RUNBOOK_KEY.search(raw):
            yield path


def _unlisted(error: OSError) -> None:
    """A folder that can't be looked into may hold what is wrong: it isn't passed over. One that went away meanwhile holds nothing."""
    if not isinstance(error, FileNotFoundError):
        help = "Whoever runs this has to be allowed to read it: look at its permissions."
        raise fail("RB701", f"{error.filename} can't be read: {reason(error)}.", help=help) from None


def check_file(path: str, named: bool = True, thorough: bool = False, shelf: Shelf | None = None) -> Checked:
    """Check one file. `named`: the person named it, so it has to be something that can be checked. `thorough`: also ask what
    takes longer to load than a check takes. `shelf`: where runbooks that several files call are kept. Never raises for what is in it."""
    raw = _first_bytes(path)
    if raw is not None and not path.endswith(TEXT_SUFFIX) and not RUNBOOK_KEY.search(raw):
        checked = _other(path, raw, named)
        if checked is not None:
            return checked
    loaded = load(path, digest=False, shelf=shelf)
    if thorough and loaded.program is not None:
        from ..check.sql_opinion import check_sql

        check_sql(loaded.program, loaded.problems)
    return Checked(path, "runbook", tuple(loaded.problems.sorted()), loaded.program)


def read_data(path: str) -> tuple[Source, Node]:
    """The tree of a YAML or JSON file of a person's own: inputs, cases. Raises RunbookError RB701 or RB1xx. A pipe is read, too."""
    try:
        if os.path.isdir(path):
            only_files(path)
        with open(path, "rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise fail("RB701", f"{path} can't be read: {reason(error)}.", help="Check the path.") from None
    problems = Problems()
    source = decode(path, raw, problems)
    tree = read_yaml(source, problems) if source is not None else None
    if problems.failed or tree is None or source is None:
        raise RunbookError(*(_of_data(item) for item in problems.sorted()))
    return source, tree


def _of_data(item: Diagnostic) -> Diagnostic:
    """No runbook was wanted here, so none is missing."""
    return item.replace(message="The file is empty.", help="") if item.code == "RB105" else item


def _first_bytes(path: str) -> bytes | None:
    """None when it can't be read: `load` says why."""
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError:
        return None


def _other(path: str, raw: bytes, named: bool) -> Checked | None:
    """A policy, or in a folder a file of another kind; None when it is to be read as a runbook."""
    from ..model.policy_build import build_policy  # most files are runbooks
    from ..model.policy_fields import POLICY

    problems = Problems()
    source = decode(path, raw, problems)
    tree = read_yaml(source, problems) if source is not None else None
    if source is None or not isinstance(tree, MappingNode):
        return None if named else Checked(path, "other")
    keys = set(tree.keys())
    if not keys or "steps" in keys or not keys & POLICY.keys():
        return None if named else Checked(path, "other")
    policy = build_policy(tree, source, problems)
    if policy is not None:
        from ..people.judge import judge

        judge(policy, SystemClock().now(), problems)
    return Checked(path, "policy", tuple(problems.sorted()))
