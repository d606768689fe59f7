"""A surface made of a surface file: the example plugin's, and one that is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.executors import conformance
from runbook_lang.executors.tool import ToolExecutor
from runbook_lang.surfaces import registry
from runbook_lang.surfaces.tool_surface import ToolSurface

if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook_lang.api.load import Loaded

FILE = Path(__file__).parents[2] / "examples" / "plugin" / "runbook_systemctl" / "systemctl.json"


@pytest.fixture
def systemctl(monkeypatch: pytest.MonkeyPatch) -> ToolSurface:
    """The example's surface, as if its package were installed."""
    surface = ToolSurface.from_file(str(FILE), "systemctl")
    builtin = registry.surface
    monkeypatch.setattr(registry, "surface", lambda name: surface if name == "systemctl" else builtin(name))
    return surface


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("restart worker.service", []),
        ("restrat worker.service", ["RB560 restrat"]),
        ("restart", ["RB565 restart"]),
        ("restart ${app} --nwo", ["RB562 --nwo"]),
        ("status -n five", ["RB564 five"]),
        ("is-active -q ${app}", []),
        ("${app} x", ["RB569 ${app}"]),
    ],
)
def test_its_commands_are_checked(systemctl: ToolSurface, found: Callable[[str], list[str]], command: str, wanted: list[str]) -> None:
    assert found(f"systemctl: {command}") == wanted


@pytest.mark.parametrize(("command", "effect"), [("is-active x", "read"), ("restart x", "change")])
def test_its_effects_are_known(systemctl: ToolSurface, loaded: Callable[[str], Loaded], command: str, effect: str) -> None:
    program = loaded(f"systemctl: {command}").program
    assert program is not None
    assert getattr(program.root.body[0], "effect", None) == effect


def test_a_library_may_have_its_own_facts(systemctl: ToolSurface, found: Callable[[str], list[str]], tmp_path: Path) -> None:
    data = json.loads(FILE.read_text())
    data["commands"]["frobnicate"] = {"effect": "read", "positionals": [0, 0]}
    (tmp_path / "surfaces").mkdir()
    (tmp_path / "surfaces" / "systemctl.json").write_text(json.dumps(data))
    assert found("systemctl: frobnicate") == []
    assert found("systemctl: frobnicate x") == ["RB565 x"]
    (tmp_path / "surfaces" / "systemctl.json").write_text("{")
    assert found("systemctl: restart x") == ["RB593 "]


def test_it_runs_its_program(systemctl: ToolSurface, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "systemctl"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    request = systemctl.request({"command": ["is-active", "a b"]})
    env: dict[str, Any] = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    attempt = conformance.FakeAttempt(request, env=env, folder=str(tmp_path), library=str(tmp_path))
    outcome = ToolExecutor("systemctl").run(attempt)
    assert (outcome.ok, outcome.value["stdout"]) == (True, "is-active a b\n")


def test_a_broken_file_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"format": 1, "program": "x",\n "commands": []}')
    with pytest.raises(RunbookError) as caught:
        ToolSurface.from_file(str(path), "x")
    (item,) = caught.value.diagnostics
    assert item.span is not None
    assert (item.code, item.span.line, item.span.column) == ("RB593", 2, 2)
    with pytest.raises(RunbookError):
        ToolSurface.from_file(str(tmp_path / "none"), "x")
