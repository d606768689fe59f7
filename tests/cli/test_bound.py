"""A run that is bound to a plan: what it may start, its approvals, its resume, and what the audit says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

    Runbook = Callable[..., Said]

MARK = """\
runbook: mark
inputs: {folder: {type: string, env: FOLDER}, n: {type: int, default: 1}}
steps:
  - {id: list, shell: "/bin/ls ${folder}"}
  - {id: extra, when: size(list.lines) > 2, shell: "/bin/touch extra"}
  - {id: put, shell: "/bin/touch ${list.lines[0]}.mark", undo: {shell: "/bin/rm ${list.lines[0]}.mark"}}
  - {id: see, shell: /bin/ls}
on_failure: [{undo: all}]
"""
ASKING = """\
runbook: asking
steps:
  - {id: list, shell: /bin/ls data}
  - {id: go, ask: {answer: "Go on?", within: 1h}}
  - {id: put, shell: "/bin/touch ${list.lines[0]}.mark"}
"""
APPROVED = """\
runbook: approved
policy: policy.yml
steps:
  - {id: put, shell: /bin/touch put.mark, approve: {text: "Put?", role: ops}}
"""
POLICY = "zone: UTC\npeople: {ann: {email: a@example.com}, bob: {email: b@example.com}}\napprovals: {roles: {ops: [bob, ann]}}\n"


@pytest.fixture(autouse=True)
def lonely(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of the person who runs the tests signs; the user is ann."""
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    monkeypatch.delenv("FOLDER", raising=False)
    be("ann", monkeypatch)
    (here / "data").mkdir()
    for name in ("a", "b"):
        (here / "data" / name).touch()
    for name, text in (("mark", MARK), ("asking", ASKING), ("approved", APPROVED), ("policy", POLICY)):
        (here / f"{name}.yml").write_text(text)


def be(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("cli.session", "cli.commands.approve", "cli.commands.plan", "cli.dry"):
        monkeypatch.setattr(f"runbook_lang.{place}.operator_name", lambda: name)


def journal(here: Path) -> list[dict[str, Any]]:
    """The events of the newest run."""
    folder = max((here / ".runbook" / "runs").iterdir())
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


def kinds(here: Path) -> list[str]:
    return [event["type"] for event in journal(here)]


def made(runbook: Runbook, *words: str) -> dict[str, Any]:
    said = runbook(*words, "-o", "plan.json", "-q")
    assert said.code == 0, said
    body: dict[str, Any] = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    return body


def test_what_was_planned_is_run_once(here: Path, runbook: Runbook) -> None:
    plan = made(runbook, "plan", "mark.yml", "-i", "folder=data")
    assert runbook("run", "--plan", "plan.json", "-q").code == 0
    assert (here / "a.mark").exists()
    opened = journal(here)[0]
    assert (opened["plan"], opened["bound"]) == (plan["digest"], plan["envelope"]["id"])
    again = runbook("run", "--plan", "plan.json")
    assert (again.code, "RB786" in again.err, opened["run"] in again.err) == (9, True, True)
    assert runbook("audit", "verify", "last").out.count("pass") == 3
    other = runbook("run", "--plan", "plan.json", "--store", "elsewhere", "-q")
    assert other.code == 0, "another store doesn't know of the use"


def test_a_stale_plan_ends_with_an_exit_code_of_its_own(here: Path, runbook: Runbook) -> None:
    made(runbook, "plan", "mark.yml")
    (here / "mark.yml").write_text(MARK.replace("/bin/touch ${", "/bin/touch -c ${"))
    said = runbook("run", "--plan", "plan.json", "-i", "folder=data")
    assert said.code == 9
    assert "RB783" in said.err
    assert "entries[put].words" in said.err
    assert not (here / ".runbook").exists()


def test_a_plan_without_its_envelope_is_told_so(here: Path, runbook: Runbook) -> None:
    (here / "bare.json").write_text(runbook("plan", "asking.yml", "--format", "json").out)
    said = runbook("run", "--plan", "bare.json")
    assert (said.code, "RB780" in said.err) == (2, True)
    assert "has no envelope" in said.err


def test_open_inputs_are_given_and_known_ones_are_the_plans(here: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    made(runbook, "plan", "mark.yml")
    assert "RB711" in runbook("run", "--plan", "plan.json").err
    assert "RB787" in runbook("run", "--plan", "plan.json", "-i", "folder=data", "-i", "n=2").err
    monkeypatch.setenv("FOLDER", "data")
    assert runbook("run", "--plan", "plan.json", "-i", "n=1", "-q").code == 0
    made(runbook, "plan", "mark.yml", "-i", "folder=data")
    monkeypatch.setenv("FOLDER", "nowhere")
    assert runbook("run", "--plan", "plan.json", "-q").code == 0, "the environment doesn't replace what the plan knows"


def test_what_a_dry_run_found_binds(here: Path, runbook: Runbook) -> None:
    plan = made(runbook, "run", "mark.yml", "-i", "folder=data", "--dry-run")
    found = plan["plan"]["assumptions"]
    assert found["filled"] == [{"hole": "list.lines[0]", "value": "a", "path": "put"}]
    assert found["skipped"] == ["extra"]
    assert [(one["path"], one["words"]) for one in found["changes"]] == [("put", ["/bin/touch", "a.mark"])]
    assert runbook("run", "--plan", "plan.json", "-q").code == 0


@pytest.mark.parametrize(
    ("new", "step", "why"),
    [(["0"], "extra", "was not among the changes"), (["A"], "put", "⟨list.lines[0]⟩ was a, now it is A")],
    ids=["another step", "another value"],
)
def test_a_change_is_refused_where_the_world_answers_otherwise(here: Path, runbook: Runbook, new: list[str], step: str, why: str) -> None:
    made(runbook, "run", "mark.yml", "-i", "folder=data", "--dry-run")
    if step == "put":
        (here / "data" / "b").unlink()
        (here / "data" / "a").unlink()
    for name in new:
        (here / "data" / name).touch()
    said = runbook("run", "--plan", "plan.json", "-q")
    assert said.code == 3
    assert why in said.out
    assert not list(here.glob("*.mark"))
    assert not (here / "extra").exists()
    [barred] = [event for event in journal(here) if event["type"] == "act.barred"]
    assert barred["id"] == f"{step}#1/main"
    assert "conformance   pass" in runbook("audit", "verify", "last").out


def test_a_resume_stays_bound(here: Path, runbook: Runbook) -> None:
    made(runbook, "run", "asking.yml", "--dry-run")
    assert runbook("run", "--plan", "plan.json", "-q").code == 8
    folder = max((here / ".runbook" / "runs").iterdir())
    # Another word than the dry run's, as if the world had answered otherwise.
    text = (folder / "journal.jsonl").read_text()
    assert '\\"a\\"' in text
    runbook("answer", "last", "go", "yes")
    plan = folder / "program"
    [copy] = [one for one in plan.iterdir() if "program.plan" in one.name]
    copy.write_text(copy.read_text().replace('"hole"', '"hale"'))
    said = runbook("resume", "last", "-q")
    assert "RB606" in said.err
    assert not list(here.glob("*.mark"))


def test_another_plan_in_the_runs_folder_is_not_taken(here: Path, runbook: Runbook) -> None:
    """Whoever can write the store could put a plan there that allows more, with digests that fit what it says."""
    made(runbook, "run", "asking.yml", "--dry-run")
    assert runbook("run", "--plan", "plan.json", "-q").code == 8
    from runbook_lang.adapters.store import Store
    from runbook_lang.plan.digest import content_digest

    run = Store(str(here / ".runbook")).open_run("last")
    kept = run.load_program()
    body = json.loads(kept["program.plan"])
    body["plan"]["assumptions"] = None
    body["content"] = content_digest(body["plan"])
    run.save_program({**kept, "program.plan": json.dumps(body).encode()})
    runbook("answer", "last", "go", "yes")
    assert "RB606" in runbook("resume", "last", "-q").err


def test_a_resume_goes_on_with_what_was_planned(here: Path, runbook: Runbook) -> None:
    made(runbook, "run", "asking.yml", "--dry-run")
    assert runbook("run", "--plan", "plan.json", "-q").code == 8
    runbook("answer", "last", "go", "yes")
    assert runbook("resume", "last", "-q").code == 0
    assert (here / "a.mark").exists()


def test_a_start_that_the_plan_does_not_hold_is_a_departure_for_the_audit(here: Path, runbook: Runbook) -> None:
    """A run whose journal says that it was bound to a plan, though it wasn't: what it started isn't in there."""
    made(runbook, "plan", "mark.yml", "-i", "folder=data")
    assert runbook("run", "--plan", "plan.json", "-q").code == 0
    from runbook_lang.adapters.store import Store
    from runbook_lang.api.binding import kept_binding
    from runbook_lang.api.conformance import conform
    from runbook_lang.api.runs import kept_program
    from runbook_lang.plan.bound import Binding

    run = Store(str(here / ".runbook")).open_run("last")
    program = kept_program(run).program
    assert program is not None

    def without_put(opened: Any) -> Binding:
        whole = kept_binding(run, program, opened)
        assert whole is not None
        entries = tuple(entry for entry in whole.plan.entries if entry.path != "put")
        return Binding(whole.plan.replace(entries=entries))

    size = (here / ".runbook" / "runs" / run.id / "journal.jsonl").stat().st_size
    assert conform(program, run.path, size, lambda opened: kept_binding(run, program, opened)).departure is None
    departure = conform(program, run.path, size, without_put).departure
    assert departure is not None
    assert (departure.step, "the plan has no such step" in departure.why) == ("put", True)


def test_an_approval_of_the_plan_counts_if_somebody_else_runs_it(here: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    made(runbook, "plan", "approved.yml")
    be("bob", monkeypatch)
    assert "not signed" in runbook("approve", "plan.json").out
    assert "RB788" in runbook("approve", "plan.json").err
    be("ann", monkeypatch)
    assert runbook("run", "--plan", "plan.json", "-q").code == 0
    [met] = [event for event in journal(here) if event["type"] == "need.met"]
    assert (met["by"], met.get("grade", "claimed"), met["note"].startswith("with the plan ")) == ("bob", "claimed", True)


@pytest.mark.parametrize("who", ["ann", "eve"])
def test_whose_approval_does_not_count(here: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """Ann runs it; eve isn't in the role."""
    made(runbook, "plan", "approved.yml")
    be(who, monkeypatch)
    runbook("approve", "plan.json")
    be("ann", monkeypatch)
    assert runbook("run", "--plan", "plan.json", "-q").code == 8
    assert "need.met" not in kinds(here)


def test_an_approval_never_counts_for_destroying_what_is_not_known_yet(
    here: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = "steps:\n  - {id: list, shell: /bin/ls data}\n  - {id: wipe, shell: '/bin/rm WHAT', effect: destroy, because: x, approve: 'Wipe?'}\n"
    for name, what, code in (("open", "data/${list.lines[0]}", 8), ("shut", "data/b", 0)):
        (here / "wipe.yml").write_text(f"runbook: {name}\n{steps.replace('WHAT', what)}")
        made(runbook, "plan", "wipe.yml")
        be("bob", monkeypatch)
        runbook("approve", "plan.json")
        be("ann", monkeypatch)
        assert runbook("run", "--plan", "plan.json", "-q").code == code, name


def test_a_refusal_is_a_refusal(here: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    made(runbook, "plan", "approved.yml")
    be("bob", monkeypatch)
    assert runbook("approve", "plan.json", "--refuse").code == 2
    assert runbook("approve", "plan.json", "--refuse", "--because", "not today").code == 0
    be("ann", monkeypatch)
    said = runbook("run", "--plan", "plan.json")
    assert (said.code, "not today" in said.err) == (9, True)


def test_a_signed_approval_is_proven_and_can_not_be_changed(here: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    runbook("key", "new", "bobs")
    made(runbook, "plan", "approved.yml")
    be("bob", monkeypatch)
    assert "signed with the key bobs" in runbook("approve", "plan.json").out
    be("ann", monkeypatch)
    good = (here / "plan.json").read_text()
    for old, new in (('"note": ""', '"note": "x"'), ('"by": "bob"', '"by": "eve"')):
        assert old in good
        (here / "plan.json").write_text(good.replace(old, new))
        assert "RB788" in runbook("run", "--plan", "plan.json").err
    body = json.loads(good)
    body["envelope"]["id"] = body["envelope"]["id"][:-1] + ("0" if body["envelope"]["id"][-1] != "0" else "1")
    (here / "plan.json").write_text(json.dumps(body))
    assert "RB788" in runbook("run", "--plan", "plan.json").err, "an approval isn't for another envelope"
    (here / "plan.json").write_text(good)
    assert runbook("run", "--plan", "plan.json", "-q").code == 0
    [met] = [event for event in journal(here) if event["type"] == "need.met"]
    assert met["grade"] == "proven"


def test_a_key_that_is_not_trusted_here_proves_nothing(here: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    runbook("key", "new", "bobs")
    made(runbook, "plan", "approved.yml")
    be("bob", monkeypatch)
    runbook("approve", "plan.json")
    be("ann", monkeypatch)
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "others"))
    said = runbook("run", "--plan", "plan.json", "-q")
    assert said.code == 8
    assert "isn't trusted here" in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run",), "RB723"),
        (("run", "--plan", "nowhere.json"), "RB701"),
        (("run", "--plan", "mark.yml"), "RB780"),
        (("run", "mark.yml", "-o", "x.json"), "RB722"),
        (("run", "mark.yml", "--dry-run", "--until", "a"), "RB722"),
        (("run", "--plan", "plan.json", "--dry-run"), "RB722"),
        (("run", "mark.yml", "--plan", "plan.json"), "RB784"),
        (("plan", "mark.yml", "-o", "x.json", "--ttl", "soon"), "RB724"),
        (("plan", "mark.yml", "-o", "no/where.json"), "RB701"),
        (("approve", "mark.yml"), "RB780"),
        (("approve", "last"), "RB723"),
    ],
)
def test_what_is_said_of_words_that_do_not_fit(here: Path, runbook: Runbook, words: tuple[str, ...], code: str) -> None:
    made(runbook, "plan", "asking.yml")
    said = runbook(*words)
    assert said.code == 2
    assert code in said.err


def test_an_expired_plan_is_neither_approved_nor_run(here: Path, runbook: Runbook) -> None:
    made(runbook, "plan", "approved.yml", "--ttl", "1us")
    assert "RB785" in runbook("approve", "plan.json").err
    said = runbook("run", "--plan", "plan.json")
    assert (said.code, "RB785" in said.err) == (9, True)


def test_an_undo_is_bound_as_well(here: Path, runbook: Runbook) -> None:
    (here / "mark.yml").write_text(MARK + 'success: "!see.ok"\n')
    made(runbook, "plan", "mark.yml", "-i", "folder=data")
    assert runbook("run", "--plan", "plan.json", "-q").code == 4
    assert not list(here.glob("*.mark"))
    assert "conformance   pass" in runbook("audit", "verify", "last").out
