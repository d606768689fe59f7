"""Does what starts fit what was planned? Words must be equal, or stand where the plan has a hole.

The law: every start of a run fits exactly one entry of its plan. An entry inside a loop stands for all of
its turns: its path has `loop[*]/step` where a start has `loop[key]/step`.
"""

from __future__ import annotations

import re

from ..expr.types import DYN, ListType
from ..expr.values import SecretRef, SecretText, Unknown
from ..surfaces import registry
from ..surfaces.cmdline import open_text
from ..surfaces.url import place_after, whole
from .holes import holes_in, is_mixed, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..expr.values import Value
    from ..surfaces.kinds import Request
    from .entry import Entry, Plan

    Found = list[tuple[str, Value]]

_KEY = re.compile(r"\[[^\]/#\n]*\]")


def general(path: str) -> str:
    """A start's path with its loop keys as holes."""
    return _KEY.sub("[*]", path) if "[" in path else path


def matches(entry: Entry, start_path: str, role: str, request: Request) -> bool:
    """Whether a start is one of those that the entry stands for."""
    return entry.role == role and entry.path == general(start_path) and bindings(entry, request) is not None


def bindings(entry: Entry, request: Request) -> tuple[tuple[str, Value], ...] | None:
    """What each hole of the entry came to in a request, as (expression, value); None when the request doesn't fit."""
    planned = entry.request
    if planned is None or planned.executor != request.executor:
        return None
    found = _bindings(planned, request)
    if found is None and next(holes_in((planned.argv, planned.data)), None) is not None:
        ours, theirs = _plain(planned), _plain(request)
        found = _bindings(ours.replace(argv=planned.argv), theirs.replace(argv=request.argv))
        found = _bindings(ours, theirs) if found is None else found
    return None if found is None else tuple(found)


def _bindings(planned: Request, request: Request) -> Found | None:
    found: Found = []
    fits = (
        _words(planned.argv, request.argv, found)
        and _pairs(planned.env, request.env, found)
        and _pairs(planned.files, request.files, found)
        and all(_fits(getattr(planned, name), getattr(request, name), found) for name in ("stdin", "cwd", "on"))
        and (_http if planned.executor == "http" else _fits)(planned.data, request.data, found)
    )
    return found if fits else None


def _plain(request: Request) -> Request:
    """The request without what its surface derives from words; a plugin's data is derived from its words, where it has some."""
    if request.executor in registry.BUILTIN:
        surface = registry.surface(request.executor)
        return request if surface is None else surface.plain(request)
    return request.replace(data=None) if request.argv else request


class Index:
    """The acts of a plan by path and role, to look up many starts."""

    def __init__(self, plan: Plan) -> None:
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        for entry in plan.entries:
            if entry.kind == "act":
                self._entries.setdefault((entry.path, entry.role), []).append(entry)

    def at(self, start_path: str, role: str) -> tuple[Entry, ...]:
        """The entries of a place, whatever their words."""
        return tuple(self._entries.get((general(start_path), role), ()))

    def find(self, start_path: str, role: str, request: Request) -> tuple[Entry, ...]:
        """The entries that a start fits: exactly one, if the plan is of the program and the inputs of the run."""
        return tuple(entry for entry, _ in self.fitting(start_path, role, request))

    def fitting(self, start_path: str, role: str, request: Request) -> tuple[tuple[Entry, tuple[tuple[str, Value], ...]], ...]:
        """The same with the bindings of each."""
        here = self._entries.get((general(start_path), role), ())
        pairs = ((entry, bindings(entry, request)) for entry in here)
        return tuple((entry, bound) for entry, bound in pairs if bound is not None)


def _fits(planned: object, real: object, found: Found) -> bool:
    if isinstance(planned, Unknown):
        return _hole(planned, real, found)
    if isinstance(planned, str):
        return planned == real or (is_mixed(planned) and isinstance(real, str) and _text(planned, real, found))
    if isinstance(planned, dict):
        if planned.keys() == {"unknown"} and isinstance(planned["unknown"], Unknown):
            return True
        if not isinstance(real, dict) or planned.keys() != real.keys():
            return False
        return all(_fits(item, real[key], found) for key, item in planned.items())
    if isinstance(planned, (list, tuple)):
        if not isinstance(real, (list, tuple)) or len(planned) != len(real):
            return False
        return all(_fits(one, other, found) for one, other in zip(planned, real, strict=True))
    return type(planned) is type(real) and planned == real


def _http(planned: Any, real: Any, found: Found) -> bool:
    """A request whose address has the values in it percent-encoded: what they came to is what they were before."""
    here: Found = []
    if not isinstance(real, dict) or not _fits(planned["url"], real.get("url"), here):
        return False
    encoded = _encoded(open_text(planned["url"]))
    found.extend((hole, whole(value) if hole in encoded and isinstance(value, str) else value) for hole, value in here)
    ours, theirs = ({name: item for name, item in data.items() if name != "url"} for data in (planned, real))
    return _fits(ours, theirs, found)


def _encoded(address: str) -> set[str]:
    """The holes of an address behind its beginning; the hole `?` is where parameters begin or go on."""
    place, holes = "address", set()
    for inside, text in pieces(address):
        if not inside or text == "?":
            place = place_after(place, text)
        elif place != "address":
            holes.add(text)
    return holes


def _hole(planned: Unknown, real: object, found: Found) -> bool:
    if not is_mixed(planned.text):
        found.append((planned.text, real))
        return True
    return not isinstance(real, str) or _text(planned.text, real, found)


def _text(planned: str, real: str, found: Found) -> bool:
    """Mixed text, part by part: each literal part at its leftmost place, the last one at the end."""
    parts = pieces(planned)
    holes: list[str] = []
    at = 0
    for index, (inside, text) in enumerate(parts):
        if inside:
            holes.append(text)
            continue
        last = index == len(parts) - 1
        place = len(real) - len(text) if last and holes else real.find(text, at) if holes else at
        if place < at or not real.startswith(text, place) or (last and place + len(text) != len(real)):
            return False
        _bind(holes, real[at:place], found)
        holes, at = [], place + len(text)
    if holes:
        _bind(holes, real[at:], found)
        return True
    return at == len(real)


def _bind(holes: list[str], text: str, found: Found) -> None:
    """A value for one hole; where several touch, nobody can say which part is whose."""
    if len(holes) == 1:
        found.append((holes[0], text))


def _pairs(planned: Sequence[tuple[str, object]], real: Sequence[tuple[str, object]], found: Found) -> bool:
    if [name for name, _ in planned] != [name for name, _ in real]:
        return False
    return all(_fits(one, other, found) for (_, one), (_, other) in zip(planned, real, strict=True))


def _spreads(word: object) -> bool:
    """Whether a word may turn out to be any number of arguments: a hole that may be a list."""
    return isinstance(word, Unknown) and not is_mixed(word.text) and (word.type == DYN or isinstance(word.type, ListType))


def _words(planned: Sequence[object], real: Sequence[object], found: Found) -> bool:
    """Arguments in order; a hole that may be a list takes as few as will do, beginning with one."""
    if not any(_spreads(word) for word in planned):
        return _fits(tuple(planned), tuple(real), found)
    shape = _places(planned, real)
    if shape is None:
        return False
    for word, (start, end) in zip(planned, shape, strict=True):
        if not _spreads(word):
            _fits(word, real[start], found)
        else:
            taken = real[start:end]
            found.append((word.text, taken[0] if len(taken) == 1 else list(taken)))  # type: ignore[attr-defined]  # an Unknown
    return True


def _places(planned: Sequence[object], real: Sequence[object]) -> list[tuple[int, int]] | None:
    """Which arguments each planned word stands for; None when there is no way. Words times arguments steps at most."""
    # after[i] holds the places from which the words i, i+1, … fit the rest.
    after: list[set[int]] = [set() for _ in planned] + [{len(real)}]
    for index in range(len(planned) - 1, -1, -1):
        word, behind = planned[index], after[index + 1]
        if _spreads(word):
            furthest = max(behind, default=-1)
            after[index] = set(range(furthest + 1))
        else:
            after[index] = {at for at in range(len(real)) if at + 1 in behind and _fits(word, real[at], [])}
    if 0 not in after[0]:
        return None
    places, at = [], 0
    for index, word in enumerate(planned):
        ends = after[index + 1]
        end = at + 1
        if _spreads(word):
            end = min((other for other in ends if other > at), default=at)
        places.append((at, end))
        at = end
    return places


def plain(value: object) -> str:
    """What a hole came to, for people; secrets by their name."""
    from ..machine.resolve import shown

    return "«secret»" if isinstance(value, (SecretRef, SecretText)) else shown(value)
