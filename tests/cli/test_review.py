"""`runbook review` as it is typed, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.reports.review_markdown import MARKER
from tests.plan.repository import Repo
from tests.plan.test_review import ALONE, FILES, SARIF

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said


@pytest.fixture
def repo(here: Path) -> Repo:
    made = Repo(here)
    made.commit(**FILES)
    made.git("checkout", "-q", "-b", "change")
    return made


def test_the_command_writes_all_that_it_says(
    repo: Repo, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repo.commit(other__alone_yml=ALONE + "  - {id: wipe, shell: rm x}\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    said = runbook("review", "--base", "main", "--head", "HEAD", "-o", str(tmp_path / "out"), "--fail-on", "risk", "--format", "github")
    assert said.code == 1
    assert all(line.startswith("::warning file=other/alone.yml,line=") for line in said.out.splitlines())
    values = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert (values["touched"], values["errors"], values["risk"], values["weakened"]) == ("1", "0", "true", "false")
    made = {name: Path(values[name]).read_text(encoding="utf-8") for name in ("comment", "full", "sarif")}
    assert made["comment"] == made["full"]
    assert made["comment"].startswith(f"{MARKER}\n## ")
    SARIF.validate(json.loads(made["sarif"]))
    body = json.loads((tmp_path / "out" / "review.json").read_text())
    assert (body["risk"], [one["path"] for one in body["runbooks"]]) == (True, ["other/alone.yml"])
    assert runbook("review", "--base", "main", "--head", "main").code == 0


def test_an_error_ends_the_command_with_2(repo: Repo, runbook: Callable[..., Said]) -> None:
    repo.commit(other__alone_yml="runbook: alone\nsteps: 7\n")
    assert runbook("review", "--base", "main", "--head", "HEAD").code == 2
    assert "RB" in runbook("review", "--base", "main", "--head", "HEAD", "--format", "markdown").out


@pytest.mark.parametrize("options", [(), ("--fail-on", "risk"), ("--format", "json")], ids=" ".join)
def test_a_side_that_can_not_be_read_ends_a_diff_with_2(repo: Repo, runbook: Callable[..., Said], options: tuple[str, ...]) -> None:
    """Whichever side it is; what can be compared is compared."""
    repo.commit(other__alone_yml="runbook: alone\nsteps: 7\n", other__more_yml=ALONE.replace("alone", "more"))
    for sides in (("main", "HEAD"), ("HEAD", "main")):
        said = runbook("diff", *sides, *options)
        assert (said.code, "can't be read: RB" in said.out, "more" in said.out) == (2, True, True)
    assert runbook("diff", "main", "main", *options).code == 0
