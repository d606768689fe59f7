"""Writes runbooks/README.md, the operator's index by symptom, from the runbooks themselves.

    python scripts/library_index.py           says whether the page is as it has to be
    python scripts/library_index.py --write   writes it

A runbook's `description` says when it is for: "Síntomas: …; …" or "Cuándo: …; …". Those named part-… are called by others.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from runbook_lang.api.load import load  # noqa: E402 - found by the line above
from runbook_lang.api.planning import plan  # noqa: E402 - the same

LIBRARY = ROOT / "runbooks"
PAGE = LIBRARY / "README.md"
INTRO = """\
# Los runbooks de PYMERP

<!-- Hecho por `python scripts/library_index.py --write`; una prueba lo mantiene igual. -->

A las 3 a.m.: busca lo que ves en la primera tabla y escribe la orden. Si no lo encuentras, empieza por `incident`.

```console
$ runbook run runbooks/incident.yml --input level=P1 --input symptom=sitio-502 --input what='el sitio no abre'
```

`runbook plan ARCHIVO` muestra qué haría, sin tocar nada; `runbook run ARCHIVO --dry-run` además lee de verdad. Cuando una
ejecución espera a una persona, `runbook status` dice qué escribir. Antes del turno: `access-check`.
"""
RISK = {"read": "sólo lee", "change": "cambia algo", "destroy": "destruye algo"}
PEOPLE = {"answer": "pregunta", "do": "pide hacer algo", "approval": "pide aprobación"}


class Entry(NamedTuple):
    name: str
    title: str
    source: str
    severity: str
    kind: str
    when: tuple[str, ...]
    risk: str
    people: tuple[str, ...]


def entries() -> list[Entry]:
    """Every runbook of the library by name. Raises ValueError for one that says neither symptom nor occasion."""
    return [_entry(file) for file in sorted(LIBRARY.glob("*.yml")) if file.name != "policy.yml"]


def _entry(file: Path) -> Entry:
    loaded = load(str(file), check=False, digest=False)
    book = loaded.runbook
    if book is None or loaded.program is None:
        raise ValueError(f"{file.name} can't be read: runbook check {file}")
    kind, _, rest = book.description.partition(": ")
    if kind not in ("Síntomas", "Cuándo") and not file.stem.startswith("part-"):
        raise ValueError(f"{file.name}: its description begins neither with 'Síntomas: ' nor with 'Cuándo: '")
    found = plan(loaded)
    people = tuple(sorted({PEOPLE[wait.what] for wait in found.waits if wait.what in PEOPLE}))
    when = tuple(item.strip() for item in rest.split(";"))
    return Entry(file.stem, book.title, book.manual, book.severity, kind, when, RISK[found.risk.effect], people)


def page() -> str:
    """The whole page as Markdown."""
    known = entries()
    own = [entry for entry in known if not entry.name.startswith("part-")]
    symptoms = sorted(((text, entry) for entry in own if entry.kind == "Síntomas" for text in entry.when), key=lambda pair: pair[0].lower())
    occasions = [(text, entry) for entry in own if entry.kind == "Cuándo" for text in entry.when]
    parts = [
        INTRO,
        "## Por síntoma\n",
        _table(("lo que se ve", "orden", "qué hace"), [(text, _command(entry), entry.title) for text, entry in symptoms]),
        "## En otras ocasiones\n",
        _table(("cuándo", "orden", "qué hace"), [(text, _command(entry), entry.title) for text, entry in occasions]),
        "## Todos\n",
        _table(
            ("runbook", "manual", "severidad", "riesgo", "personas"),
            [(f"[{e.name}]({e.name}.yml)", e.source, e.severity, e.risk, ", ".join(e.people) or "ninguna") for e in own],
        ),
        "## Piezas que llaman los demás\n",
        _table(("pieza", "qué hace"), [(f"[{e.name}]({e.name}.yml)", e.title) for e in known if e.name.startswith("part-")]),
        "Personas, turnos, severidades y aprobaciones: [policy.yml](policy.yml).\n",
    ]
    return "\n".join(parts)


def _command(entry: Entry) -> str:
    return f"`runbook run runbooks/{entry.name}.yml`"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def main(words: list[str]) -> int:
    if words == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
    print("as it has to be" if same else f"{PAGE} is out of date: python scripts/library_index.py --write")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
