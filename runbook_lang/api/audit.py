"""`runbook audit verify`: five separate verdicts on a run's journal, each with its reason. Nothing is written.

*integrity*: no line was changed, cut out, put in or moved. *completeness*: the run is over and nothing is missing at its end.
*signature*: keys that count signed every line. *anchored*: somebody outside of the store holds the same. *conformance*: each
event is one that the reviewed runbook allowed in that state.
"""

from __future__ import annotations

import os
import re

from .. import __version__
from ..adapters.checkpoints import RUN_ORIGIN
from ..adapters.evidence import HEAD, evidence_state
from ..adapters.keys import KeyRing
from ..adapters.runslog import RunsLog, store_of
from ..adapters.scan import body_of, explain_link, may_be_kept, open_journal, scan, step_of
from ..adapters.uuid7 import is_uuid7
from ..adapters.witness import read_seal
from ..base.diagnostics import RunbookError
from ..base.record import Record
from ..machine.events import RULES
from .audit_incident import read_known, read_told
from .audit_marks import Mark, Marks
from .audit_place import place_of
from .audit_signatures import Signatures
from .verdicts import FAIL, MIXED, NEWER, NONE, OPEN, PASS, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..adapters.merkle import Tree
    from ..adapters.runs_head import Listed
    from ..adapters.scan import Scan
    from ..adapters.store import RunFolder


class Audit(Record):
    """The verdicts in their order; `notes` are facts that fail nothing. `exit`: 0, or that of the first verdict that fails."""

    run: str
    folder: str
    lines: int
    size: int
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    exit: int

    def as_json(self) -> dict[str, Any]:
        """The documented form of `--format json`."""
        verdicts = {one.name: {field: getattr(one, field) for field in one.__fields__ if field != "name"} for one in self.verdicts}
        about = {"run": self.run, "folder": self.folder, "lines": self.lines, "bytes": self.size}
        return {**about, "verdicts": verdicts, "notes": list(self.notes), "exit": self.exit}


class Wanted(Record):
    """What is asked of an audit. `require`: verdicts for which `none` isn't enough. `anchors`: files of checkpoints that the auditor
    brings along. `every`: each signature, also when there are very many."""

    require: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    every: bool = False
    conformance: bool = True


def verify(run: RunFolder, environ: Mapping[str, str], wanted: Wanted = Wanted()) -> Audit:  # noqa: B008 - a record never changes
    """Raises RunbookError: RB604 without a journal, RB620 for a damaged folder of keys."""
    return _Auditor(run, environ, wanted).audit()


class _Auditor:
    """One pass over the bytes for the first four verdicts, a second one through the machine for the fifth."""

    def __init__(self, run: RunFolder, environ: Mapping[str, str], wanted: Wanted) -> None:
        self.folder = run.path
        self.wanted = wanted
        self.run = run.id if is_uuid7(run.id) else ""
        with open_journal(run.path) as stream:
            self.opening = body_of(stream.readline(1024 * 1024).rstrip(b"\n"))
        self.run = self.run or str(self.opening.get("run", ""))
        self.ring = KeyRing.locate(environ)
        self.origin = RUN_ORIGIN + self.run
        self.store = store_of(run.path)
        self.log = RunsLog(self.store) if self.store else None
        self.listed = self._read_log()
        self.log_fault = self.listed.fault
        self.entries = [entry for entry in self.listed.entries if entry.run == self.run]
        self.marks = Marks(self.origin)
        self.told = read_told(self.folder)
        for line, note in self.told.notes:
            self.marks.add(Mark(f"line {line} of incident.jsonl", note, "incident"))
        self.seal_fault = self._add_marks()
        self.anchors_fault = self.marks.add_anchors(self.folder, wanted.anchors, self.ring.folder)
        self.signatures = Signatures(self.ring, self.origin, every=wanted.every)
        self.output = {"whole": 0, "inline": 0, "removed": 0}
        self.removed: list[str] = []
        self.there: set[str] = set()
        self.changed: tuple[int, int, str] | None = None
        self.opened_at = str(self.opening.get("at", ""))
        self.notes: list[str] = []

    def _read_log(self) -> Listed:
        """The list of runs, with its own chain and its own signature; why it can't be relied on."""
        from ..adapters.runs_head import Listed, LogFault
        from .audit_runs import check_log

        return Listed((), LogFault("")) if self.log is None else check_log(self.log, self.ring)

    def _add_marks(self) -> str:
        """What the list of runs and the seal say of the journal."""
        for entry in self.entries:
            if entry.note:
                self.marks.add(Mark(f"line {entry.line} of runs.log ({entry.word})", entry.note, "log", entry.at))
        try:
            seal = read_seal(self.folder)
        except RunbookError as error:
            return str(error)
        if seal:
            self.marks.add(Mark("its seal", seal, "seal"))
        return ""

    def audit(self) -> Audit:
        with open_journal(self.folder) as stream:
            found = scan(stream, self.marks.points(), self._on_checkpoint, self._on_output)
        self.signatures.finish()
        if found.flaw is not None and "follow" in found.flaw.why:
            found = found.replace(flaw=explain_link(self.folder, found.flaw))
        verdicts = [self._integrity(found), self._completeness(found), self._signature(found), self._anchored(found)]
        if self.wanted.conformance:
            verdicts.append(self._conformance(found))
        verdicts = self._with_incident(verdicts, found)
        verdicts += place_of(self.folder)
        exit = next((one.exit for one in verdicts if one.status in (FAIL, OPEN)), 0)
        return Audit(self.run, self.folder, found.lines, found.size, tuple(verdicts), tuple(self._notes()), exit)

    def _with_incident(self, verdicts: list[Verdict], found: Scan) -> list[Verdict]:
        """The verdicts with what is found in incident.jsonl; a fault of the journal itself goes before."""
        from .audit_people import people_of

        if not self.told.there and not self.wanted.conformance:
            return verdicts
        closed = body_of(found.last).get("type", "") == "run.closed"
        known = read_known(self.folder, self.told, found.lines, closed, self.signatures.count > 0)
        people = people_of(self.folder, self.run, self.told, known, self.ring)
        wrong = self.marks.judge(("incident",), found.lines, torn=bool(found.flaw))
        return people.into(verdicts, wrong)

    def _on_checkpoint(self, line: int, offset: int, head: bytes, tree: Tree) -> None:
        self.signatures.see(line, offset, head, tree)

    def _on_output(self, line: int, offset: int, head: bytes, tree: Tree) -> None:
        import json

        if not may_be_kept(head, HEAD):
            return
        try:
            entries = json.loads(head + b"}")["out"]
            for entry in entries:
                state = evidence_state(os.path.join(self.folder, "evidence"), entry)
                if state == "changed":
                    self.changed = self.changed or (line, offset, step_of(head))
                    continue
                self.output[state] += 1
                if state == "removed":
                    self.removed.append(entry[0])
                elif state == "whole":
                    self.there.add(entry[0])
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            self.changed = self.changed or (line, offset, step_of(head))

    def _notes(self) -> list[str]:
        words = [entry for entry in self.entries if entry.word == "redacted" and entry not in self.listed.loose]
        told = {digest: entry for entry in words for digest in entry.removed}
        for digest in self.removed:
            entry = told.get(digest)
            how = f"by {entry.by} at {entry.at}: {entry.why} (line {entry.line} of runs.log)" if entry else "and nothing says by whom"
            self.notes.append(f"output {digest[:12]}… was removed {how}")
        for digest in sorted(self.there & told.keys()):
            how = f"was to be removed (line {told[digest].line} of runs.log), and is there"
            self.notes.append(f"output {digest[:12]}… {how}: `runbook audit redact` again, unless its step wrote it anew")
        return self.notes

    def _integrity(self, found: Scan) -> Verdict:
        flaw = found.flaw
        if flaw is not None:
            return Verdict(
                "integrity", FAIL, f"line {flaw.line}: {flaw.why}", MIXED if flaw.mixed else 20, flaw.line, flaw.offset, flaw.step
            )
        if found.lines and self.opening.get("type") != "run.opened":
            return Verdict("integrity", FAIL, "line 1: a journal begins with `run.opened`", 20, 1, 0)
        if found.lines and self.run != self.opening.get("run"):
            return Verdict("integrity", FAIL, f"it is the journal of another run ({self.opening.get('run')})", 20, 1, 0)
        if self.changed is not None:
            line, offset, step = self.changed
            return Verdict("integrity", FAIL, f"line {line}: the output kept beside the journal was changed", 20, line, offset, step)
        return Verdict("integrity", PASS, f"{found.lines} lines form one chain" + self._output_kept())

    def _output_kept(self) -> str:
        kept = self.output["whole"]
        return f", {kept} output files are as they were" if kept else ""

    def _completeness(self, found: Scan) -> Verdict:
        def bad(reason: str, status: str = FAIL) -> Verdict:
            return Verdict("completeness", status, reason, 21, found.lines + (found.torn > 0), found.size if found.torn else -1)

        wrong = self._against_the_log(found)
        if wrong:
            return bad(wrong)
        if found.flaw is not None:
            return bad(f"nothing can be said of what comes from line {found.flaw.line} on")
        if found.torn:
            return bad(f"its last line is unfinished ({found.torn} bytes): the run was cut off, or is writing it just now")
        end = body_of(found.last).get("type", "")
        if end == "run.paused":
            return bad("the run is paused: it isn't over", OPEN)
        if end != "run.closed":
            from ..adapters.journal import is_held

            return bad("the run goes on just now", OPEN) if is_held(self.folder) else bad("the run ends without a word: it was cut off")
        return Verdict("completeness", PASS, "it was opened and closed" + (f"; {self.marks.agreed}" if self.marks.agreed else ""))

    def _against_the_log(self, found: Scan) -> str:
        """What the seal and the list of runs know better; empty when they agree or aren't there."""
        if self.log_fault and self.log_fault.exit in (21, 22):
            return self.log_fault.why
        if self.seal_fault:
            return self.seal_fault
        wrong = self.marks.judge(("log", "seal"), found.lines, torn=bool(found.flaw))
        if wrong:
            return wrong
        words = [entry.word for entry in self.entries]
        signed = self.signatures.count > 0
        if signed and self.log is not None and not self.log.exists:
            return "the store's runs.log is gone"
        if signed and self.log is not None and not any(entry.note for entry in self.entries):
            return f"the store's runs.log doesn't know the run{' as signed' if words else ''}"
        closed = body_of(found.last).get("type", "") == "run.closed" and found.flaw is None
        if signed and closed and not self.marks.covers(found.lines):
            if self.marks.largest and any(word in ("closed", "sealed") for word in words):
                return f"lines stand behind the end that was sealed (line {self.marks.largest})"
            return "it was closed, and never sealed: `runbook audit seal` does that, once somebody has looked at it"
        return ""

    def _signature(self, found: Scan) -> Verdict:
        seal = self.marks.best_seal(self.ring, found.last_at)
        expected = self._expected()
        verdict = self.signatures.verdict(found, seal, expected)
        if verdict[1] == NONE and "signature" in self.wanted.require:
            verdict = ("signature", FAIL, "it isn't signed, and that is required", 25, 0, -1)
        if verdict[1] == PASS and self.log_fault:
            verdict = ("signature", FAIL, self.log_fault.why, self.log_fault.exit, 0, -1)
        return Verdict(*verdict)

    def _expected(self) -> str:
        """Why a signature is expected; empty when it isn't."""
        tools = self.opening.get("tools")
        if isinstance(tools, dict) and "key" in tools:
            return "its first line names a key"
        if any(entry.note for entry in self.entries):
            return "runs.log holds signed checkpoints of it"
        if self.opening.get("mode") != "live":
            return ""  # a rehearsal changes nothing, and isn't signed
        since = [key for key in self.ring.keys if not key.since or key.since <= self.opened_at]
        return f"the key {since[0].name} was there when it was opened" if since else ""

    def _anchored(self, found: Scan) -> Verdict:
        if self.anchors_fault:
            return Verdict("anchored", FAIL, self.anchors_fault, 23)
        wrong = self.marks.judge(("anchor",), found.lines, torn=bool(found.flaw))
        if wrong:
            return Verdict("anchored", FAIL, wrong, 23)
        size, where = self.marks.anchored
        if not size:
            unasked = f" ({'; '.join(dict.fromkeys(self.marks.unasked))})" if self.marks.unasked else ""
            reason = f"no anchor outside of the store can be asked{unasked}"
            required = "anchored" in self.wanted.require
            return Verdict("anchored", FAIL if required else NONE, reason, 23 if required else 0)
        rest = f"; what follows line {size} isn't anchored" if size < found.lines else ""
        return Verdict("anchored", PASS, f"{where} holds the same for lines 1 to {size}{rest}")

    def _conformance(self, found: Scan) -> Verdict:
        rules = self.opening.get("rules")
        if type(rules) is int and rules != RULES:
            which = "a newer" if rules > RULES else "an older"
            return Verdict("conformance", FAIL, f"{which} version wrote it: rules {rules}, this version knows {RULES}", NEWER, 1, 0)
        verdict = conformance(self.folder, self.run, found)
        tools = self.opening.get("tools")
        wrote = tools.get("runbook") if isinstance(tools, dict) else None
        if verdict.status == FAIL and isinstance(wrote, str) and _version(wrote) > _version(__version__):
            verdict = verdict.replace(exit=NEWER, reason=f"version {wrote} wrote it, and this is {__version__}: {verdict.reason}")
        return verdict


def _version(text: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def conformance(folder: str, run: str, found: Scan) -> Verdict:
    """The fifth verdict alone."""
    from ..adapters.store import RunFolder
    from .binding import kept_binding
    from .conformance import conform
    from .runs import kept_program

    try:
        loaded = kept_program(RunFolder(run, folder))
    except RunbookError as error:
        return Verdict("conformance", FAIL, f"the program that was kept can't be used: {error}", 24)
    if loaded.program is None:
        return Verdict("conformance", FAIL, "the program that was kept can't be read by this version", 24)
    program = loaded.program
    try:
        result = conform(program, folder, found.size, lambda opened: kept_binding(RunFolder(run, folder), program, opened))
    except RunbookError as error:
        return Verdict("conformance", FAIL, f"the plan that the run is bound to can't be used: {error}", 24)
    if result.departure is not None:
        line, offset, step, why = (getattr(result.departure, field) for field in result.departure.__fields__)
        return Verdict("conformance", FAIL, f"line {line}{f', {step}' if step else ''}: {why}", 24, line, offset, step)
    if found.flaw is not None:
        return Verdict("conformance", FAIL, f"only lines 1 to {found.lines} could be replayed; they are allowed", 24, found.flaw.line)
    return Verdict("conformance", PASS, f"the runbook allowed all {result.events} events")
