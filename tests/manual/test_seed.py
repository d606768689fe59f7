"""A real operations manual, in Spanish: each of its commands lands in a step, and nothing is made up."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.manuals import OWN_FINDINGS, import_manual, load_manual
from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from runbook_lang.api.manuals import Result

SEED = Path(os.environ.get("RUNBOOK_SEED_MANUAL", ROOT.parent / "shared" / "seed" / "RUNBOOK.md"))
LIBRARY = str(ROOT / "runbooks")
pytestmark = [pytest.mark.shared, pytest.mark.skipif(not SEED.exists(), reason="the manual is kept outside of the repository")]
INLINE = (
    "doctl apps update <APP_ID> --spec do-app-spec.yml",
    "./scripts/production-health-check.sh --verbose",
    "doctl databases list",
    "doctl databases backups list <DB_CLUSTER_ID>",
    "./backend/scripts/flyway-migrate.sh --env=prod",
    "doctl compute cdn list",
    "DELETE FROM flyway_schema_history WHERE version='VXX';",
    "doctl apps create-deployment <APP_ID>",
)


@pytest.fixture(scope="module")
def result() -> Result:
    return import_manual(load_manual(str(SEED)))


def in_blocks() -> list[tuple[int, str]]:
    """(line, command) of each line of a bash block that is no comment, read without the parser that is tested."""
    found, inside = [], False
    for number, line in enumerate(SEED.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip().startswith("```"):
            inside = line.strip() == "```bash"
        elif inside and line.strip() and not line.strip().startswith("#"):
            found.append((number, re.sub(r"\s+# .*", "", line.strip())))
    return found


def test_every_command_lands_in_a_step(result: Result) -> None:
    made = [command for book in result.runbooks for command in book.commands]
    assert len(in_blocks()) == 33
    assert [one for one in in_blocks() if one not in made] == []
    texts = [text for _, text in made]
    assert sorted(texts) == sorted([*(text for _, text in in_blocks()), *INLINE])
    for book in result.runbooks:
        for line, _ in book.commands:
            assert f"# RUNBOOK.md:{line}\n" in book.text


def test_nothing_is_made_up(result: Result) -> None:
    """Each word of each step's command, holes apart, is one of the manual's."""
    manual = SEED.read_text(encoding="utf-8")
    for book in result.runbooks:
        steps = book.text.partition("steps:\n")[2]
        for value in re.findall(r"(?m)^    (?:doctl|shell|psql|aws|http|redis-cli): (.+)$", steps) + re.findall(r"(?m)^ {8}- (.+)$", steps):
            for word in re.split(r"\$\{[^}]*\}|[\s\"\[\],]+", value):
                assert word.strip("'") in manual or word in ("sh", "-c", "$APP_ID"), (book.file, word)


def test_every_skeleton_is_sound_and_its_findings_are_the_manuals_own(result: Result) -> None:
    found = {(item.code, item.severity) for book in result.runbooks for item in book.findings}
    assert all(code.startswith("RB5") or code in OWN_FINDINGS for code, _ in found)
    assert {"RB562", "RB563", "RB564", "RB565", "RB568"} <= {code for code, _ in found}


def test_what_people_do_by_hand_is_asked_for(result: Result) -> None:
    checklist = next(book for book in result.runbooks if book.section == "9")
    assert (
        re.findall(r"do: \"?(\w+)", checklist.text) == ["Documentar", "Actualizar", "Crear", "Agendar", "Implementar", "Ajustar"]
        or checklist.steps == 6
    )
    rollback = next(book for book in result.runbooks if book.section == "4.1")
    assert "TODO expect: Criterio de éxito: endpoints sanos" in rollback.text


def test_what_the_manual_has_alone_is_accepted_with_a_reason(result: Result) -> None:
    """Each such command is named in PYMERP's library, with why; a line that fits nothing any more would be left over."""
    from runbook_lang.api.drift import drift
    from runbook_lang.api.drift_accepted import read_accepted

    found = drift(load_manual(str(SEED)), str(SEED), LIBRARY, read_accepted("", LIBRARY))
    assert [entry.form.text for entry in (*found.only_manual, *found.only_library)] == []
    assert found.idle == ()
    assert all(one.by.why for one in found.accepted)
