"""Files that a command is told to write, where they can't be written."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.cli.commands import executors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

BOOK = "runbook: a\nsteps:\n  - id: say\n    shell: echo said\n"
POLICY = (
    "zone: UTC\npeople: {a: {name: A}}\ntiers: {first: {hours: 24x7, ack_within: 5m, notify: []}}\nseverities: {P1: {tiers: [first]}}\n"
)

WRITING = {
    "plan": "plan a.yml -o {}",
    "dry run": "run a.yml --dry-run -o {}",
    "report": "report {run} -o {}",
    "export": "audit export {run} -o {}",
    "proof": "audit proof {run} say -o {}",
    "convert": "convert a.yml --to yaml -o {}",
    "import": "import manual.md -o {}",
    "docs": "docs . -o {}",
    "new": "new restart -o {}",
}


@pytest.mark.parametrize("words", WRITING.values(), ids=WRITING)
@pytest.mark.parametrize("place", ["taken/in.yml", "taken/inside/deep.yml"])
def test_an_output_that_cannot_be_written_is_named_with_the_reason(
    here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, words: str, place: str
) -> None:
    (here / "a.yml").write_text(BOOK)
    (here / "manual.md").write_text("# 1. Restart\n\n```bash\nsystemctl restart app\n```\n")
    (here / "taken").write_text("a file, so nothing can be inside of it\n")
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    runbook("key", "new", "operator")
    assert runbook("run", "a.yml", "--yes", "--quiet").code == 0
    (run,) = (here / ".runbook" / "runs").iterdir()
    said = runbook(*words.replace("{run}", run.name).replace("{}", str(here / place)).split())
    assert said.code == 2, said
    assert "RB799" not in said.err
    assert "RB798" not in said.err
    assert "taken" in said.err
    assert "not a directory" in said.err.lower()


def test_what_the_system_refuses_where_nobody_reckoned_with_it_is_no_defect(
    runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(errno.EIO, "Input/output error", "/some/file")

    monkeypatch.setattr(executors, "run", refuse)
    said = runbook("executors")
    assert said.code == 2
    assert said.err.splitlines()[0] == "error RB798: /some/file: Input/output error."
    assert "disk" in said.err
