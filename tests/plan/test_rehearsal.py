"""Rehearsals with real programs: what was read, filled in, assumed; and that nothing was changed or said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.store import Store
from runbook_lang.api.rehearsal import Rehearsed, rehearse
from runbook_lang.api.runs import Choices, Session, read_run, resume
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.events import ActAssumed, ActStarted, RunOpened
from runbook_lang.reports.rehearsal_text import render
from tests.plan.reading import loaded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STEPS = """\
runbook: case
inputs: {folder: string}
secrets: {token: {env: TOKEN}}
steps:
  - {id: list, title: List, shell: {command: '/bin/ls ${folder}'}}
  - {id: pick, set: {first: "list.lines[0]"}}
  - id: deploy
    title: Deploy
    shell: {command: 'touch ${folder}/made-${pick.first}', env: {TOKEN: '${token}'}}
    undo: {shell: 'rm ${folder}/made-${pick.first}'}
  - {id: look, title: Look, shell: {command: '/bin/ls ${folder}/made-${pick.first}'}, retry: {every: 1h, for: 1d}}
  - {id: read, title: Read on, shell: {command: '/bin/echo ${look.stdout}'}}
on_failure:
  - undo: all
  - escalate: "It failed: ${failure.summary}"
"""


class Silent:
    """Whoever says or asks something in a rehearsal has made a mistake."""

    def ask(self, wait: Any) -> Mapping[str, Any] | None:
        raise AssertionError(wait)

    def incident(self, move: Any) -> None:
        raise AssertionError(move)

    def say(self, text: str) -> None:
        raise AssertionError(text)

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Output of reads is kept as evidence."""

    def saw(self, event: Any) -> None:
        """Events are looked at in the journal."""


def session() -> Session:
    return Session(Silent(), Silent(), {"TOKEN": "s3cr3t-value", "PATH": "/usr/bin:/bin"}, "tester")


def rehearsed(library: Path, text: str, depth: str = "reads", **inputs: Any) -> Rehearsed:
    return rehearse(loaded(library, text), inputs, session(), Store(str(library / "store")), depth)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "data"
    found.mkdir()
    (found / "one").touch()
    return found


def test_reads_really_run_and_fill_the_holes(tmp_path: Path, folder: Path) -> None:
    found = rehearsed(tmp_path, STEPS, folder=str(folder))
    assert [(item.hole, item.value) for item in found.filled] == [("pick.first", "one")]
    assert [(item.path, item.verdict) for item in found.reads] == [("list", "ok"), ("look", "assumed"), ("read", "assumed")]
    assert [(item.path, item.words, item.verdict) for item in found.changes] == [("deploy", ("touch", f"{folder}/made-one"), "assumed")]
    assert (found.exit, found.unexplored, found.stops) == (0, 0, ())
    assert sorted(path.name for path in folder.iterdir()) == ["one"]


def test_a_read_that_fails_before_any_change_is_where_it_would_stop(tmp_path: Path, folder: Path) -> None:
    (folder / "one").unlink()
    found = rehearsed(tmp_path, STEPS.replace("list.lines[0]", "list.lines[size(list.lines)]"), folder=str(folder))
    assert [(end.step, end.kind, end.exit) for end in found.stops] == [("pick", "error", 5)]
    assert found.exit == 5
    assert [path for path, _ in found.told] == ["escalate_1"]
    assert found.changes == ()


def test_a_failed_read_is_not_waited_for(tmp_path: Path) -> None:
    text = "runbook: case\nsteps:\n  - {id: a, shell: /bin/ls /nowhere-at-all, retry: {every: 1h, for: 3d}}\n"
    found = rehearsed(tmp_path, text)
    assert [(item.path, item.verdict) for item in found.reads] == [("a", "failed")]
    starts = [event for event in read_run(found.run).events if isinstance(event, ActStarted)]
    assert len(starts) == 2


def test_each_way_through_an_undecided_condition_is_walked_once(tmp_path: Path) -> None:
    text = """\
runbook: case
steps:
  - {id: count, shell: /bin/echo x}
  - {id: sure, ask: {answer: "Sure?"}}
  - {id: change, when: sure.answer, shell: touch made}
  - {id: last, guard: "!sure.answer", shell: /bin/echo y}
"""
    found = rehearsed(tmp_path, text)
    # The guard is the opposite of what the first condition was taken for.
    assert [(end.picks, end.result) for end in found.ends] == [((("change", True),), "refused"), ((("change", False),), "succeeded")]
    assert [(item.path, item.way) for item in found.reads] == [("count", 1), ("last", 2)]
    assert found.exit == 0
    assert found.asked == (("sure", "Sure?"),)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(("depth", "verdict", "exit"), [("reads", "assumed", 0), ("rehearse", "failed", 1)])
def test_a_change_is_rehearsed_by_its_own_step_at_that_depth(tmp_path: Path, depth: str, verdict: str, exit: int) -> None:
    text = """\
runbook: case
steps:
  - id: change
    shell: touch made
    rehearse: {shell: /bin/ls /nowhere-at-all}
"""
    found = rehearsed(tmp_path, text, depth)
    assert [(item.verdict, item.words) for item in found.changes] == [(verdict, ("touch", "made"))]
    assert found.exit == exit
    assert "nowhere" in found.changes[0].message or verdict == "assumed"
    assert not (tmp_path / "made").exists()


def test_a_rehearsed_change_goes_on_with_holes(tmp_path: Path) -> None:
    text = """\
runbook: case
steps:
  - id: change
    shell: touch made
    rehearse: {shell: /bin/echo would, expect: 'result.stdout.startsWith("would")'}
  - {id: next, shell: '/bin/echo ${change.stdout}'}
"""
    found = rehearsed(tmp_path, text, "rehearse")
    assert [item.verdict for item in found.changes] == ["rehearsed"]
    assert [(item.path, item.words[1], item.verdict) for item in found.reads][-1] == ("next", "⟨change.stdout⟩", "assumed")
    events = read_run(found.run).events
    assert [event.id for event in events if isinstance(event, ActStarted)] == ["change#1/rehearse"]
    assert [event.id for event in events if isinstance(event, ActAssumed)] == ["next#1/main"]


@pytest.mark.parametrize(("depth", "mode"), [("reads", "dry-run"), ("rehearse", "rehearse")])
def test_its_journal_follows_the_rules_says_what_it_is_and_is_not_resumed(tmp_path: Path, folder: Path, depth: str, mode: str) -> None:
    found = rehearsed(tmp_path, STEPS, depth, folder=str(folder))
    opened = read_run(found.run)
    assert isinstance(opened.events[0], RunOpened)
    assert opened.events[0].mode == mode
    assert "s3cr3t" not in (tmp_path / "store" / "runs" / found.run.id / "journal.jsonl").read_text(encoding="utf-8")
    with pytest.raises(RunbookError):
        resume(found.run, str(tmp_path / "case.yml"), session(), Store(str(tmp_path / "store")), Choices())


def test_what_was_found_is_plain_json_and_a_page(tmp_path: Path, folder: Path) -> None:
    found = rehearsed(tmp_path, STEPS, folder=str(folder))
    body = found.as_json()
    assert json.loads(json.dumps(body)) == body
    page = render(found)
    assert "⟨pick.first⟩ = one" in page
    assert "Nothing was changed" in page


def test_no_more_than_64_ways_are_walked_and_the_rest_is_told(tmp_path: Path) -> None:
    pairs = "".join(
        f"  - {{id: c{n}, shell: 'touch {tmp_path}/made', effect: change, because: it writes}}\n"
        f"  - {{id: s{n}, when: 'c{n}.stdout == \"x\"', shell: /bin/true}}\n"
        for n in range(7)
    )
    found = rehearsed(tmp_path, f"runbook: forks\nsteps:\n{pairs}")
    assert len(found.ends) == 64
    assert found.unexplored > 0
    assert f"At least {found.unexplored} more ways" in render(found, 80, False)
    assert not (tmp_path / "made").exists()
