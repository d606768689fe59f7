"""The sample manuals, and the text of all that is made of one."""

from __future__ import annotations

from pathlib import Path

from runbook_lang.api.manuals import import_manual, load_manual

SAMPLES = sorted(Path(__file__).with_name("pages").glob("*.markdown"))


def become(path: Path) -> str:
    result = import_manual(load_manual(str(path)))
    return "\n".join(f"==> {one.file} <==\n{one.text}" for one in result.runbooks)
