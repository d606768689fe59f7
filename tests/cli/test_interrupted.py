"""A run that is stopped from outside: its terminal goes away, or a signal comes as it opens."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.journal import FileJournal
from tests.cli.test_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said


AWAY = "sh -c 'echo $0 >> did; sleep 2; echo over-$0 >> did'"
WHEN_AWAY = {
    "in a change": (f"[{{id: a, shell: {AWAY} a}}, {{id: z, shell: touch z}}]", "Ctrl-C stops", ["a", "over-a"]),
    "in an undo": (
        (
            f"[{{id: y, shell: touch y, undo: {{shell: touch z}}}}, {{id: a, shell: touch a, undo: {{shell: {AWAY} undo}}}}, "
            "{id: b, shell: 'false'}]\non_failure: [{undo: all}]"
        ),
        "Ctrl-C stops",
        ["undo", "over-undo"],
    ),
    "in two at once": (
        f"[{{id: p, parallel: [{{id: a, shell: {AWAY} a}}, {{id: b, shell: {AWAY} b}}]}}, {{id: z, shell: touch z}}]",
        "Ctrl-C stops",
        ["a", "b", "over-a", "over-b"],
    ),
    "in a wait": (f"[{{id: a, shell: {AWAY} a}}, {{id: w, wait: 1h}}, {{id: z, shell: touch z}}]", "left", ["a", "over-a"]),
    "at a question": (
        f"[{{id: a, shell: {AWAY} a}}, {{id: q, ask: {{answer: Why, type: string}}}}, {{id: z, shell: touch z}}]",
        "Answer",
        ["a", "over-a"],
    ),
}


@pytest.mark.parametrize("when", WHEN_AWAY)
def test_a_terminal_that_goes_away_pauses_the_run_and_ends_no_change(here: Path, when: str) -> None:
    """The live view writes by itself, and from inside of a signal handler: what it writes to may be gone."""
    steps, shown, did = WHEN_AWAY[when]
    (here / "away.yml").write_text(f"runbook: away\nsteps: {steps}\n")
    with Terminal(here, "run", "away.yml", "--yes") as terminal:
        terminal.wait_for(shown)
        assert terminal.hang_up() == 8
    assert sorted((here / "did").read_text().split()) == sorted(did)
    assert not (here / "z").exists()
    [journal] = (here / ".runbook" / "runs").glob("*/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    assert events[-1]["type"] == "run.paused"
    assert not [event for event in events if "executor" in event.get("message", "")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_stop_as_a_run_opens_pauses_it_before_its_first_step(
    here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """There is no driver to be told yet, and the journal says already that the run has begun: it holds its lock."""
    append = FileJournal.append

    def signalled(self: FileJournal, event: Any, **more: Any) -> Any:
        monkeypatch.setattr(FileJournal, "append", append)
        seen = append(self, event, **more)
        os.kill(os.getpid(), number)
        return seen

    (here / "book.yml").write_text("runbook: book\nlocks: [one]\nsteps: [{id: a, shell: touch a}]\n")
    for words in (("run", "book.yml"), ("resume", "last")):
        monkeypatch.setattr(FileJournal, "append", signalled)
        stopped = runbook(*words)
        assert (stopped.code, "paused" in stopped.out, (here / "a").exists()) == (8, True, False), stopped
    refused = runbook("run", "book.yml")
    [run] = os.listdir(here / ".runbook" / "runs")
    assert refused.code == 3
    assert f"Go on with it: runbook resume {run}, or end it: runbook abort {run}" in " ".join(refused.err.split())
    assert runbook("resume", "last").code == 0
    assert (here / "a").exists()
