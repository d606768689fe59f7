"""Runs are kept, found and summed up."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.mask import Masker
from runbook_lang.adapters.store import Store, summarise
from runbook_lang.adapters.uuid7 import is_uuid7, uuid7
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.events import Note, RunClosed, RunOpened, RunPaused

AT = "2026-01-02T03:04:05.000000Z"


def opened(seq=1):
    return RunOpened(
        seq,
        AT,
        run="r",
        rules=1,
        mode="live",
        runbook="deploy.yml",
        program="p",
        plan="q",
        inputs="{}",
        secret_names=[],
        operator="ana",
        host="h",
    )


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "lib" / ".runbook"))


def code_of(error):
    return error.value.diagnostics[0].code


def test_ids_sort_by_time_and_have_their_form():
    ids = [uuid7(ns) for ns in range(1_700_000_000_000_000_000, 1_700_000_000_003_000_000, 1000)]
    assert ids == sorted(ids)
    assert all(map(is_uuid7, ids))
    assert len({uuid7(0) for _ in range(100)}) == 100
    assert uuid7(0x017F22E279B0 * 1_000_000).startswith("017f22e2-79b0-7000-")  # the moment of RFC 9562, A.6
    assert not is_uuid7("017f22e2-79b0-4cc3-98c4-dc0c0c07398f")


def test_a_run_has_its_folders_for_the_user_alone(store):
    run = store.create_run()
    assert run.path == os.path.join(store.root, "runs", run.id)
    for path in (store.root, store.runs, run.path, run.inbox):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700
    assert Path(store.root, ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("environ", "wanted"), [({}, "/lib/.runbook"), ({"RUNBOOK_STORE": ""}, "/lib/.runbook"), ({"RUNBOOK_STORE": "/var/rb"}, "/var/rb")]
)
def test_where_the_store_is(environ, wanted):
    assert Store.locate("/lib", environ).root == wanted


def test_a_store_that_cant_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunbookError) as caught:
        Store(str(tmp_path / "file" / "store")).create_run()
    item = caught.value.diagnostics[0]
    assert item.code == "RB602"
    assert "RUNBOOK_STORE" in item.help


def test_the_program_is_kept_as_it_was(store):
    run = store.create_run()
    files = {"deploy.yml": b"a: 1\n", "../shared/policy.yml": b"", "sub/deploy.yml": b"\xff\x00", "näme with spaces.yml": b"x"}
    run.save_program(files)
    assert list(run.load_program().items()) == list(files.items())
    assert all(Path(path).resolve().is_relative_to(run.path) for path in Path(run.path, "program").iterdir())


@pytest.mark.parametrize("change", ["edit", "remove", "manifest", "outside"])
def test_a_changed_program_is_refused(store, change):
    run = store.create_run()
    run.save_program({"a.yml": b"a", "b.yml": b"b"})
    folder = Path(run.path, "program")
    if change == "edit":
        (folder / "2-b.yml").write_bytes(b"c")
    elif change == "remove":
        (folder / "1-a.yml").unlink()
    elif change == "manifest":
        (folder / "manifest.json").write_text("{}")
    else:
        (folder / "manifest.json").write_text('{"files":[{"name":"a","copy":"../../x","digest":""}]}')
    with pytest.raises(RunbookError) as caught:
        run.load_program()
    assert code_of(caught) == "RB606"


def test_runs_are_found_by_id_beginning_end_and_last(store):
    ids = [uuid7(1_700_000_000_000_000_000 + n) for n in range(3)]
    for one in ids:
        store.create_run(one)
    newest = sorted(ids)[-1]
    assert store.ids() == sorted(ids, reverse=True)
    assert store.open_run("last").id == newest
    for one in ids:
        assert store.open_run(one).id == one
        assert store.open_run(one[-12:].upper()).id == one
        assert store.open_run(one[:30]).id == one


@pytest.mark.parametrize(("name", "why"), [("0", "fits 3 runs"), ("zzz", "No run's id"), ("", "No run's id"), ("../..", "No run's id")])
def test_a_name_that_fits_no_run_or_several_is_refused(store, name, why):
    for n in range(3):
        store.create_run(uuid7(1_700_000_000_000_000_000 + n))
    with pytest.raises(RunbookError, match=why) as caught:
        store.open_run(name)
    assert code_of(caught) == "RB604"


def test_an_empty_store(store):
    assert store.ids() == []
    with pytest.raises(RunbookError, match="no runs"):
        store.open_run("last")


def journal_of(run, *events):
    journal = run.create_journal(Masker())
    for event in events:
        journal.append(event)
    return journal


def test_a_summary_of_each_state(store):
    made = {}
    for state in ("closed", "paused", "cut", "live", "empty", "bad"):
        made[state] = store.create_run()
    journal_of(made["closed"], opened(), RunClosed(2, AT, outcome={"result": "done"})).close()
    journal_of(made["paused"], opened(), RunPaused(2, AT, why="approval", needs=["deploy"])).close()
    journal_of(made["cut"], opened(), Note(2, AT, path="a", what="judged")).close()
    live = journal_of(made["live"], opened(), RunPaused(2, AT, why="approval"))
    journal_of(made["empty"]).close()
    journal_of(made["bad"], opened()).close()
    Path(made["bad"].path, "journal.jsonl").write_bytes(b'{"seq":1}\n')
    found = {summary.id: summary for summary in store.list_runs()}
    assert {state: found[run.id].state for state, run in made.items()} == {state: state for state in made}
    closed = found[made["closed"].id]
    assert (closed.runbook, closed.mode, closed.operator, closed.opened_at, closed.events) == ("deploy.yml", "live", "ana", AT, 2)
    assert closed.outcome == {"result": "done"}
    assert found[made["paused"].id].why == "approval"
    assert found[made["bad"].id].why
    live.close()


def test_a_run_without_a_journal_is_bad(store):
    assert summarise(store.create_run()).state == "bad"


@pytest.mark.parametrize("size", [10, 16 * 1024 - 200, 16 * 1024, 100_000, 300_000])
def test_a_summary_reads_a_long_last_line(store, size):
    run = store.create_run()
    journal = FileJournal.create(run.path, Masker())
    journal.append(opened())
    journal.append(Note(2, AT, path="a", what="judged", text="x" * size))
    journal.close()
    assert summarise(run).events == 2
    with open(os.path.join(run.path, "journal.jsonl"), "ab") as stream:
        stream.write(b'{"torn')
    assert summarise(run).events == 2


def test_a_journal_of_one_long_line(store):
    run = store.create_run()
    journal_of(run, opened().replace(inputs="x" * 50_000)).close()
    assert summarise(run).events == 1
