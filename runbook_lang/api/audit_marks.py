"""Checkpoints of a journal that stand elsewhere: in its seal, in the list of runs, at an anchor. Each is held against the lines."""

from __future__ import annotations

from ..adapters.anchors import anchors_of, notes_in, read_back, read_notes
from ..adapters.checkpoints import BadNote, read_head, read_note
from ..base.diagnostics import RunbookError
from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..adapters.anchors import Anchor
    from ..adapters.checkpoints import Head
    from ..adapters.keys import KeyRing
    from ..adapters.merkle import Tree


OWN = ("log", "seal")
"""Kinds that say where the journal ends."""


class Mark(Record):
    """`kind`: log | seal | anchor | incident. `source` names it for people; `at` is its date, where it has one."""

    source: str
    note: str
    kind: str
    at: str = ""


class Marks:
    """Collected before the pass over the lines, which tells the tree at each size that one of them names."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.heads: list[tuple[Mark, Head]] = []
        self.bad: list[tuple[Mark, str]] = []
        self.roots: dict[int, bytes] = {}
        self.unasked: list[str] = []

    def add(self, mark: Mark) -> None:
        try:
            head = read_head(read_note(mark.note).text)
        except BadNote as bad:
            self.bad.append((mark, f"{mark.source} holds no checkpoint: {bad.args[0]}"))
            return
        if head.origin != self.origin:
            self.bad.append((mark, f"{mark.source} is of another run ({head.origin})"))
            return
        self.heads.append((mark, head))

    def add_anchors(self, folder: str, brought: Iterable[str], keys: str) -> str:
        """Asks the anchors that the run remembers, and reads the files that the auditor brought. `keys`: the folder of what is trusted.
        Why one can't be relied on, or ''."""
        try:
            for anchor in anchors_of(folder):
                if anchor.kind == "tsa":
                    fault = self._add_stamp(anchor, keys)
                    if fault:
                        return fault
                    continue
                text = read_back(anchor)
                if text is None:
                    self.unasked.append("a webhook can't be read back")
                    continue
                notes = list(notes_in(text, self.origin))
                if anchor.note not in notes:
                    return f"{anchor.where} holds no longer what it was told at {anchor.at}"
                for note in notes:
                    self.add(Mark(anchor.where, note, "anchor"))
            for path in brought:
                notes = list(notes_in(read_notes(path), self.origin))
                if not notes:
                    return f"{path} holds no checkpoint of this run"
                for note in notes:
                    self.add(Mark(path, note, "anchor"))
        except RunbookError as error:
            return str(error)
        return ""

    def _add_stamp(self, anchor: Anchor, keys: str) -> str:
        from ..adapters.timestamps import TRUSTED, BadStamp, authorities, available, stamped_at

        trusted = authorities(keys)
        if not trusted:
            self.unasked.append(f"a time stamp by {anchor.where}, of whom {TRUSTED} in the folder of keys says nothing")
            return ""
        if not available():
            self.unasked.append("a time stamp, which wants the extra `timestamp`")
            return ""
        try:
            moment = stamped_at(anchor.receipt, anchor.note, trusted)
        except BadStamp as bad:
            return f"the time stamp by {anchor.where} is none: {bad.args[0]}"
        self.add(Mark(f"the time stamp of {moment} by {anchor.where}", anchor.note, "anchor", moment))
        return ""

    def points(self) -> dict[int, Callable[[int, Tree], object]]:
        """For the pass: the sizes to look at."""
        return {head.size: self._at for _, head in self.heads}

    def _at(self, size: int, tree: Tree) -> None:
        self.roots[size] = tree.root()

    def judge(self, kinds: tuple[str, ...], lines: int, *, torn: bool) -> str:
        """Where one of these kinds doesn't fit the first `lines` lines; '' when all do. `torn`: there are lines behind, but bad ones."""
        for mark, why in self.bad:
            if mark.kind in kinds:
                return why
        for mark, head in self.heads:
            if mark.kind not in kinds:
                continue
            if head.size > lines:
                rest = f"only {lines} of them are good" if torn else f"the journal has {lines}: its end is missing"
                return f"{mark.source} knows {head.size} lines, {rest}"
            if head.size and self.roots.get(head.size) != head.root:
                return f"{mark.source} holds another history of lines 1 to {head.size}: they were rewritten"
        return ""

    def covers(self, lines: int) -> bool:
        """Whether the seal or the list of runs knows exactly so many lines."""
        return any(head.size == lines for mark, head in self.heads if mark.kind in OWN)

    @property
    def largest(self) -> int:
        return max((head.size for mark, head in self.heads if mark.kind in OWN), default=0)

    @property
    def agreed(self) -> str:
        kinds = [mark.kind for mark, _ in self.heads]
        parts = ["its seal"] if "seal" in kinds else []
        parts += ["runs.log"] if "log" in kinds else []
        return f"{' and '.join(parts)} agree{'' if len(parts) > 1 else 's'}" if parts else ""

    @property
    def anchored(self) -> tuple[int, str]:
        """(the most lines that an anchor holds, where)."""
        found = [(head.size, mark.source) for mark, head in self.heads if mark.kind == "anchor" and head.root == self.roots.get(head.size)]
        return max(found, default=(0, ""))

    def best_seal(self, ring: KeyRing, last_at: str) -> int:
        """The most lines that a seal or an entry of the list of runs covers with the signature of a key that counts. It was made after
        the last line, which is of `last_at`: a seal has no date of its own, so the key must have counted then or come later."""
        sizes = [0]
        for mark, head in self.heads:
            allowed = ("",) if mark.at else ("", "early")
            if mark.kind not in OWN or head.root != self.roots.get(head.size):
                continue
            note = read_note(mark.note)
            for signature in note.signatures:
                key = ring.signed_by(signature)
                if (
                    key is not None
                    and key.fault(max(mark.at, last_at)) in allowed
                    and head.size > max(sizes)
                    and key.verify(note.text.encode(), signature.data)
                ):
                    sizes.append(head.size)
        return max(sizes)
