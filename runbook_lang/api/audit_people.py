"""What an audit makes of people's words: the escalations of a run, the answers to them, and approvals in its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..adapters.scan import body_of, raw_lines
from ..adapters.store import RunFolder
from ..base.diagnostics import RunbookError
from ..base.record import Record
from .approving import is_proven
from .audit_incident import Finding, IncidentAudit, Known, Told
from .verdicts import FAIL, NONE, PASS, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..adapters.keys import KeyRing
    from ..model.policy import Policy


class People(Record):
    """`lines`: of incident.jsonl, 0 without one; `proven`: answers and approvals whose signatures are good."""

    findings: tuple[Finding, ...]
    lines: int
    proven: int

    def into(self, verdicts: list[Verdict], unbound: str) -> list[Verdict]:
        """The verdicts, each with the first finding of its kind where it doesn't fail already. `unbound`: why a signed checkpoint to which
        an escalation is bound isn't one of the journal; '' when all are."""
        found = [*self.findings, *([Finding("integrity", 20, unbound)] if unbound else [])]
        return [self._one(verdict, next((one for one in found if one.verdict == verdict.name), None)) for verdict in verdicts]

    def _one(self, verdict: Verdict, finding: Finding | None) -> Verdict:
        if verdict.status == FAIL:
            return verdict
        if finding is not None:
            where = finding.file + (f", line {finding.line}" if finding.line else "") + (f", {finding.step}" if finding.step else "")
            return Verdict(verdict.name, FAIL, f"{where}: {finding.why}", finding.exit, finding.line, finding.offset, finding.step)
        if verdict.name == "integrity" and verdict.status == PASS and self.lines:
            return verdict.replace(reason=f"{verdict.reason}; so do {self.lines} of incident.jsonl")
        if verdict.name == "signature" and verdict.status in (PASS, NONE) and self.proven:
            words = "a person's word is" if self.proven == 1 else f"{self.proven} words of people are"
            return verdict.replace(reason=f"{verdict.reason}; {words} proven by the policy's keys")
        return verdict


def people_of(folder: str, run: str, told: Told, known: Known, ring: KeyRing) -> People:
    """Never raises for what is in the files: a program that can't be read is said by the conformance verdict."""
    from .runs import kept_program

    try:
        policy = kept_program(RunFolder(run, folder)).policy
    except RunbookError:
        return People((), len(told.rows), 0)
    judge = IncidentAudit(run, told, known, policy, ring)
    findings = judge.findings()
    proven = 0
    for finding in _approvals(folder, run, policy, known.lines):
        if finding is None:
            proven += 1
        else:
            findings.append(finding)
    return People(tuple(findings), len(told.rows), judge.proven + proven)


def _approvals(folder: str, run: str, policy: Policy | None, lines: int) -> Iterator[Finding | None]:
    """Of each approval that is said to be proven: what is wrong with that, or None. One of the plan has its proof in the plan's file."""
    plan, bound, offset = "", False, 0
    for number, raw in enumerate(raw_lines(folder), 1):
        if number > lines:
            return
        if number == 1:
            opening = body_of(raw)
            plan, bound = str(opening.get("plan", "")), bool(opening.get("bound"))
        if b'"type":"need.met"' in raw and b'"grade":"proven"' in raw:
            body: dict[str, Any] = body_of(raw)
            if body.get("proof") or not bound:
                step = str(body.get("path", "")).partition("#")[0]
                good = is_proven(policy, run, plan, body)
                why = f"{body.get('by')}'s approval isn't signed by the key that the policy names"
                yield None if good else Finding("signature", 22, why, number, offset, step, "the journal")
        offset += len(raw) + 1
