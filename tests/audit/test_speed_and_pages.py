"""What the pages promise: codes, keys, memory and time for each event."""

from __future__ import annotations

import os
import re
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_lang.adapters.lines import FIRST_PREV, encode_body
from runbook_lang.adapters.store import RunFolder
from runbook_lang.api import audit_place
from runbook_lang.api.audit import Wanted, verify
from runbook_lang.api.report import report
from runbook_lang.api.verdicts import EXITS
from runbook_lang.machine.outcome import EXIT_CODES
from tests.audit.conftest import verdicts

if TYPE_CHECKING:
    import pytest

    from tests.audit.conftest import Made

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "audit.md").read_text(encoding="utf-8")


def test_the_page_lists_every_exit_code_and_none_is_that_of_a_run() -> None:
    table = PAGE.partition("### Exit codes")[2].partition("## What is found")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == list(EXITS)
    assert not EXITS.keys() & EXIT_CODES.keys()


def test_the_page_lists_every_key_of_a_report(signed: Made) -> None:
    table = PAGE.partition("## Reports")[2].partition("## Pruning")[0]
    named = set(re.findall(r"\w+", " ".join(re.findall("`([^`]*)`", table)))) | set(re.findall(r"\w+", table.partition("`kind`")[0]))
    document = report(signed.run)
    keys = set(document) | {key for one in document["steps"] for key in one} | {key for one in document["people"] for key in one}
    keys |= {key for one in document["steps"] for bar in one["bars"] for key in bar}
    assert keys - named == set()


def test_a_long_journal_takes_little_time_and_hardly_any_memory(tmp_path: Path) -> None:
    """A million events within 10 s of CPU and 100 MB, on a part of them; the time with room for a busy machine."""
    count, prev, at = 20_000, FIRST_PREV, "2026-03-04T05:06:07.000000Z"
    opened = {"type": "run.opened", "run": "x", "rules": 1, "mode": "live", "runbook": "x", "program": "", "plan": "", "inputs": "{}"}
    bodies = [{**opened, "secret_names": [], "operator": "ada", "host": "h"}]
    out = [["ac" * 32, 16, "deploying hello\n", "stdout"]]
    for number in range(count // 2):
        id_ = f"loop[{number}]/go#1/main"
        bodies.append({"type": "act.started", "id": id_, "argv": ["/bin/echo", str(number)], "argv_digest": "ab" * 32})
        bodies.append({"type": "act.ended", "id": id_, "ok": True, "applied": "yes", "out": out, "value": '{"exit":0}', "elapsed_us": 4000})
    with open(tmp_path / "journal.jsonl", "wb") as stream:
        for seq, body in enumerate(bodies, 1):
            raw, prev = encode_body({**body, "seq": seq, "at": at}, prev)
            stream.write(raw + b"\n")
    run = RunFolder("x", str(tmp_path))
    wanted = Wanted(conformance=False)
    begin = time.process_time()
    audit = verify(run, {}, wanted)
    took = time.process_time() - begin
    assert verdicts(audit)["integrity"] == "pass"
    assert audit.lines == count + 1
    assert took / count < 40e-6
    tracemalloc.start()
    try:
        verify(run, {}, wanted)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_journal_of_another_owner_than_its_folder_is_told(signed: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.stat

    def stat(path: str) -> os.stat_result:
        found = list(real(path))
        found[4] += str(path).endswith("journal.jsonl")
        return os.stat_result(found)

    monkeypatch.setattr(audit_place.os, "stat", stat)
    (found,) = audit_place.place_of(signed.run.path)
    assert (found.exit, "belongs to user" in found.reason) == (30, True)
