"""What the first event says of the programs that a run will start."""

from __future__ import annotations

import hashlib
from pathlib import Path

from runbook_lang.api.identity import changed, tools_of
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
