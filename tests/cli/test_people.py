"""Answers, approvals and doubts given from another terminal than the run's."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from runbook_lang.machine.stamps import micros_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

ASKS = """\
runbook: asks
steps:
  - {id: made, shell: touch made, undo: {shell: rm made}}
  - id: replicas
    ask: {answer: "¿Cuántas réplicas?", type: int}
  - id: drop
    title: Borrar
    shell: touch dropped-${replicas.answer}
    effect: destroy
    because: it removes everything
    approve: "It drops ${replicas.answer}."
on_failure: [{undo: all}]
"""


@pytest.fixture
def paused(here: Path, runbook: Callable[..., Said]) -> Path:
    (here / "asks.yml").write_text(ASKS)
    assert runbook("run", "asks.yml").code == 8
    return here


def test_a_paused_run_says_what_to_type(paused: Path, runbook: Callable[..., Said]) -> None:
    said = runbook("status")
    assert "replicas waits for an answer" in said.out
    assert "¿Cuántas réplicas?" in said.out
    (row,) = runbook("status", "--format=json").json["runs"]
    (need,) = row["needs"]
    assert (row["state"], need["step"], need["what"]) == ("paused", "replicas", "answer")
    typed = need["type"][0].split()
    assert runbook(*typed[1:]).code == 0


def test_an_answer_that_does_not_fit_is_refused_at_once(paused: Path, runbook: Callable[..., Said]) -> None:
    assert "RB731" in runbook("answer", "last", "replicas", "many").err
    assert "RB730" in runbook("answer", "last", "drop", "3").err
    assert "RB730" in runbook("approve", "last", "replicas").err
    assert runbook("resume", "last").code == 8


def test_an_answer_and_an_approval_let_it_go_on(paused: Path, runbook: Callable[..., Said]) -> None:
    assert runbook("answer", "last", "replicas", "3").code == 0
    said = runbook("resume", "last", "--format=json")
    assert (said.code, said.json["result"]) == (8, "paused")
    assert said.json["needs"][0]["command"] == ["touch", "dropped-3"]
    approved = runbook("approve", "last", "drop")
    assert "touch dropped-3" in approved.err
    assert runbook("resume", "last").code == 0
    assert (paused / "dropped-3").exists()
    assert runbook("status").out == ""


def test_an_answer_that_the_run_has_not_taken_yet_is_shown_as_one(paused: Path, runbook: Callable[..., Said]) -> None:
    runbook("answer", "last", "replicas", "3")
    said = runbook("status").out
    assert re.search(r"replicas waits for an answer.*\n +answered by \w+, not yet taken\n", said)
    assert "runbook answer" not in said
    assert "runbook resume" in said
    runbook("resume", "last")
    runbook("approve", "last", "drop")
    said = runbook("status").out
    assert re.search(r"drop waits for an approval.*\n.*touch dropped-3\n +approved by \w+, not yet taken\n", said)
    assert "runbook approve" not in said
    (need,) = runbook("status", "--format=json").json["runs"][0]["needs"]
    assert [one["said"] for one in need["left"]] == ["approved"]
    again = runbook("approve", "last", "drop")
    assert (again.code, "hasn't taken it yet" in again.err) == (2, True)
    assert runbook("resume", "last").code == 0
    assert runbook("status").out == ""


@pytest.fixture
def two_hours_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Puts the host's clock on."""

    def leap() -> None:
        now = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: now() + 7_200_000_000_000)

    return leap


@pytest.mark.parametrize(("late", "said"), [(-1, "answered           3 by eva"), (1, "nobody answered in time")])
def test_an_answer_has_to_be_given_in_time_and_not_to_be_taken_in_time(
    here: Path, runbook: Callable[..., Said], two_hours_later: Callable[[], None], late: int, said: str
) -> None:
    (here / "brief.yml").write_text("runbook: brief\nsteps: [{id: q, ask: {answer: how many, type: int, default: 7, within: 1h}}]\n")
    runbook("run", "brief.yml")
    (need,) = runbook("status", "--format=json").json["runs"][0]["needs"]
    deadline = micros_of(need["until"])
    assert deadline is not None
    (run,) = (here / ".runbook" / "runs").iterdir()
    message = {"kind": "answer", "path": "q", "by": "eva", "value": "3"}
    (run / "inbox").mkdir(exist_ok=True)
    (run / "inbox" / f"{(deadline + late) * 1000:020}-1-00000000.json").write_text(json.dumps(message))
    two_hours_later()
    assert said in runbook("resume", "last").out


def test_an_answer_after_the_deadline_is_refused_and_none_is_proposed(
    here: Path, runbook: Callable[..., Said], two_hours_later: Callable[[], None]
) -> None:
    (here / "brief.yml").write_text(
        "runbook: brief\nsteps:\n  - {id: q, ask: {answer: how many, type: int, default: 7, within: 1h}}\n"
        "  - {id: z, shell: touch z, approve: {text: sure?, within: 1h}}\n"
    )
    runbook("run", "brief.yml")
    two_hours_later()
    assert "(past)" in runbook("status").out
    assert "runbook answer" not in runbook("status").out
    answered = runbook("answer", "last", "q", "3")
    assert (answered.code, "that is past" in answered.err) == (2, True)
    assert "RB730" in runbook("approve", "last", "q").err
    runbook("resume", "last")
    two_hours_later()
    approved = runbook("approve", "last", "z")
    assert (approved.code, "that is past" in approved.err) == (2, True)
    assert runbook("resume", "last").code == 3


def test_a_refusal_wants_its_reason_and_takes_the_failure_path(paused: Path, runbook: Callable[..., Said]) -> None:
    runbook("answer", "last", "replicas", "3")
    runbook("resume", "last")
    assert "RB722" in runbook("approve", "last", "drop", "--refuse").err
    assert runbook("approve", "last", "drop", "--refuse", "--because", "wrong table").code == 0
    said = runbook("resume", "last", "--format=json")
    assert (said.code, said.json["result"], said.json["undone"]) == (4, "refused", "complete")
    assert "wrong table" in said.json["failure"]["message"]
    assert not (paused / "made").exists()


def test_undo_ends_a_paused_run_and_takes_back_what_it_did(paused: Path, runbook: Callable[..., Said]) -> None:
    assert runbook("undo", "last").code == 6
    assert not (paused / "made").exists()
    assert runbook("undo", "last").code == 2


def test_abort_leaves_what_was_done(paused: Path, runbook: Callable[..., Said]) -> None:
    said = runbook("abort", "last", "--format=json")
    assert (said.code, said.json["result"]) == (6, "aborted")
    assert (paused / "made").exists()


def test_a_changed_file_is_refused_until_it_is_said_to_be_right(paused: Path, runbook: Callable[..., Said]) -> None:
    (paused / "asks.yml").write_text(ASKS.replace("touch made", "touch made too"))
    assert "RB514" in runbook("resume", "last").err
    assert runbook("resume", "last", "--as-recorded").code == 8


def test_a_message_that_fits_nothing_does_not_harm_the_run(paused: Path, runbook: Callable[..., Said]) -> None:
    """Whatever lies in the inbox: the rules are asked before anything is recorded."""
    (run,) = (paused / ".runbook" / "runs").iterdir()
    messages = [
        {"kind": "answer", "path": "replicas", "by": "eve", "value": '"text"'},
        {"kind": "answer", "path": "replicas", "by": "eve", "value": "no json"},
        {"kind": "answer", "path": "replicas", "value": "3"},
        {"kind": "approve", "path": "drop", "by": "eve", "verdict": "approved"},
        {"kind": "retry", "path": "made", "by": "eve"},
        {"kind": "settle", "path": "replicas", "by": "eve", "applied": "yes"},
        {"kind": "answer", "path": ["replicas"], "by": 3},
        {},
    ]
    for number, message in enumerate(messages):
        (run / "inbox" / f"{number:020}-1-0000000{number}.json").write_text(json.dumps(message))
    said = runbook("resume", "last")
    assert said.code == 8
    assert said.out.count("fits nothing that is waited for") == len(messages)
    assert runbook("answer", "last", "replicas", "3").code == 0


def test_skipping_and_retrying_are_looked_at_before_they_are_recorded(paused: Path, runbook: Callable[..., Said]) -> None:
    assert "RB722" in runbook("resume", "last", "--skip", "drop").err
    assert "RB730" in runbook("resume", "last", "--retry", "made").err
    assert "RB730" in runbook("resume", "last", "--skip", "made", "--because", "x").err
    assert runbook("status").code == 0


def test_a_step_that_a_person_skips_is_told_once(paused: Path, runbook: Callable[..., Said]) -> None:
    runbook("answer", "last", "replicas", "3")
    runbook("resume", "last")
    assert runbook("resume", "last", "--skip", "drop", "--because", "not today").code == 0
    assert runbook("show", "last").out.count("not today") == 1


def test_an_undo_that_is_cut_off_is_no_step_that_is(here: Path, runbook: Callable[..., Said]) -> None:
    """In `status`, under the name by which it is settled."""
    (here / "back.yml").write_text(
        "runbook: back\nsteps:\n  - {id: go, shell: touch a, undo: {shell: sh -c 'sleep 5', timeout: 100ms}}\n"
        "  - {id: bad, shell: sh -c 'exit 1'}\non_failure: [{undo: all}]\n"
    )
    said = runbook("run", "back.yml")
    assert "it is not known whether its undo took place" in said.out
    assert "go#undo waits for" in runbook("status").out
    assert runbook("answer", "last", "go#undo", "done").code == 0
    assert "its undo took place" in runbook("resume", "last").out
    steps = runbook("show", "last", "--format=json").json["steps"]
    assert {step["path"]: step["state"] for step in steps}["go"] == "undone"


def test_a_doubt_is_settled_by_a_word(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "doubt.yml").write_text(
        "runbook: doubt\nsteps:\n  - {id: go, shell: sh -c 'sleep 5', timeout: 100ms}\n  - {id: after, shell: touch after}\n"
    )
    said = runbook("run", "doubt.yml", "--format=json")
    assert said.code == 8
    assert said.json["needs"][0]["what"] == "doubt"
    assert "RB731" in runbook("answer", "last", "go", "maybe").err
    assert runbook("answer", "last", "go", "done").code == 0
    assert runbook("resume", "last").code == 0
    assert (here / "after").exists()


def test_a_doubt_is_settled_by_an_option_of_resume(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "doubt.yml").write_text("runbook: doubt\nsteps:\n  - {id: go, shell: sh -c 'sleep 5', timeout: 100ms}\n")
    assert runbook("run", "doubt.yml").code == 8
    assert runbook("resume", "last", "--assume", "done").code == 0
