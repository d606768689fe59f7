"""Journals that are true to the chain and the key, and tell what the runbook never allowed: each is named with its line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.keys import Key, Signer
from tests.audit.conftest import RUNBOOK, Made, Place, failed, verdict, verdicts
from tests.audit.forging import bodies, change, forge, index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.audit.forging import Body


def departed(made: Made) -> tuple[str, str]:
    """(the step, what is said) of the one verdict that fails."""
    audit = made.place.verify(made.run)
    assert [(one.name, one.exit) for one in failed(audit)] == [("conformance", 24)], audit
    found = verdict(audit, "conformance")
    assert found.line > 1
    assert f"line {found.line}" in found.reason
    return found.step, found.reason


def test_a_journal_that_is_only_signed_anew_conforms(signed: Made) -> None:
    forge(signed, bodies(signed))
    assert verdicts(signed.place.verify(signed.run))["conformance"] == "pass"
    assert signed.place.verify(signed.run).exit == 0


def attempt(events: list[Body], step: str) -> list[Body]:
    """The lines of a step's attempt."""
    begin, end = index(events, "act.started", step), index(events, "act.ended", step)
    return events[begin : end + 1]


def guard_false(events: list[Body]) -> None:
    """What the guard looks at said something else, and the step ran all the same."""
    ended = events[index(events, "act.ended", "look")]
    ended["value"] = ended["value"].replace("hello", "bye")


def guard_false_and_noted(events: list[Body]) -> list[Body]:
    """The same, with the note that the rules derive."""
    guard_false(events)
    at = index(events, "act.started", "deploy")
    note = {
        "type": "note",
        "path": "deploy",
        "what": "refused",
        "text": 'guard is false: look.stdout == "hello\\n"',
        "at": events[at]["at"],
    }
    return [*events[:at], note, *events[at:]]


def out_of_order(events: list[Body]) -> list[Body]:
    moved = attempt(events, "deploy")
    rest = [body for body in events if body not in moved]
    at = index(rest, "act.started", "long")
    return [*rest[:at], *[{**body, "at": rest[at]["at"]} for body in moved], *rest[at:]]


def twice(events: list[Body]) -> list[Body]:
    at = index(events, "note", "deploy") + 1
    again = [{**body, "at": events[at]["at"]} for body in attempt(events, "deploy")]
    return [*events[:at], *again, *events[at:]]


def at_once_twice(events: list[Body]) -> list[Body]:
    at = index(events, "act.started", "deploy")
    return [*events[: at + 1], {**events[at], "id": "deploy#2/main"}, *events[at + 1 :]]


def without_approval(events: list[Body]) -> list[Body]:
    return [body for body in events if body["type"] != "need.met"]


def refused(events: list[Body]) -> None:
    events[index(events, "need.met", "drop")]["verdict"] = "refused"


def approved_for_other_words(events: list[Body]) -> None:
    events[index(events, "need.met", "drop")]["bind"] = "0" * 64


def other_words(events: list[Body]) -> None:
    """Only the words that people read; the digest is still that of the right ones."""
    events[index(events, "act.started", "deploy")]["argv"] = ["/bin/echo", "something", "harmless"]


def other_digest(events: list[Body]) -> None:
    started = events[index(events, "act.started", "deploy")]
    started["argv"], started["argv_digest"] = ["/bin/rm", "-rf", "/"], "0" * 64


def skipped_step(events: list[Body]) -> list[Body]:
    at = index(events, "note", "never") + 1
    model = [{**body, "at": events[at]["at"]} for body in attempt(events, "deploy")]
    for body in model:
        body["id"] = "never#1/main"
    return [*events[:at], *model, *events[at:]]


def unknown_step(events: list[Body]) -> list[Body]:
    at = index(events, "act.started", "drop")
    return [*events[:at], {**events[at], "id": "format_disk#1/main"}, *events[at:]]


def left_out(events: list[Body]) -> list[Body]:
    gone = attempt(events, "long")
    return [body for body in events if body not in gone]


def outcome(events: list[Body]) -> None:
    events[index(events, "run.closed")]["outcome"]["result"] = "failed"


def early_end(events: list[Body]) -> list[Body]:
    return [*events[: index(events, "act.started", "drop")], events[-1]]


def note_gone(events: list[Body]) -> list[Body]:
    return [body for body in events if body["type"] != "note" or body["path"] != "deploy"]


def note_changed(events: list[Body]) -> None:
    events[index(events, "note", "never")]["text"] = "nobody wanted it"


def failed_but_went_on(events: list[Body]) -> None:
    events[index(events, "act.ended", "deploy")].update(ok=False, kind="exit", applied="no")


def opened_twice(events: list[Body]) -> list[Body]:
    return [events[0], *events]


@pytest.mark.parametrize(
    ("edit", "step", "words"),
    [
        (guard_false, "deploy", "though its guard is false"),
        (guard_false_and_noted, "deploy", "though its guard is false: look.stdout"),
        (out_of_order, "deploy", "out of order: long came first"),
        (twice, "deploy", "a second time: it had ended on line"),
        (at_once_twice, "deploy", "twice at once: attempt 1"),
        (without_approval, "drop", "without its approval (0 of 1 given)"),
        (refused, "drop", ""),
        (approved_for_other_words, "drop", ""),
        (other_words, "deploy", "with other words: the runbook gives `/bin/echo deploying hello`"),
        (other_digest, "deploy", "here stand `/bin/rm -rf /`"),
        (skipped_step, "never", "though it was skipped: look.exit == 7 is false"),
        (unknown_step, "format_disk", "the runbook has no such step"),
        (left_out, "deploy", "out of order: long came first"),
        (outcome, "", "outcome"),
        (early_end, "", "not ready to close"),
        (note_gone, "drop", "notes that the rules derive"),
        (note_changed, "never", "note"),
        (failed_but_went_on, "deploy", ""),
        (opened_twice, "", "opened once"),
    ],
)
def test_a_forged_journal_is_named_with_its_line(
    signed: Made, edit: Callable[[list[Body]], list[Body] | None], step: str, words: str
) -> None:
    change(signed, edit)
    found_step, reason = departed(signed)
    assert found_step == step
    assert words in reason


POLICY = """\
zone: UTC
windows: {night: {hours: "mon-sun 02:00-04:00"}}
"""
IN_A_WINDOW = RUNBOOK.replace("title: Deploy an app\n", "title: Deploy an app\npolicy: policy.yml\nwindow: night\n")


def at_hour(events: list[Body], hour: str, begin: int = 0) -> None:
    for number, body in enumerate(events[begin:], begin):
        body["at"] = f"2026-03-04T{hour}:00.{number:06d}Z"  # a run may have gone on into the next second


def test_a_change_outside_of_its_window_is_named(tmp_path: Path) -> None:
    """The journal of a run at night, told as one of the morning; and one whose change started long after the window was shut."""
    place = Place(tmp_path)
    place.ring.new("ops")
    (place.library / "policy.yml").write_text(POLICY)
    plain = bodies(Made(place, place.run(RUNBOOK).run))
    made = Made(place, place.run(IN_A_WINDOW, until="look").run)
    opened = bodies(made)[0]
    events: list[Any] = [{**plain[0], **{name: opened[name] for name in ("program", "plan", "run", "runbook")}}, *plain[1:]]
    key = place.ring.keys[0]

    def told(*changes: tuple[str, int]) -> None:
        for hour, begin in changes:
            at_hour(events, hour, begin)
        # The key signs moments of the past here.
        ring = place.ring
        ring.keys[0] = key.replace(since="")
        ring._save()
        forge(made, events)

    told(("03:00", 0))
    assert made.place.verify(made.run).exit == 0, made.place.verify(made.run)
    told(("05:00", 0))
    assert "outside of its window night" in departed(made)[1]
    told(("03:59", 0), ("04:30", index(events, "act.started", "deploy")))
    assert "after its window night was shut" in departed(made)[1]


def test_the_program_in_the_folder_must_be_the_recorded_one(signed: Made) -> None:
    folder = os.path.join(signed.run.path, "program")
    name = next(name for name in sorted(os.listdir(folder)) if name.endswith(".yml"))
    with open(os.path.join(folder, name), "a") as stream:
        stream.write("# harmless\n")
    found = verdict(signed.place.verify(signed.run), "conformance")
    assert (found.status, "kept" in found.reason) == ("fail", True)


def test_a_journal_of_other_rules_says_so_with_an_exit_of_its_own(signed: Made) -> None:
    def newer(events: list[Body]) -> None:
        events[0]["rules"] = 99

    change(signed, newer)
    audit = signed.place.verify(signed.run)
    assert (audit.exit, "newer version" in verdict(audit, "conformance").reason) == (29, True)


def test_a_signer_is_all_that_forging_takes(signed: Made) -> None:
    """What the forgeries rest on: the key is there, and it is the one that the place trusts."""
    signer = signed.place.ring.signer(signed.place.environ)
    assert isinstance(signer, Signer)
    assert isinstance(signer.key, Key)
    assert signer.key == signed.place.ring.keys[0]
