"""Plans as files: their form, their digests, what makes one unfit to be run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from runbook_lang.api.binding import bind
from runbook_lang.api.json_schema import files
from runbook_lang.api.load import load
from runbook_lang.api.plan_file import plan_file, plan_of, read_plan, write_plan
from runbook_lang.api.planning import plan
from runbook_lang.api.runs import opening
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.plan.compare import differences
from runbook_lang.plan.make import make_plan
from tests.plan.programs import programs
from tests.plan.reading import loaded

if TYPE_CHECKING:
    from runbook_lang.api.load import Loaded
    from runbook_lang.api.plan_file import PlanFile
    from runbook_lang.machine.core import Program

VALIDATOR = Draft202012Validator(json.loads(files()["plan.schema.json"]))
LIBRARY = sorted((Path(__file__).resolve().parents[2] / "runbooks").rglob("*.yml"))
NOW = 1_800_000_000_000_000
TEXT = (
    "runbook: case\ninputs:\n  n: {type: int, default: 1}\n  host: {type: string}\nsteps:\n  - {id: a, shell: '/bin/echo ${n} ${host}'}\n"
)


def made(folder: Path, text: str = TEXT, inputs: dict[str, Any] | None = None, **more: Any) -> tuple[Loaded, PlanFile]:
    """A loaded runbook and the file of its plan, written and read again. `now` says when it was made."""
    import time

    found = loaded(folder, text)
    file = plan_file(plan(found, inputs), str(folder / "plan.json"), found.path, "maker", more.pop("now", time.time_ns() // 1000), **more)
    write_plan(file)
    return found, read_plan(file.path)


def code_of(call: Any, *args: Any) -> str:
    with pytest.raises(RunbookError) as caught:
        call(*args)
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize(
    "path", [path for path in LIBRARY if "\nrunbook:" in f"\n{path.read_text(encoding='utf-8')}"], ids=lambda path: path.stem
)
def test_plans_of_the_library_fit_the_schema(path: Path) -> None:
    found = plan(load(str(path)))
    file = plan_file(found, "plan.json", str(path), "maker", NOW)
    for body in (found.as_json(), file.as_json()):
        VALIDATOR.validate(json.loads(json.dumps(body)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(programs())
def test_any_plan_fits_the_schema_and_is_the_same_again(program: Program) -> None:
    first, second = (json.dumps(make_plan(program, {}).as_json(), ensure_ascii=True) for _ in range(2))
    assert first == second
    body = json.loads(first)
    body["plan"]["program"] = "0" * 64  # these programs are not made from files
    VALIDATOR.validate(body)


def test_the_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    _, file = made(tmp_path)
    assert plan_of(file.as_bytes(), file.path) == file
    VALIDATOR.validate(file.as_json())
    assert os.path.samefile(file.runbook, tmp_path / "case.yml")


def test_all_but_the_envelope_is_the_same_in_every_file(tmp_path: Path) -> None:
    _, one = made(tmp_path)
    _, other = made(tmp_path)
    assert one.id != other.id
    assert one.replace(envelope={}) == other.replace(envelope={})


def test_a_run_records_the_digest_that_a_plan_of_the_same_values_has(tmp_path: Path) -> None:
    found, _ = made(tmp_path)
    assert found.program is not None
    for values in ({"n": 1, "host": "h"}, {"n": 2, "host": "h"}):
        assert opening(found.program, "run", values, "me", "live")["plan"] == plan(found, values).digest
    assert plan(found, {"n": 1, "host": "h"}).digest == plan(found, {"host": "h"}).digest
    assert plan(found, {"host": "h"}).digest != plan(found, {"host": "g"}).digest != plan(found).digest


def test_the_program_is_what_a_review_covers_and_a_journals_is_the_files(tmp_path: Path) -> None:
    """A newer version of an executor is another plan and another program to review, and goes on with the old one's runs."""
    found, file = made(tmp_path)
    program = found.program
    assert program is not None
    newer = program.replace(surfaces={**program.surfaces, "shell": program.surfaces["shell"] + 1})
    plans = [make_plan(one, {}) for one in (program, newer)]
    assert plans[0].program == file.plan["program"] != plans[1].program
    assert plans[0].digest != plans[1].digest
    opened = [opening(one, "r", {"n": 1, "host": "h"}, "ann", "live") for one in (program, newer)]
    assert opened[0]["program"] == opened[1]["program"]
    assert opened[0]["plan"] != opened[1]["plan"]


def test_a_difference_names_the_step_whatever_it_is_called() -> None:
    old = {"entries": [{"path": "act", "kind": "act", "role": "main", "roles": ["undo"]}, {"path": "act", "kind": "act", "role": "undo"}]}
    new = {"entries": [{"path": "act", "kind": "act", "role": "main", "roles": []}]}
    assert [field for field, _, _ in differences(old, new)] == ["entries[act].roles", "entries[act undo]"]


@pytest.mark.parametrize("field", ["title", "entries", "files", "risk"])
def test_a_word_that_was_changed_is_noticed(tmp_path: Path, field: str) -> None:
    _, file = made(tmp_path)
    body = json.loads(file.text())
    body["plan"][field] = {"title": "Other", "entries": [], "files": {}, "risk": {}}[field]
    assert code_of(plan_of, json.dumps(body).encode(), "x") == "RB782"


def test_a_changed_digest_is_noticed(tmp_path: Path) -> None:
    found, file = made(tmp_path)
    assert code_of(bind, file.replace(digest="0" * 64), found, {}) == "RB783"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (b"", "RB780"),
        (b"{}", "RB780"),
        (b"[1]", "RB780"),
        (b"\xff\xfe", "RB780"),
        (b"[" * 100_000, "RB780"),
        (b'{"plan": {"format": 99}}', "RB781"),
        (b'{"plan": {"format": 1}}', "RB780"),
        (
            b'{"digest": "", "content": "", "plan": {"format": 1, "entries": [1], "inputs": [], "files": {}, "runbook": "", "program": ""}}',
            "RB780",
        ),
    ],
)
def test_what_is_no_plan_is_said_to_be_none(change: bytes, code: str) -> None:
    assert code_of(plan_of, change, "x.json") == code


@pytest.mark.parametrize("name", ["id", "created", "expires", "approvals"])
def test_an_envelope_without_its_parts_is_none(tmp_path: Path, name: str) -> None:
    _, file = made(tmp_path)
    envelope = {**file.envelope, name: "x"}
    assert code_of(plan_of, file.replace(envelope=envelope).as_bytes(), "x") == "RB780"


def test_a_stale_plan_is_told_field_by_field(tmp_path: Path) -> None:
    _, file = made(tmp_path)
    now = loaded(tmp_path, TEXT.replace("/bin/echo", "/bin/printf"))
    with pytest.raises(RunbookError) as caught:
        bind(file, now, {})
    [item] = caught.value.diagnostics
    assert item.code == "RB783"
    assert "entries[a].words" in item.message
    assert "/bin/echo" in item.message
    assert "/bin/printf" in item.message
    assert "files.case" in item.message


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        (TEXT.replace("runbook: case", "runbook: other"), {}, "RB784"),
        (TEXT, {"now": NOW // 2}, "RB785"),
        (TEXT.replace("default: 1", "default: 2"), {}, "RB783"),
        (TEXT.replace("type: int, default: 1", "type: string, default: a"), {}, "RB783"),
    ],
)
def test_what_may_not_be_run_any_more(tmp_path: Path, text: str, more: dict[str, Any], code: str) -> None:
    _, file = made(tmp_path, **more)
    assert code_of(bind, file, loaded(tmp_path, text), {}) == code


def test_a_plan_without_an_envelope_binds_nothing(tmp_path: Path) -> None:
    found, file = made(tmp_path)
    assert code_of(bind, file.replace(envelope={}), found, {}) == "RB780"
