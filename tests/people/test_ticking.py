"""What a tick does, what people answer, and what is left when a process dies, a file is cut, two come at once."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters import outbox
from runbook_lang.adapters.incident import NAME, IncidentFile, glance, read_incident
from runbook_lang.adapters.notifiers.contract import Answer
from runbook_lang.api.escalations import Ticker, Who, acknowledge, escalations_of, is_ticked, listed, resolve
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.people.calendar import MINUTE_US
from tests.executors.web import Web
from tests.people.desk import POLICY, Desk
from tests.people.test_notifiers import SILENCE_S, silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    for path, status in (("/slack", 200), ("/hook", 204), ("/v2/enqueue", 202)):
        server.answers[path] = (status, {}, b"ok")
    yield server
    server.stop()


@pytest.fixture
def desk(tmp_path: Path, web: Web) -> Desk:
    return Desk(tmp_path, environ(web))


def environ(web: Web) -> dict[str, str]:
    return {
        "RUNBOOK_SLACK": web.url("/slack"),
        "RUNBOOK_WEBHOOK_HOOK": web.url("/hook"),
        "RUNBOOK_PAGER": KEY,
        "RUNBOOK_PAGER_URL": web.url(""),
        "RUNBOOK_NOTIFY_TIMEOUT": "2",
    }


def targets(web: Web) -> list[str]:
    return sorted(asked["target"] for asked in web.asked)


def keys(web: Web) -> list[str]:
    return [asked["headers"]["idempotency-key"].partition("/")[2] for asked in web.asked if asked["target"] == "/hook"]


def state(run: Any) -> str:
    return escalations_of(run)[0].state


def test_a_tick_tells_the_first_tier_and_a_later_one_the_next(desk: Desk, web: Web) -> None:
    run = desk.run()
    assert desk.tick() == 2
    assert targets(web) == ["/hook", "/slack"]
    assert desk.tick(29) == 0
    assert desk.tick(1) == 1
    assert targets(web)[-1] == "/v2/enqueue"
    assert escalations_of(run)[0].plan.rungs[escalations_of(run)[0].rung].tier == "ops"


def test_a_tick_at_the_same_moment_tells_nobody_twice(desk: Desk, web: Web) -> None:
    desk.run()
    assert [desk.tick(), desk.tick(), desk.tick()] == [2, 0, 0]


def test_the_same_step_raises_once(desk: Desk) -> None:
    run = desk.run()
    assert not desk.raised(run)
    assert desk.raised(run, step="other")
    assert len(escalations_of(run)) == 2


def test_an_acknowledgement_is_said_to_everybody_who_was_told(desk: Desk, web: Web) -> None:
    run = desk.run()
    desk.tick()
    found = acknowledge(run, Who("ana1", note="looking"), desk.clock)
    assert (found[0].state, found[0].by, found[0].grade) == ("acknowledged", "ana", "claimed")
    assert desk.tick() == 2
    assert json.loads(web.asked[-1]["body"]).get("text", "").find("ana") >= 0
    assert desk.tick(600) == 0
    resolve(run, Who("ben"), desk.clock)
    assert desk.tick() == 2
    assert (state(run), glance(run.path)) == ("resolved", (0, 0))


def test_the_pager_hears_trigger_acknowledge_and_resolve_of_one_key(desk: Desk, web: Web) -> None:
    run = desk.run("P1")
    desk.tick()
    acknowledge(run, Who("ben"), desk.clock)
    desk.tick()
    resolve(run, Who("ben"), desk.clock)
    desk.tick()
    events = [json.loads(asked["body"]) for asked in web.asked]
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert len({event["dedup_key"] for event in events}) == 1


@pytest.mark.parametrize(
    ("who", "words", "code"),
    [
        (Who("eve"), "nobody whom the policy knew", "RB762"),
        (Who("ana1", "eve"), "'eve' is nobody", "RB762"),
        (Who("ana1", "beb"), "'beb' is nobody", "RB762"),
    ],
)
def test_an_unknown_person_acknowledges_nothing(desk: Desk, who: Who, words: str, code: str) -> None:
    run = desk.run()
    with pytest.raises(RunbookError, match=words) as caught:
        acknowledge(run, who, desk.clock)
    assert caught.value.diagnostics[0].code == code
    assert state(run) == "raised"


def test_a_policy_that_changes_meanwhile_changes_nothing(desk: Desk, web: Web) -> None:
    run = desk.run()
    desk.policy = desk.policy.replace(people={}, tiers={})
    assert desk.tick(0) == 2
    assert acknowledge(run, Who("ana1"), desk.clock)[0].by == "ana"


def test_after_a_resolution_nothing_is_acknowledged(desk: Desk) -> None:
    run = desk.run()
    resolve(run, Who("ana1"), desk.clock)
    for work in (acknowledge, resolve):
        with pytest.raises(RunbookError, match="resolved already, by ana"):
            work(run, Who("ben"), desk.clock)


def test_of_two_at_once_the_first_counts(desk: Desk) -> None:
    run = desk.run()
    came: list[str] = []

    def answer(name: str) -> None:
        try:
            came.append(acknowledge(run, Who(name), desk.clock)[0].by)
        except RunbookError as error:
            came.append(error.diagnostics[0].code)

    threads = [threading.Thread(target=answer, args=(name,)) for name in ("ana1", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) in (["RB763", "ana"], ["RB763", "ben"])


def test_a_clock_that_is_set_back_stands_still(desk: Desk) -> None:
    run = desk.run()
    desk.tick()
    desk.clock -= 60 * MINUTE_US
    assert desk.tick() == 0
    assert acknowledge(run, Who("ana1"), desk.clock)[0].state == "acknowledged"
    with open(os.path.join(run.path, NAME), encoding="utf-8") as stream:
        stamps = [json.loads(line)["at"] for line in stream]
    assert stamps == sorted(stamps)


def test_a_slack_that_is_down_is_tried_again_and_said(desk: Desk, web: Web) -> None:
    web.answers["/slack"] = (500, {}, b"")
    desk.run()
    assert desk.tick() == 1
    assert desk.said == ["slack #a is tried again: it answered 500; the message goes by webhook hook."]
    web.answers["/slack"] = (200, {}, b"ok")
    assert desk.tick(0.05) == 0
    assert desk.tick(0.05) == 1


def test_retry_after_is_heeded(desk: Desk, web: Web) -> None:
    web.answers["/slack"] = (429, {"Retry-After": "120"}, b"")
    desk.run()
    desk.tick()
    web.answers["/slack"] = (200, {}, b"ok")
    assert desk.tick(1.9) == 0
    assert desk.tick(0.2) == 1


def test_what_will_never_work_is_not_tried_again(desk: Desk, web: Web) -> None:
    web.answers["/slack"] = (400, {}, b"")
    desk.run()
    desk.tick()
    desk.tick(20)
    assert targets(web).count("/slack") == 1


def test_a_failing_channel_is_given_up_in_the_end(desk: Desk, web: Web) -> None:
    web.answers["/slack"] = (500, {}, b"")
    run = desk.run()
    desk.tick()
    acknowledge(run, Who("ana1"), desk.clock)
    for _ in range(60):
        desk.tick(1)
    sent = [asked for asked in web.asked if asked["target"] == "/slack"]
    assert len(sent) == 2 * (len(outbox.BACK_OFF_S) + 1)


def test_when_no_channel_of_a_tier_works_the_next_one_is_told(desk: Desk, web: Web) -> None:
    web.answers["/slack"] = web.answers["/hook"] = (404, {}, b"")
    desk.run()
    assert desk.tick() == 1
    assert targets(web)[-1] == "/v2/enqueue"


def test_a_ticket_that_nobody_was_asked_to_open_tells_nobody(tmp_path: Path, web: Web) -> None:
    """The tier's other channels are down: what is left is a ticket, which somebody would have to open."""
    policy = POLICY.replace("P1: {tiers: [ops]}", "P1: {tiers: [ops, vendor]}").replace(
        "severities:", '  vendor: {notify: [{ticket: "https://example.com"}]}\nseverities:'
    )
    desk = Desk(tmp_path, {}, policy)
    run = desk.run("P1")
    desk.tick()
    one = escalations_of(run)[0]
    assert (one.state, one.why) == ("raised", "no channel worked; all of it is tried again then")
    assert not any("goes by ticket" in text for text in desk.said)
    desk.ticker = Ticker(environ(web), desk.said.append, lambda: desk.clock)
    desk.tick(11)
    assert (escalations_of(run)[0].state, targets(web)) == ("notified", ["/v2/enqueue"])


def slack_texts(web: Web) -> list[str]:
    return [json.loads(asked["body"])["text"] for asked in web.asked if asked["target"] == "/slack"]


def test_too_many_messages_for_one_address_are_named_by_one(desk: Desk, web: Web) -> None:
    """Whichever went out alone: each is named by exactly one message, and each is accounted for."""
    runs = [desk.run(message=f"it is down, number {number}") for number in range(outbox.PER_MINUTE + 5)]
    assert desk.tick() == 2 * len(runs)
    texts = slack_texts(web)
    assert len(texts) == outbox.PER_MINUTE
    assert texts[-1].startswith("*6 messages, too many to send one by one")
    assert sorted(sum(f"[{run.id[-8:]} tell]" in text or f"run {run.id}" in text for text in texts) for run in runs) == [1] * len(runs)
    found = [item for run in runs for item in escalations_of(run)[0].messages.values()]
    assert {item.state for item in found} == {"sent"}
    assert sum(item.why == "in one message with 5 others" for item in found) == 2 * 6
    assert desk.tick(1.1) == 0


def test_when_a_minute_has_no_place_left_they_wait_for_the_next_one_and_go_together(desk: Desk, web: Web) -> None:
    for _ in range(outbox.PER_MINUTE + 5):
        desk.run()
    desk.tick()
    web.asked.clear()
    runs = [desk.run() for _ in range(4)]
    assert desk.tick(0.5) == 0
    assert [glance(run.path)[0] > 0 for run in runs if glance(run.path)] == [True] * 4  # type: ignore[index]  # it is there
    assert desk.tick(0.6) == 8
    assert [text.partition(",")[0] for text in slack_texts(web)] == ["*4 messages"]
    desk.run()
    assert desk.tick() == 2  # alone again
    assert slack_texts(web)[-1].startswith("*P2: it is down*")


def test_a_message_that_names_many_and_does_not_get_out_is_tried_again(desk: Desk, web: Web) -> None:
    for _ in range(outbox.PER_MINUTE + 5):
        desk.run()

    def no_groups(handler: Any) -> None:
        handler.send_response(503 if b"too many" in web.asked[-1]["body"] else 200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    web.answers["/slack"] = no_groups
    assert desk.tick() == outbox.PER_MINUTE - 1 + outbox.PER_MINUTE + 5
    assert [text for text in desk.said if "held back" in text] == [
        "slack #a: 6 messages, held back and sent as one, are tried again: it answered 503."
    ]
    web.answers["/slack"] = (200, {}, b"ok")
    assert desk.tick(1.1) == 6


def test_a_run_that_somebody_writes_to_waits_for_the_next_tick(desk: Desk, web: Web) -> None:
    runs = [desk.run() for _ in range(outbox.PER_MINUTE + 5)]
    drain = desk.ticker._drain  # the lock is taken between the two halves of a tick
    held: list[IncidentFile] = []
    turn = threading.Lock()  # runs are ticked side by side, and one of them is to be held

    def and_hold(run: Any, alone: bool = False) -> Any:
        found = drain(run, alone)
        with turn:
            if found[0].held and not held:
                held.append(IncidentFile.open(run.path))
        return found

    desk.ticker._drain = and_hold  # type: ignore[method-assign]  # see above
    assert desk.tick() == 2 * len(runs) - 2
    held[0].close()
    assert desk.tick(1.1) == 2


def test_the_pager_gets_each_by_itself(desk: Desk, web: Web) -> None:
    policy = POLICY.replace("P2: {tiers: [dev, ops]}", "P2: {tiers: [ops]}")
    from tests.people.policies import made

    desk.policy = made(policy)
    for _ in range(outbox.PER_MINUTE + 5):
        desk.run()
    assert desk.tick() == outbox.PER_MINUTE
    assert desk.tick(1.1) == 5
    assert len({json.loads(asked["body"])["dedup_key"] for asked in web.asked}) == outbox.PER_MINUTE + 5


def test_nothing_holds_a_p1_back(desk: Desk, web: Web) -> None:
    for _ in range(outbox.PER_MINUTE + 5):
        desk.run("P1")
    assert desk.tick() == outbox.PER_MINUTE + 5


def test_a_server_that_says_nothing_does_not_stop_the_others(tmp_path: Path, web: Web) -> None:
    desk = Desk(tmp_path, {**environ(web), "RUNBOOK_NOTIFY_TIMEOUT": "2"})
    web.answers["/slack"] = silent(web)
    for _ in range(20):
        desk.run()
    began = time.monotonic()
    assert desk.tick() == 20
    assert time.monotonic() - began < SILENCE_S / 2


def test_own_templates_and_one_that_is_wrong(tmp_path: Path, web: Web) -> None:
    from runbook_lang.api.escalations import Raise, raise_escalation

    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "told.txt.j2").write_text("Ojo: {{ summary }}\nruna {{ run }}")
    (tmp_path / "texts" / "resolved.txt.j2").write_text("{{ nothing.here }}")
    desk = Desk(tmp_path, environ(web), POLICY.replace("people:", "language: es\ntemplates: texts\npeople:", 1))
    run = desk.store.create_run()
    raise_escalation(run, desk.policy, Raise("a", "P2", "", "se cayó", "book", "ana1"), str(tmp_path), desk.clock)
    desk.tick()
    assert json.loads(next(asked["body"] for asked in web.asked if asked["target"] == "/slack"))["text"].startswith("*Ojo: se cayó*\nruna ")
    resolve(run, Who("ana1"), desk.clock)
    assert desk.tick() == 2
    assert any("Resuelto por ana" in asked["body"].decode() for asked in web.asked)
    assert "resolved.txt.j2 can't be used (UndefinedError" in desk.said[0]


def test_a_tick_says_that_it_was_there(desk: Desk) -> None:
    desk.run()
    assert not is_ticked(desk.store, desk.clock)
    desk.tick()
    assert is_ticked(desk.store, desk.clock + 9 * MINUTE_US)
    assert not is_ticked(desk.store, desk.clock + 11 * MINUTE_US)


def test_the_list_holds_what_is_open(desk: Desk) -> None:
    first, second = desk.run(), desk.run("P1")
    resolve(first, Who("ana1"), desk.clock)
    assert [one.run for one in listed([desk.store])[0]] == [second.id]
    assert len(listed([desk.store], everything=True)[0]) == 2


# --- crashes, cuts, other hands ----------------------------------------------------------------------------------------


class Killing:
    """A notifier that dies while it sends: the message has gone out, and nothing was written down."""

    name = "webhook"

    def send(self, notice: Any, settings: Any) -> Answer:
        from runbook_lang.adapters.notifiers.webhook import NOTIFIER

        NOTIFIER.send(notice, settings)
        os.kill(os.getpid(), signal.SIGKILL)
        return Answer(ok=True)


def _tick_and_die(root: str, environ: dict[str, str], now: int) -> None:
    from runbook_lang.adapters.store import Store

    outbox.notifier = lambda name, to="": Killing()  # type: ignore[assignment]  # a process of its own
    Ticker(environ, lambda text: None, lambda: now).tick([Store(root)])


def test_after_crashes_a_message_is_sent_twice_at_most_and_with_the_same_key(tmp_path: Path, web: Web) -> None:
    desk = Desk(tmp_path, environ(web), POLICY.replace('{slack: "#a"}, ', ""))
    run = desk.run()
    for _ in range(2):
        child = multiprocessing.get_context("fork").Process(target=_tick_and_die, args=(desk.store.root, desk.environ, desk.clock))
        child.start()
        child.join()
    assert keys(web) == ["tell#1", "tell#1"]
    desk.tick()
    assert keys(web) == ["tell#1", "tell#1"]
    found = escalations_of(run)[0]
    assert "it may have arrived" in next(iter(found.messages.values())).why
    assert targets(web)[-1] == "/v2/enqueue"


def test_after_one_crash_it_is_sent_once_more(tmp_path: Path, web: Web) -> None:
    desk = Desk(tmp_path, environ(web), POLICY.replace('{slack: "#a"}, ', ""))
    desk.run()
    child = multiprocessing.get_context("fork").Process(target=_tick_and_die, args=(desk.store.root, desk.environ, desk.clock))
    child.start()
    child.join()
    assert desk.tick() == 1
    assert keys(web) == ["tell#1", "tell#1"]


def test_a_torn_line_is_set_aside(desk: Desk) -> None:
    run = desk.run()
    path = os.path.join(run.path, NAME)
    with open(path, "ab") as stream:
        stream.write(b'{"at":"2026-')
    assert desk.tick() == 2
    assert len([name for name in os.listdir(run.path) if "torn" in name]) == 1


def test_a_file_cut_anywhere_loses_no_whole_line(desk: Desk) -> None:
    run = desk.run()
    desk.tick()
    path = os.path.join(run.path, NAME)
    with open(path, "rb") as stream:
        whole = stream.read()
    for size in range(0, len(whole), 97):
        with open(path, "wb") as stream:
            stream.write(whole[:size])
        with IncidentFile.open(run.path) as file:
            assert file.incident.seq == whole[:size].count(b"\n")


def test_every_changed_byte_is_found(desk: Desk) -> None:
    run = desk.run()
    desk.tick()
    path = os.path.join(run.path, NAME)
    with open(path, "rb") as stream:
        whole = bytearray(stream.read())
    for place in range(0, len(whole), 211):
        changed = bytearray(whole)
        changed[place] ^= 1
        if changed[place] == 10 or whole[place] == 10:
            continue
        with open(path, "wb") as stream:
            stream.write(changed)
        with pytest.raises(RunbookError, match=r"line \d+"):
            read_incident(run.path)


def test_a_damaged_file_is_reported_and_the_others_are_ticked(desk: Desk) -> None:
    bad, _ = desk.run(), desk.run()
    with open(os.path.join(bad.path, NAME), "ab") as stream:
        stream.write(b"nonsense\n")
    ticked = desk.ticker.tick([desk.store])
    assert (ticked.counts.sent, len(ticked.problems)) == (2, 1)


def test_one_process_writes_at_a_time(desk: Desk) -> None:
    run = desk.run()
    with IncidentFile.open(run.path), pytest.raises(RunbookError, match="held by another process"):
        IncidentFile.open(run.path, patience=0.05)


def test_a_run_without_escalations(desk: Desk) -> None:
    run = desk.store.create_run()
    with pytest.raises(RunbookError, match="No escalation was raised"):
        acknowledge(run, Who("ana1"), desk.clock)
    assert (glance(run.path), escalations_of(run)) == (None, ())
