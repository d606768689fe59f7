"""A manual against a library of runbooks: commands that only one of them has."""

from __future__ import annotations

import os

from ..base.diagnostics import Problems, RunbookError, fail
from ..base.record import Record
from ..machine.desugar import all_steps
from ..manual.compare import Form, forms_of_action, forms_of_sql, forms_of_text, nearest, same
from ..manual.procedure import section_commands
from ..model.nodes import Action
from .drift_accepted import Accepted
from .files import find_runbooks
from .library_steps import plain_node
from .load import Library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..manual.markdown import Manual
    from ..model.nodes import Runbook, Step


class Place(Record):
    """Where a command stands: `where` is the manual's section or the runbook's step."""

    file: str
    line: int
    where: str
    text: str

    def as_json(self) -> dict[str, object]:
        return {"file": self.file, "line": self.line, "where": self.where, "text": self.text}


class Entry(Record):
    """A command with all its places on one side; `other`: its places on the other side, or the nearest command there."""

    form: Form
    places: tuple[Place, ...]
    other: tuple[Place, ...] = ()

    def as_json(self, other: str) -> dict[str, Any]:
        return {
            "command": self.form.text,
            "places": [place.as_json() for place in self.places],
            other: [place.as_json() for place in self.other],
        }


class Excused(Record):
    """A difference that is let stand, and the line that says so."""

    entry: Entry
    by: Accepted

    def as_json(self) -> dict[str, Any]:
        return {"side": self.by.side, **self.entry.as_json("nearest"), "why": self.by.why, "line": self.by.line}


class Drift(Record):
    """`accepted` are in none of the others; `idle`: lines of the accepted differences that fit nothing any more."""

    manual: str
    library: str
    only_manual: tuple[Entry, ...]
    only_library: tuple[Entry, ...]
    both: tuple[Entry, ...]
    runbooks: int
    accepted: tuple[Excused, ...] = ()
    idle: tuple[Accepted, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.only_manual or self.only_library)

    def as_json(self) -> dict[str, Any]:
        return {
            "manual": self.manual,
            "library": self.library,
            "drift": self.any,
            "only_manual": [entry.as_json("nearest") for entry in self.only_manual],
            "only_library": [entry.as_json("nearest") for entry in self.only_library],
            "both": [entry.as_json("library") for entry in self.both],
            "accepted": [one.as_json() for one in self.accepted],
            "idle": [{"line": one.line, "side": one.side, "command": one.command} for one in self.idle],
        }


def drift(manual: Manual, path: str, library: str, accepted: Sequence[Accepted] = ()) -> Drift:
    """`path`: what people call the manual. Raises RunbookError RB703 when the library has no runbook."""
    books = list(load_books(library))
    if not books:
        raise no_runbook(library)
    said = _grouped(_of_manual(manual, path))
    done = _grouped(entry for book in books for entry in _of_runbook(book))
    only_manual, both = [], []
    for form, places in said:
        matches = tuple(place for other, found in done if same(form, other) for place in found)
        if matches:
            both.append(Entry(form, places, matches))
        else:
            only_manual.append(Entry(form, places, _near(form, done)))
    only_library = [Entry(form, places, _near(form, said)) for form, places in done if not any(same(form, other) for other, _ in said)]
    excused: list[Excused] = []
    only_manual = _sift(only_manual, "manual", accepted, excused)
    only_library = _sift(only_library, "runbooks", accepted, excused)
    used = {one.by.line for one in excused}
    idle = tuple(one for one in accepted if one.line not in used)
    return Drift(path, library, tuple(only_manual), tuple(only_library), tuple(both), len(books), tuple(excused), idle)


def _sift(entries: list[Entry], side: str, accepted: Sequence[Accepted], excused: list[Excused]) -> list[Entry]:
    """The differences that nobody has accepted; the others are added to `excused`."""
    left = []
    for entry in entries:
        by = next((one for one in accepted if one.fits(side, entry.form.text)), None)
        if by is None:
            left.append(entry)
        else:
            excused.append(Excused(entry, by))
    return left


def no_runbook(library: str) -> RunbookError:
    """Why there is nothing in the library: it isn't there, or holds none."""
    if not os.path.exists(library):
        return fail("RB701", f"{library} can't be read: no such file or directory.", help="Name the folder of the library.")
    return fail("RB703", f"There is no runbook in {library}.", help="Name the folder of the library.")


def load_books(folder: str) -> Iterable[Runbook]:
    """Every runbook of a folder that can be read as one, in order of the paths; others are left out."""
    for path in find_runbooks([folder]):
        head, name = os.path.split(path)
        book = Library(os.path.realpath(head or "."), head).book(name, None, Problems())
        if book is not None:
            yield book


def _near(form: Form, others: list[tuple[Form, tuple[Place, ...]]]) -> tuple[Place, ...]:
    index = nearest(form, [other for other, _ in others])
    return others[index][1][:1] if index >= 0 else ()


def _grouped(entries: Iterable[tuple[Form, Place]]) -> list[tuple[Form, tuple[Place, ...]]]:
    found: dict[Form, list[Place]] = {}
    for form, place in entries:
        found.setdefault(form, []).append(place)
    return [(form, tuple(places)) for form, places in found.items()]


def _of_manual(manual: Manual, path: str) -> Iterable[tuple[Form, Place]]:
    for section in manual.sections:
        where = f"§{section.number}" if section.number else section.title
        for command in section_commands(section):
            forms = forms_of_sql(command.text) if command.kind == "sql" else forms_of_text(_shell_text(command.kind, command.text))
            for form in forms:
                yield form, Place(path, command.line, where, command.text)


def _shell_text(kind: str, text: str) -> str:
    return f"redis-cli {text}" if kind == "redis" else text


def _of_runbook(book: Runbook) -> Iterable[tuple[Form, Place]]:
    defaults = {one.name.text: str(one.default) for one in book.inputs if one.has_default and isinstance(one.default, (str, int))}
    for step in all_steps(book.steps + book.on_failure):
        if isinstance(step.kind, Action):
            for form in forms_of_action(step.kind.executor.text, plain_node(step.kind.node), defaults):
                yield form, Place(book.source.name, step.span.line, _name(step), form.text)


def _name(step: Step) -> str:
    return step.id.text
