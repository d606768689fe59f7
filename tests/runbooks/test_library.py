"""PYMERP's library against the lab: every path that `library/*.yml` lists, through the commands that an operator types."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest_lab import RunningLab, need
from tests.runbooks.library import Case, bad_verdicts, cases, play, rehearse

SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "AWS_SECRET_ACCESS_KEY", "DIGITALOCEAN_ACCESS_TOKEN", "GITHUB_TOKEN")


@pytest.mark.lab
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_path(case: Case, lab: RunningLab, tmp_path: Path) -> None:
    need(lab, *case.needs)
    played = play(lab, case, tmp_path)
    assert played.code == case.exit, played.printed
    assert {name: played.result["outputs"].get(name) for name in case.outputs} == case.outputs
    assert played.result["undone"] == case.undone
    assert played.told() == list(case.told)
    _failed_as(case, played.result)
    started = played.started()
    assert [id_ for id_ in case.started if id_ not in started] == [], started
    assert [id_ for id_ in case.spared if id_ in started] == []
    assert bad_verdicts(tmp_path, played.result["run"]) == []
    _wrote(case, tmp_path, played.result["run"])
    assert case.incident in (_incidents(tmp_path, played.result["run"]) if case.incident else "")
    _kept_secret(lab, tmp_path, played.printed)


GOOD = {case.runbook: case for case in reversed(cases()) if case.exit == 0 and not case.breaks}
HARMLESS = ("/propose", "/validate")


@pytest.mark.lab
@pytest.mark.parametrize("case", GOOD.values(), ids=lambda case: case.runbook)
def test_a_dry_run_reads_and_changes_nothing(case: Case, lab: RunningLab, tmp_path: Path) -> None:
    need(lab, *case.needs)
    code, printed = rehearse(lab, case, tmp_path)
    assert code in (0, 5), printed
    state = lab.state()
    assert [line for line in state["api"]["requests"] if not line.startswith("GET") and not line.split()[1].endswith(HARMLESS)] == []
    assert state["github"] == {"issues": [], "comments": []}


def _failed_as(case: Case, result: dict[str, object]) -> None:
    failure = result.get("failure") or {}
    assert isinstance(failure, dict)
    for name, wanted in case.failure.items():
        told = str(failure.get(name, ""))
        assert wanted in told if name == "message" else told.startswith(wanted), failure


def _wrote(case: Case, folder: Path, run: str) -> None:
    for name, wanted in case.written.items():
        file = (folder / "store" / "runs" / run if name.startswith("files/") else folder) / name
        assert wanted in file.read_text(encoding="utf-8"), file


def _incidents(folder: Path, run: str) -> str:
    return (folder / "store" / "runs" / run / "incident.jsonl").read_text(encoding="utf-8")


def _kept_secret(lab: RunningLab, folder: Path, printed: str) -> None:
    """No secret is shown or left in the store."""
    secrets = [lab.env[name] for name in SECRETS if name in lab.env]
    assert [secret for secret in secrets if secret in printed] == []
    for file in (folder / "store").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert [secret for secret in secrets if secret.encode() in content] == [], file
