"""`runbook audit verify` looks at the escalations, too: each kind of forgery is found, by its line."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from runbook_lang.adapters.keys import KeyRing
from runbook_lang.adapters.lines import FIRST_PREV, encode_body, split
from runbook_lang.adapters.store import RunFolder
from runbook_lang.api.audit import Wanted, verify
from runbook_lang.api.runs import operator_name
from runbook_lang.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

BOOK = """
runbook: demo
policy: policy.yml
severity: P1
steps:
  - id: drop
    shell: "true"
    effect: destroy
    because: the test wants it
  - id: tell
    notify: {message: "going on", to: ops}
  - id: fail
    shell: "false"
on_failure:
  - escalate: "it failed"
"""
POLICY = """
zone: UTC
people: {me: {os_user: %s, key: "ed25519:%s"}, other: {}}
tiers:
  ops: {ack_within: 15m, notify: [{console: ops}]}
  boss: {notify: [{console: boss}]}
severities: {P1: {tiers: [ops, boss], sla: 4h}}
approvals: {destroy: 1, four_eyes: false}
"""
GOOD = {"integrity": "pass", "completeness": "pass", "signature": "pass", "anchored": "none", "conformance": "pass"}


class Site(NamedTuple):
    folder: Path
    run: RunFolder

    @property
    def environ(self) -> dict[str, str]:
        return {"RUNBOOK_KEYS": str(self.folder / "keys"), "HOME": str(self.folder), "PATH": os.environ["PATH"]}

    @property
    def incident(self) -> Path:
        return self.folder / ".runbook" / "runs" / self.run.id / "incident.jsonl"

    @property
    def journal(self) -> Path:
        return self.incident.with_name("journal.jsonl")

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(split(raw)[0] + b"}") for raw in self.incident.read_bytes().splitlines()]

    def forge(self, bodies: list[dict[str, Any]]) -> None:
        """Writes the events anew as one good chain."""
        prev, out = FIRST_PREV, b""
        for number, body in enumerate(bodies, 1):
            raw, prev = encode_body({**{name: value for name, value in body.items() if name != "prev"}, "seq": number}, prev)
            out += raw + b"\n"
        self.incident.write_bytes(out)

    def verdicts(self) -> dict[str, tuple[str, int, str]]:
        audit = verify(self.run, self.environ, Wanted())
        return {one.name: (one.status, one.exit, one.reason) for one in audit.verdicts}


@pytest.fixture(scope="module")
def site_once(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A signed run that escalated; acknowledged and resolved by somebody whose key the policy has."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RUNBOOK_KEYS", str(folder / "keys"))
        assert main(["key", "new", "mine"]) == 0
        public = b64encode(KeyRing(str(folder / "keys")).keys[0].public).decode()
        (folder / "policy.yml").write_text(POLICY % (operator_name(), public))
        (folder / "demo.yml").write_text(BOOK)
        assert main(["run", "demo.yml", "-q"]) == 8
        assert main(["approve", "last", "drop", "-q"]) == 0
        assert main(["resume", "last", "-q"]) == 5
        assert main(["ack", "last", "--note", "mine\nnow", "-q"]) == 0
        assert main(["resolve", "last", "-q"]) == 0
    run = next((folder / ".runbook" / "runs").iterdir())
    return Site(folder, RunFolder(run.name, str(run)))


@pytest.fixture
def site(site_once: Site, tmp_path: Path) -> Site:
    folder = tmp_path / "site"
    shutil.copytree(site_once.folder, folder)
    return Site(folder, RunFolder(site_once.run.id, str(folder / ".runbook" / "runs" / site_once.run.id)))


def at(bodies: list[dict[str, Any]], kind: str, **wanted: Any) -> int:
    """The line of an event, from 1."""
    return next(
        number
        for number, body in enumerate(bodies, 1)
        if body["type"] == kind and all(body.get(key) == value for key, value in wanted.items())
    )


def test_an_honest_run_passes_and_its_proofs_are_counted(site: Site) -> None:
    found = site.verdicts()
    assert {name: row[0] for name, row in found.items()} == GOOD
    lines = len(site.bodies())
    assert found["integrity"][2].endswith(f"so do {lines} of incident.jsonl")
    assert "3 words of people are proven by the policy's keys" in found["signature"][2]


def test_every_changed_byte_is_found(site: Site) -> None:
    data = bytearray(site.incident.read_bytes())
    for place in range(0, len(data), 211):
        changed = bytearray(data)
        changed[place] ^= 1
        site.incident.write_bytes(changed)
        line = bytes(data[:place]).count(b"\n") + 1
        status, exit, reason = site.verdicts()["integrity"]
        assert (status, exit) == ("fail", 20)
        assert reason.startswith((f"incident.jsonl, line {line}:", f"incident.jsonl, line {line + 1}:"))


def test_a_line_that_was_cut_out_is_found(site: Site) -> None:
    lines = site.incident.read_bytes().splitlines(keepends=True)
    site.incident.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    assert site.verdicts()["integrity"] == ("fail", 20, "incident.jsonl, line 4: it doesn't follow the line before it (`prev` differs)")


def test_a_torn_end_is_told(site: Site) -> None:
    site.incident.write_bytes(site.incident.read_bytes()[:-5])
    assert site.verdicts()["completeness"][:2] == ("fail", 21)


def test_a_file_that_is_gone_is_missed(site: Site) -> None:
    site.incident.unlink()
    status, exit, reason = site.verdicts()["completeness"]
    assert (status, exit) == ("fail", 21)
    assert "incident.jsonl, escalate_1: line" in reason
    assert "isn't there" in reason


def changed(bodies: list[dict[str, Any]], line: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**body, **changes} if number == line else body for number, body in enumerate(bodies, 1)]


FORGED: dict[str, tuple[Callable[[list[dict[str, Any]]], tuple[list[dict[str, Any]], int]], str, int, str]] = {}


def forgery(verdict: str, exit: int, words: str) -> Callable[[Any], Any]:
    """Registers a function that forges the events; it returns them and the line at which that is found."""

    def add(made: Any) -> Any:
        FORGED[made.__name__] = (made, verdict, exit, words)
        return made

    return add


@forgery("integrity", 20, "of another run")
def from_another_run(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    return changed(bodies, line, run="01a20dd2-0db5-7722-af5f-d221007329ac"), line


@forgery("integrity", 20, "that the journal doesn't have")
def bound_to_another_line(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    seq, digest, note = bodies[line - 1]["bind"]
    return changed(bodies, line, bind=[seq, digest[::-1], note]), line


@forgery("integrity", 20, "isn't bound to the journal")
def bound_to_nothing(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    return changed(bodies, line, bind=[]), line


@forgery("signature", 22, "the run is signed")
def without_its_checkpoint(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    return changed(bodies, line, bind=[*bodies[line - 1]["bind"][:2], ""]), line


@forgery("signature", 22, "is false")
def with_a_false_checkpoint(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    seq, digest, note = bodies[line - 1]["bind"]
    head, _, signature = note.rpartition(" ")
    return changed(bodies, line, bind=[seq, digest, f"{head} {signature[:20]}{'A' if signature[20] != 'A' else 'B'}{signature[21:]}"]), line


@forgery("signature", 22, "nothing proves it")
def a_proof_taken_away(bodies: Any) -> Any:
    line = at(bodies, "acknowledged")
    return [
        {name: value for name, value in body.items() if name != "proof"} if number == line else body
        for number, body in enumerate(bodies, 1)
    ], line


@forgery("signature", 22, "signed is another answer")
def a_note_put_into_a_mouth(bodies: Any) -> Any:
    line = at(bodies, "acknowledged")
    return changed(bodies, line, note="I did it"), line


@forgery("signature", 22, "signed is another answer")
def somebody_elses_name(bodies: Any) -> Any:
    line = at(bodies, "resolved")
    return changed(bodies, line, by="other"), line


@forgery("signature", 22, "can't be read")
def a_proof_that_is_none(bodies: Any) -> Any:
    line = at(bodies, "resolved")
    return changed(bodies, line, proof="trust me"), line


@forgery("conformance", 24, "its plan isn't that of the policy")
def another_key_in_the_plan(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    plan = json.loads(json.dumps(bodies[line - 1]["plan"]).replace('"ed25519:', '"ed25519:AAAA'))
    return changed(bodies, line, plan=plan), line


@forgery("conformance", 24, "its plan isn't that of the policy")
def a_tier_that_is_left_out(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    plan = {**bodies[line - 1]["plan"], "rungs": bodies[line - 1]["plan"]["rungs"][:1]}
    return changed(bodies, line, plan=plan), line


@forgery("conformance", 24, "its moments aren't those")
def more_time_to_resolve_it(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    return changed(bodies, line, sla="2999-01-01T00:00:00.000000Z"), line


@forgery("conformance", 24, "the rules record no such 'told'")
def more_time_to_acknowledge(bodies: Any) -> Any:
    line = at(bodies, "told")
    return changed(bodies, line, ack_by="2999-01-01T00:00:00.000000Z"), line


@forgery("conformance", 24, "nobody had begun to send it")
def a_message_that_was_never_sent(bodies: Any) -> Any:
    line = at(bodies, "sending", id="escalate_1")
    return [body for number, body in enumerate(bodies, 1) if number != line], at(bodies, "sent", id="escalate_1") - 1


@forgery("conformance", 24, "to be due, or open")
def a_due_that_no_tick_sees(bodies: Any) -> Any:
    line = at(bodies, "told")
    return changed(bodies, line, due=""), line


@forgery("conformance", 24, "nobody whom the policy knew")
def an_answer_by_a_stranger(bodies: Any) -> Any:
    line = at(bodies, "acknowledged")
    return changed(bodies, line, by="stranger"), line


@forgery("conformance", 24, "acknowledged already")
def acknowledged_twice(bodies: Any) -> Any:
    line = at(bodies, "acknowledged")
    return [*bodies[:line], bodies[line - 1], *bodies[line:]], line + 1


@forgery("conformance", 24, "the journal knows of no such escalation")
def an_escalation_of_its_own(bodies: Any) -> Any:
    line = at(bodies, "raised", id="escalate_1")
    return [*bodies, {**bodies[line - 1], "id": "invented", "at": bodies[-1]["at"], "open": 1}], len(bodies) + 1


@forgery("conformance", 24, "no step that says so")
def a_message_of_its_own(bodies: Any) -> Any:
    raised = bodies[at(bodies, "raised", id="escalate_1") - 1]
    return [{**raised, "id": "invented", "plan": {**raised["plan"], "says": True}}, *bodies], 1


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_file_with_a_good_chain_is_found_by_its_line(site: Site, name: str) -> None:
    made, verdict, exit, words = FORGED[name]
    bodies, line = made(site.bodies())
    site.forge(bodies)
    status, code, reason = site.verdicts()[verdict]
    assert (status, code) == ("fail", exit), reason
    assert words in reason
    assert f"incident.jsonl, line {line}" in reason


def test_a_forgers_own_key_is_not_the_policys(site: Site, tmp_path: Path) -> None:
    from runbook_lang.adapters.checkpoints import read_note, write_note

    other = KeyRing(str(tmp_path / "other"))
    other.new("mallory")
    signer = other.signer({}, None)
    assert signer is not None
    bodies = site.bodies()
    line = at(bodies, "acknowledged")
    text = read_note(bodies[line - 1]["proof"]).text
    site.forge(changed(bodies, line, proof=write_note(text, signer.sign(text))))
    assert site.verdicts()["signature"] == (
        "fail", 22, f"incident.jsonl, line {line}, escalate_1: me's answer isn't signed by the key that the policy names",
    )  # fmt: skip


def test_a_revoked_key_proves_no_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in site.environ.items():
        monkeypatch.setenv(name, value)
    assert main(["key", "revoke", "mine", "--because", "stolen"]) == 0
    assert site.verdicts()["signature"][1] == 28


def test_a_run_without_a_key_is_judged_as_far_as_it_can_be(
    here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "none"))
    (here / "policy.yml").write_text((POLICY % (operator_name(), "")).replace(', key: "ed25519:"', ""))
    (here / "demo.yml").write_text(BOOK.replace("destroy", "change"))
    assert runbook("run", "demo.yml", "-q").code == 5
    said = runbook("audit", "verify", "last")
    assert (said.code, "of incident.jsonl" in said.out) == (0, True)
    runbook("ack", "last")
    assert runbook("audit", "verify", "last").code == 0
    path = next(here.glob(".runbook/runs/*/incident.jsonl"))
    path.write_bytes(path.read_bytes().replace(b"it failed", b"it worked", 1))
    said = runbook("audit", "verify", "last")
    assert (said.code, "incident.jsonl, line" in said.out) == (20, True)
