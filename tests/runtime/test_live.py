"""The live driver: what it records, what it takes from people and other processes, and how it stops."""

from __future__ import annotations

import errno
import threading
import time
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.terminal_story import Story
from runbook_lang.base.diagnostics import RunbookError, fail
from runbook_lang.expr.tagged import dumps
from runbook_lang.machine.events import ActEnded, ActLost, ActStarted, CancelAsked, RunClosed, RunResumed
from runbook_lang.machine.moves import Await
from runbook_lang.machine.opening import open_moves
from runbook_lang.runtime.live import LiveDriver
from runbook_lang.runtime.ports import Outcome
from runbook_lang.runtime.replay import Replay, replay
from tests.runtime.fakes import FAILED, OK, Attempt, Table

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = "runbook: x\nsteps: [{id: a, shell: touch a}, {id: b, shell: touch b}]\n"
SIDE = "runbook: x\nsteps: [{id: p, parallel: [{id: a, shell: touch a}, {id: r, shell: cat r}]}, {id: z, shell: touch z}]\n"
KILLED = Outcome(False, "unknown", "killed", "it was ended")


def until_told(outcome: Outcome = KILLED) -> Callable[[Attempt], Outcome]:
    def end(attempt: Attempt) -> Outcome:
        assert attempt.cancel.raised.wait(10), f"nobody told {attempt.id} to end"
        return outcome

    return end


def test_a_run_goes_to_its_end() -> None:
    table = Table(ONE)
    assert table.run().phase == "closed"
    assert table.world.ran == ["a#1/main", "b#1/main"]
    assert table.exit == 0
    assert replay(table.program, table.journal.events).finding is None


def test_intent_comes_before_the_attempt_and_its_end_after_it() -> None:
    table = Table(ONE, {"a": lambda attempt: OK if isinstance(table.journal.events[-1], ActStarted) else FAILED})
    assert table.run().closed == table.journal.events[-1].outcome  # type: ignore[attr-defined]  # a stand-in, or the kind of event is known
    assert table.exit == 0


def test_an_executor_that_raises_leaves_its_change_in_doubt() -> None:
    def broken(attempt: Attempt) -> Outcome:
        raise ZeroDivisionError

    table = Table(ONE, {"a": broken})
    table.run()
    end = next(event for event in table.journal.events if isinstance(event, ActEnded))
    assert (end.ok, end.applied, end.kind, end.message) == (False, "unknown", "killed", "the executor failed: ZeroDivisionError")
    assert table.journal.events[-1].needs == ["a: doubt"]  # type: ignore[attr-defined]  # the kind of event is known


def test_an_attempt_that_cannot_be_made_was_not_applied() -> None:
    table = Table(ONE, {"a": OSError(errno.EMFILE, "Too many open files")})
    table.run()
    end = next(event for event in table.journal.events if isinstance(event, ActEnded))
    assert (end.applied, end.message) == ("no", "it could not be started: Too many open files")
    assert table.world.ran == []


def test_a_result_that_cannot_be_kept_is_a_failed_attempt() -> None:
    table = Table(ONE, {"a": Outcome(True, value={"exit": object()})})
    table.run()
    end = next(event for event in table.journal.events if isinstance(event, ActEnded))
    assert (end.ok, end.applied, end.value) == (False, "yes", "{}")


# ---- people ----------------------------------------------------------------------------------------------------------

ASK = "runbook: x\nsteps: [{id: q, ask: {answer: how many, type: int}}]\n"
TWO = "runbook: x\nsteps: [{id: a, approve: {text: sure?, count: 2}, shell: touch a}]\n"


def test_nobody_answers_and_the_run_pauses() -> None:
    table = Table(ASK)
    table.run()
    assert (table.pause.why, table.pause.needs) == ("needs", ["q: answer"])
    assert table.world.questions == ["q: answer"]


def test_an_answer_that_the_rules_do_not_take_is_said_and_asked_once() -> None:
    table = Table(ASK)
    table.world.answers = [{"by": "ana", "value": dumps("three")}, {"by": "ana", "value": dumps(3)}]
    table.run()
    assert [message["path"] for message in table.world.stray] == ["q"]
    assert table.pause.needs == ["q: answer"]
    assert table.again().phase == "closed"


def test_the_person_at_the_terminal_approves_once_and_the_other_one_from_elsewhere() -> None:
    table = Table(TWO)
    table.world.answers = [{"by": "ana", "verdict": "approved"}, {"by": "ana", "verdict": "approved"}]
    table.run()
    assert table.world.questions == ["a: approval"]
    assert table.pause.needs == ["a: approval"]
    table.world.answers = []
    table.world.mail = [{"kind": "approve", "path": "a", "by": "eva", "verdict": "approved"}]
    table.again()
    assert table.exit == 0
    assert table.world.mail == []


MAIL: list[dict[str, Any]] = [
    {},
    {"path": 3, "by": "ana", "kind": "answer"},
    {"path": "q", "kind": "answer", "value": "3"},
    {"path": "q", "by": "", "kind": "answer", "value": "3"},
    {"path": "q", "by": "probe", "kind": "answer", "value": "3"},
    {"path": "elsewhere", "by": "ana", "kind": "answer", "value": "3"},
    {"path": "q", "by": "ana", "kind": "answer", "value": dumps("x")},
    {"path": "q", "by": "ana", "kind": "answer", "value": "{"},
    {"path": "q", "by": "ana", "kind": "answer", "value": 3},
    {"path": "q", "by": "ana", "kind": "settle", "applied": "yes"},
    {"path": "q", "by": "ana", "kind": "retry"},
    {"path": "q", "by": "ana", "kind": "answer", "value": "3", "bind": "other"},
    {"path": "q", "by": "ana", "kind": "sing"},
]


@pytest.mark.parametrize("message", MAIL)
def test_mail_that_fits_nothing_is_set_aside_and_does_no_harm(message: dict[str, Any]) -> None:
    table = Table(ASK)
    table.world.mail = [message, {"path": "q", "by": "eva", "kind": "answer", "value": dumps(3)}]
    table.run()
    assert table.world.stray == [message]
    assert table.exit == 0
    assert table.world.gone == [message, {"path": "q", "by": "eva", "kind": "answer", "value": dumps(3)}]


@pytest.mark.parametrize(("late", "state"), [(-1, "done"), (0, "done"), (1, "failed")])
@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("ask: {answer: how many, type: int, within: 1h}", {"kind": "answer", "value": dumps(3)}),
        ("ask: {do: it, within: 1h}", {"kind": "answer", "verdict": "approved"}),
        ("ask: {approve: sure?, within: 1h}", {"kind": "approve", "verdict": "approved"}),
        ("shell: touch q, approve: {text: sure?, within: 1h}", {"kind": "approve", "verdict": "approved"}),
    ],
)
def test_what_was_given_in_time_counts_however_late_the_run_takes_it(late: int, state: str, step: str, message: dict[str, Any]) -> None:
    table = Table(f"runbook: x\nsteps: [{{id: q, {step}}}]\n")
    table.run()
    (wait,) = open_moves(table.program, table.recorder.state)
    assert isinstance(wait, Await)
    table.world.mail = [{"path": "q", "by": "eva", "given": wait.deadline + late, **message}]
    table.recorder.clock.time = wait.deadline + 5_000_000  # type: ignore[attr-defined]  # a stand-in that leaps
    table.recorder.record(RunResumed, operator="ana", down_us=0)
    table.again()
    assert table.exit == (0 if state == "done" else 3)
    assert len(table.world.stray) == (0 if state == "done" else 1)


@pytest.mark.parametrize("applied", ["yes", "no"])
def test_a_doubt_is_settled_by_mail(applied: str) -> None:
    table = Table("runbook: x\nsteps: [{id: a, shell: touch a}]\n", {"a": Outcome(False, "unknown", "timeout", "too long")})
    table.world.mail = [{"path": "a", "by": "eva", "kind": "settle", "applied": applied}]
    table.run()
    assert table.exit == (0 if applied == "yes" else 1)


# ---- what the operator assumes ---------------------------------------------------------------------------------------


def test_an_assumption_is_used_once_where_the_probe_does_not_know() -> None:
    text = "runbook: x\nsteps: [{id: a, shell: touch a, retry: {times: 2, every: 1ms}}]\n"
    table = Table(text, {"a": Outcome(False, "unknown", "timeout", "too long")}, assumed={"a#1/main": "no"}, by="ana")
    table.run()
    assert table.world.ran == ["a#1/main", "a#2/main"]
    assert table.pause.needs == ["a: doubt"]


def told_of(table: Table, path: str) -> list[tuple[str, str]]:
    """What a person who watches is told of a step: word and text of each line."""
    story, fold = Story(table.program, details=False), Replay(table.program)
    lines = []
    for event in table.journal.events:
        assert fold.take(event) is None
        lines += story.see(event, fold.state)
    return [(line.word, line.text) for line in lines if line.path == path]


# ---- cancel ----------------------------------------------------------------------------------------------------------


def test_a_cancel_that_comes_while_nothing_runs_is_heeded_before_the_next_step() -> None:
    table = Table(ONE)
    table.driver.cancel(1, "ana")
    table.run()
    assert table.world.ran == []
    assert (table.pause.why, table.pause.needs) == ("cancelled", [])


def test_a_cancel_between_two_steps_starts_no_second_one() -> None:
    table = Table(ONE, {"a": lambda attempt: (table.driver.wish, setattr(table.driver, "wish", (1, "ana")))[0] and OK})
    table.run()
    assert table.world.ran == ["a#1/main"]
    assert table.pause.why == "cancelled"


def test_a_cancel_inside_of_an_attempt_ends_a_read_at_once() -> None:
    def press(attempt: Attempt) -> Outcome:
        table.driver.cancel(1, "ana")
        return KILLED if attempt.cancel.level == 1 else OK

    table = Table("runbook: x\nsteps: [{id: r, shell: cat r}]\n", {"r": press})
    table.run()
    assert table.pause.why == "cancelled"
    kinds = [type(event) for event in table.journal.events]
    assert kinds.index(CancelAsked) < kinds.index(ActEnded)
    assert told_of(table, "r") == [("cut short", "before its end; it starts again when the run goes on")]
    table.world.ends["r"] = OK
    table.recorder.record(RunResumed, operator="ana", down_us=0)
    table.again()
    assert table.world.ran == ["r#1/main", "r#2/main"]


def test_a_cancel_awaits_a_change_and_ends_a_read_beside_it() -> None:
    def slow(attempt: Attempt) -> Outcome:
        time.sleep(0.1)
        return OK if attempt.cancel.level == 0 else KILLED

    table = Table(SIDE, {"a": slow, "r": until_told()})
    timer = threading.Timer(0.03, lambda: table.driver.cancel(1, "ana"))
    timer.start()
    table.run()
    timer.join()
    ends = {event.id: event.ok for event in table.journal.events if isinstance(event, ActEnded)}
    assert ends == {"a#1/main": True, "r#1/main": False}
    assert table.pause.why == "cancelled"


def test_a_second_cancel_ends_the_change_too_and_leaves_a_doubt() -> None:
    table = Table(SIDE, {"a": until_told(), "r": until_told()})
    timers = [threading.Timer(0.03 * level, table.driver.cancel, (level, "ana")) for level in (1, 2)]
    for timer in timers:
        timer.start()
    table.run()
    for timer in timers:
        timer.join()
    assert table.pause.why == "cancelled"
    table.world.ends["r"] = OK
    table.recorder.record(RunResumed, operator="ana", down_us=0)
    table.again()
    assert table.pause.needs == ["a: doubt"]


# ---- pauses, and a journal that is gone ------------------------------------------------------------------------------


def test_until_pauses_only_when_what_runs_is_over() -> None:
    def slow(attempt: Attempt) -> Outcome:
        time.sleep(0.05)
        return OK

    text = "runbook: x\nsteps: [{id: p, parallel: {branches: {a: [{id: a, shell: touch a}], b: [{id: b, shell: touch b}]}}}]\n"
    table = Table(text, {"a": slow}, until="b")
    table.run()
    assert table.world.ran == ["a#1/main"]
    assert (table.pause.why, table.pause.needs) == ("until", ["b"])
    assert not table.driver.running
    assert isinstance(table.journal.events[-2], ActEnded)


def test_until_an_undo_is_that_step_and_not_the_one_that_it_undoes() -> None:
    text = "runbook: x\nsteps: [{id: a, when: 1 == 2, shell: touch a}, {id: b, shell: touch b, undo: {shell: rm b}}, {id: u, undo: [b]}]\n"
    for until, ran in (("u", ["b#1/main"]), ("b", []), ("a", ["b#1/main", "b#1/undo"])):
        table = Table(text, until=until)
        table.run()
        assert (table.world.ran, table.driver.until) == (ran, "a" if until == "a" else "")


def test_a_full_disk_starts_nothing_new() -> None:
    def fill(attempt: Attempt) -> Outcome:
        table.journal.tight = True
        return OK

    table = Table(ONE, {"a": fill})
    table.run()
    assert table.world.ran == ["a#1/main"]
    assert table.pause.why == "full disk"


def broken_after(table: Table, lines: int) -> None:
    real = table.journal.append

    class Broken:
        tight = False

        def append(self, event: Any, *, flush: bool = True) -> Any:
            if len(table.journal.events) >= lines:
                raise fail("RB602", "The journal can't be written.")
            return real(event, flush=flush)

    table.recorder.journal = Broken()  # type: ignore[assignment]  # a stand-in, or the kind of event is known


def test_what_cannot_be_written_down_is_not_run() -> None:
    table = Table(ONE)
    broken_after(table, 1)
    with pytest.raises(RunbookError) as caught:
        table.run()
    assert caught.value.diagnostics[0].code == "RB602"
    assert table.world.ran == []


def test_when_the_journal_is_gone_what_runs_is_told_to_end_and_waited_for() -> None:
    ended: list[str] = []

    def end(attempt: Attempt) -> Outcome:
        outcome = until_told()(attempt)
        time.sleep(0.05)
        ended.append(attempt.id)
        return outcome

    text = "runbook: x\nsteps: [{id: p, parallel: [{id: a, shell: touch a}, {id: b, shell: touch b}, {id: c, shell: touch c}]}]\n"
    table = Table(text, {"a": end, "b": end})
    broken_after(table, 4)
    with pytest.raises(RunbookError):
        table.run()
    assert sorted(ended) == ["a#1/main", "b#1/main"]


def test_a_cancel_that_cannot_be_written_down_ends_the_attempt_all_the_same() -> None:
    def press(attempt: Attempt) -> Outcome:
        broken_after(table, 0)
        table.driver.cancel(1, "ana")
        return until_told()(attempt)

    table = Table(ONE, {"a": press})
    with pytest.raises(RunbookError):
        table.run()
    assert table.world.ran == ["a#1/main"]


# ---- children of the last process ------------------------------------------------------------------------------------


def cut(table: Table) -> None:
    """The process died while the first step ran."""
    (move,) = (move for move in _moves(table) if type(move).__name__ == "Start")
    table.recorder.record(ActStarted, id=move.id, argv=move.request.shown(), argv_digest=move.digest)
    table.recorder.record(RunResumed, operator="ana", down_us=5)


def _moves(table: Table) -> Any:
    from runbook_lang.machine.opening import open_moves

    return open_moves(table.program, table.recorder.state)


@pytest.mark.parametrize(("shell", "word"), [("touch a", "awaited"), ("cat a", "ended")])
def test_a_child_of_the_last_process_is_awaited_or_ended_before_anything_starts(shell: str, word: str) -> None:
    table = Table(f"runbook: x\nsteps: [{{id: a, shell: {shell}}}, {{id: b, shell: touch b}}]\n")
    cut(table)
    table.world.orphans = {"a#1/main": 4711}
    table.driver.answers.assumed = {"a#1/main": "yes"}
    table.run()
    assert table.world.told == [f"{word} a#1/main"]
    assert table.exit == 0
    assert table.world.ran == (["b#1/main"] if word == "awaited" else ["a#2/main", "b#1/main"])


def test_a_child_that_nobody_wanted_to_wait_for_pauses_the_run() -> None:
    table = Table(ONE)
    cut(table)
    table.world.orphans = {"a#1/main": 4711}
    table.world.await_orphan = lambda *args, **more: False  # type: ignore[method-assign]  # a stand-in, or the kind of event is known
    table.run()
    assert (table.pause.why, table.pause.needs) == ("orphan", ["a#1/main"])
    assert table.world.ran == []


@pytest.mark.parametrize(
    ("shell", "reachable", "assumed", "ran"),
    [
        ("touch a", True, {}, None),
        ("touch a", False, {}, None),
        ("touch a", False, {"a#1/main": "no"}, ["a#2/main"]),
        ("cat a", False, {}, ["a#2/main"]),
    ],
)
def test_what_may_go_on_on_another_host_is_seen_out_or_nothing_is_started_beside_it(
    shell: str, reachable: bool, assumed: dict[str, str], ran: list[str] | None
) -> None:
    table = Table(f"runbook: x\nsteps: [{{id: a, on: box, shell: {shell}}}]\n")
    cut(table)
    table.world.reachable = reachable
    table.driver.answers.assumed = assumed
    table.run()
    assert table.world.told == [f"{'ended' if shell == 'cat a' else 'awaited'} a#1/main on box"]
    assert table.world.ran == (ran or [])
    if ran is None:
        assert (table.pause.why, table.pause.needs) == (("needs", ["a: doubt"]) if reachable else ("orphan", ["a#1/main"]))


def test_a_cancel_while_waiting_for_a_child_stops_the_run_after_it() -> None:
    table = Table("runbook: x\nsteps: [{id: a, shell: cat a}]\n")
    cut(table)
    table.world.orphans = {"a#1/main": 4711}

    def wait(id_: str, pid: int, end: bool, interrupted: Callable[[], int]) -> bool:
        assert interrupted() == 0
        table.driver.cancel(1, "ana")
        assert interrupted() == 1
        assert type(table.journal.events[-1]) is CancelAsked  # it is on the record before anything is made of it
        return True

    table.world.await_orphan = wait  # type: ignore[method-assign]  # a stand-in, or the kind of event is known
    table.run()
    assert type(table.journal.events[-2]) is ActLost
    assert table.pause.why == "cancelled"
    assert table.world.ran == []


def test_a_closed_run_has_closed_with_its_outcome() -> None:
    table = Table("runbook: x\nsteps: [{id: a, stop: failed}]\n")
    table.run()
    last = table.journal.events[-1]
    assert isinstance(last, RunClosed)
    assert last.outcome["exit"] == 1


def test_a_wait_that_is_over_while_it_begins_does_not_last_for_ever() -> None:
    """Of a fresh queue each time: only its first wait is in danger."""
    for _ in range(50_000):
        with pytest.raises(Empty):
            LiveDriver._message(SimpleNamespace(messages=SimpleQueue()), 1e-6)  # type: ignore[arg-type]  # all of a driver that it looks at
