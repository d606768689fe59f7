"""What a question is asked about: the text as it stands, and the last version of it that could be understood."""

from __future__ import annotations

import os
import re

from ..base.diagnostics import Problems, RunbookError
from ..machine.desugar import all_steps
from ..syntax.reader import TEXT_SUFFIX
from ..syntax.tree import Mapping
from .analysis import OTHER, POLICY_FILE, Snapshot
from .documents import Shift
from .yaml_place import yaml_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.nodes import Step
    from ..surfaces.kinds import Surface
    from .place import Place

SUFFIXES = (".yml", ".yaml", TEXT_SUFFIX)
MOST_FILES = 2000
_BEGUN = re.compile(r"(?m)^runbook[ \t]*:")


class View:
    """One text with what is known of it. `known` is a snapshot of this text or of an older one; `exact`: of this one."""

    __slots__ = ("_shift", "known", "name", "text")

    def __init__(self, name: str, text: str, known: Snapshot) -> None:
        self.name = name
        self.text = text
        self.known = known
        self._shift = Shift(known.text, text)

    @property
    def is_text_form(self) -> bool:
        return self.name.endswith(TEXT_SUFFIX)

    @property
    def exact(self) -> bool:
        return self.known.text == self.text

    @property
    def is_foreign(self) -> bool:
        """Whether it is a YAML file of another kind; an empty one may still become a runbook."""
        tree = self.known.tree
        return self.known.kind == OTHER and isinstance(tree, Mapping) and bool(tree.entries) and not _BEGUN.search(self.text)

    def old(self, offset: int) -> int:
        """The place in the text that is known, of a place in the text as it stands."""
        return self._shift.near_old(offset)

    def new(self, start: int, end: int) -> tuple[int, int] | None:
        """A range of the text that is known, in the text as it stands; None when it was changed."""
        return self._shift.to_new(start, end)

    def about(self, start: int, end: int) -> tuple[int, int]:
        """The same, as well as it can be told."""
        return self._shift.about(start, end)

    def place(self, offset: int) -> Place:
        """Where the cursor is."""
        if self.is_text_form:
            from .text_place import text_place

            return text_place(self.text, offset, self.lookup)
        return yaml_place(self.text, offset, self.lookup, policy=self.known.kind == POLICY_FILE)

    def lookup(self, name: str) -> Surface | None:
        """The surface of an executor, as the library has it."""
        try:
            return self.known.library.surface(name, Problems())
        except RunbookError:
            return None

    def steps(self) -> list[Step]:
        """Every step of the file."""
        book = self.known.book
        return [] if book is None else all_steps(book.steps + book.on_failure)

    def files(self, what: str) -> list[str]:
        """The files of the library that may be named: runbooks, or policies, relative to this file."""
        root = self.known.library.root
        found: list[str] = []
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name.endswith(SUFFIXES) and path != self.name and ("policy" in name) == (what == "policy"):
                    found.append(path)
            if len(found) > MOST_FILES or folder.count(os.sep) - root.count(os.sep) > 3:
                break
        return found
