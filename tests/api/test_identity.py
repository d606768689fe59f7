"""What the first event says of the programs that a run will start."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from runbook_lang.api.identity import changed, tools_of, with_versions
from runbook_lang.api.load import load

BOOK = """
runbook: tools
steps:
  - {id: a, shell: known --now}
  - {id: b, shell: ./own.sh}
  - {id: c, shell: missing-program}
  - {id: d, http: {get: "http://127.0.0.1/"}}
"""


def test_each_program_is_bound_by_place_and_digest(tmp_path: Path) -> None:
    (tmp_path / "tools.yml").write_text(BOOK, encoding="utf-8")
    known = tmp_path / "bin" / "known"
    known.parent.mkdir()
    known.write_bytes(b"#!/bin/sh\n")
    known.chmod(0o755)
    program = load(str(tmp_path / "tools.yml")).program
    assert program is not None
    found = tools_of(program, str(tmp_path), {"PATH": str(known.parent)})
    assert found["executors"] == {"http": 1, "shell": 1}
    assert found["programs"]["known"] == {"path": str(known), "digest": hashlib.sha256(b"#!/bin/sh\n").hexdigest()}
    assert found["programs"]["missing-program"] == {"path": "", "digest": ""}
    assert set(found["programs"]) == {"known", "./own.sh", "missing-program"}
    known.write_bytes(b"#!/bin/sh\nexit 1\n")
    again = tools_of(program, str(tmp_path), {"PATH": str(known.parent)})
    assert changed(found, again) == ["known"]
    assert changed(found, found) == []
    assert changed({}, again) == []


DRIVEN = """
runbook: tools
steps:
  - {id: a, psql: {host: h, user: u, database: d, sql: select 1}}
  - {id: b, redis-cli: {host: h, command: PING}}
  - {id: c, shell: psql --list}
"""


def told(folder: Path, name: str, version: str, *, script: bool) -> None:
    """A program that tells its version, and how often it was asked."""
    text = f"echo x >> {folder}/{name}.asked; echo '{name} (stand-in) {version}'\n"
    path = folder / name
    if script:
        path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    else:  # no shebang: the kernel refuses it, as it does a program for another machine
        path.write_bytes(b"\x7fELF" + text.encode())
    path.chmod(0o755)


def test_what_an_executor_drives_is_asked_for_its_version(tmp_path: Path) -> None:
    (tmp_path / "tools.yml").write_text(DRIVEN, encoding="utf-8")
    told(tmp_path, "psql", "15.4", script=True)
    told(tmp_path, "redis-cli", "7.0.1", script=False)
    program = load(str(tmp_path / "tools.yml")).program
    assert program is not None
    found = tools_of(program, str(tmp_path), {"PATH": str(tmp_path)})
    known = with_versions(found, program, str(tmp_path))
    assert known["programs"]["psql"] == {**found["programs"]["psql"], "version": "15.4"}
    assert "version" not in known["programs"]["redis-cli"], "what can't be started tells nothing"
    assert changed(known, found) == []
    told(tmp_path, "psql", "16.0", script=True)
    assert with_versions(found, program, str(tmp_path))["programs"]["psql"]["version"] == "16.0", "a script is asked each time"


def test_a_binary_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tools.yml").write_text(DRIVEN, encoding="utf-8")
    told(tmp_path, "psql", "", script=False)
    program = load(str(tmp_path / "tools.yml")).program
    assert program is not None
    asked: list[str] = []
    monkeypatch.setattr("runbook_lang.api.tools.installed_version", lambda name, path: asked.append(path) or "15.4")
    found = tools_of(program, str(tmp_path), {"PATH": str(tmp_path)})
    for _ in range(2):
        assert with_versions(found, program, str(tmp_path))["programs"]["psql"]["version"] == "15.4"
    assert asked == [str(tmp_path / "psql")]
    (tmp_path / "versions.json").write_text("[", encoding="utf-8")
    with_versions(found, program, str(tmp_path))
    assert len(asked) == 2
