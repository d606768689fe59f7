"""An editor says what `runbook check` says: the same codes and texts at the same places."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.files import check_file
from runbook_lang.lsp.analysis import OTHER, analyse
from runbook_lang.lsp.findings import findings
from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(
    path for folder in ("runbooks", "examples") for path in (ROOT / folder).rglob("*") if path.suffix in (".yml", ".yaml", ".runbook")
)
GOOD = "runbook: x\ninputs: {host: {default: a}}\nsteps:\n  - id: one\n    doctl: apps list -o json\n"
BAD = {
    "a syntax error": "runbook: x\nsteps: [\n",
    "a tab": "runbook: x\nsteps:\n\t- shell: x\n",
    "an unknown key": GOOD + "    expct: result.ok\n",
    "an unknown name": GOOD + "success: oen.ok\n",
    "an unknown field": GOOD + "success: one.jsn == null\n",
    "an unknown function": GOOD + "success: siz(one.json) > 0\n",
    "an unknown command": GOOD + "  - doctl: apps lst\n",
    "an unknown flag": GOOD + "  - doctl: apps list --fromat ID\n",
    "an unknown executor": GOOD + "  - psl: SELECT 1\n",
    "two of a name": GOOD + "  - id: one\n    shell: x\n",
    "a missing file": GOOD + "  - call: nowhere.yml\n",
    "something wrong in a called file": GOOD + "  - call: part.yml\n",
    "a warning": GOOD + "  - shell: systemctl restart x\n    retry: {times: 2}\n",
    "a policy": "zone: Europe/Madird\npeople: {}\n",
    "another file": "services: {web: {image: x}}\n",
    "nothing": "",
}


def seen(path: Path) -> list[tuple[str, str, int | None]]:
    checked = check_file(str(path), named=False)
    return [(item.code, item.message, item.span.start if item.span else None) for item in checked.diagnostics]


def shown(path: Path) -> list[tuple[str, str, int | None]]:
    snapshot = analyse(str(path), path.read_bytes().decode(), time.time_ns() // 1000)
    return [(item.code, item.message, item.span.start if item.span else None) for item in snapshot.diagnostics]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_library(path: Path) -> None:
    assert shown(path) == seen(path)


@pytest.mark.parametrize("name", BAD)
def test_mistakes(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "part.yml").write_text("runbook: part\nsteps:\n  - shell: echo ${nobody}\n")
    path = tmp_path / "x.yml"
    path.write_text(BAD[name])
    found = shown(path)
    wanted = [(code, text, start) for code, text, start in seen(path.relative_to(tmp_path))] if found or name != "nothing" else []
    assert found == wanted or (name == "nothing" and not found)
    assert bool(found) == (name not in ("another file", "nothing"))


def test_a_file_that_is_none_of_ours_has_no_findings(tmp_path: Path) -> None:
    assert analyse(str(tmp_path / "compose.yml"), BAD["another file"], 0).kind == OTHER


def test_open_texts_count_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "part.yml").write_text("runbook: part\nsteps:\n  - shell: echo ${nobody}\n")
    text = GOOD + "  - call: part.yml\n"
    texts = {str((tmp_path / "part.yml").resolve()): "runbook: part\nsteps:\n  - shell: echo hi\n"}
    assert [item.code for item in analyse(str(tmp_path / "x.yml"), text, 0).diagnostics] == ["RB210"]
    assert analyse(str(tmp_path / "x.yml"), text, 0, texts).diagnostics == ()


def test_what_is_wrong_in_a_called_file_is_said_at_the_call(tmp_path: Path) -> None:
    (tmp_path / "part.yml").write_text("runbook: part\nsteps:\n  - shell: echo ${nobody}\n")
    text = GOOD + "  - call: part.yml\n"
    (found,) = findings(analyse(str(tmp_path / "x.yml"), text, 0))
    assert text[found.start : found.end] == "part.yml"
    assert found.message.startswith("part.yml:3: ")
    assert found.also[0].path == str((tmp_path / "part.yml").resolve())
