"""The second opinion on SQL: only in a thorough check, only warnings, at the right words."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.files import check_file
from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
runbook: r
inputs: {a: int, b: string}
steps:
  - psql: {STEP}
"""


def said(tmp_path: Path, step: str, thorough: bool = True) -> list[tuple[str, str, str]]:
    path = tmp_path / "r.yml"
    path.write_text(TEXT.replace("{STEP}", step))
    return [
        (item.code, item.severity, item.span.text if item.span else "") for item in check_file(str(path), thorough=thorough).diagnostics
    ]


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ("select * form t", "t"),
        ("select a from t where where x = ${a}", "where"),
        (">-\n      select a,\n      b from t\n      where x = ${a} and and y = ${b}", "and"),
        ("select count(*) from t wher a", "a"),
    ],
)
def test_a_complaint_is_a_warning_at_its_word(tmp_path: Path, step: str, word: str) -> None:
    pytest.importorskip("sqlglot", reason="the second opinion is its")
    assert said(tmp_path, step) == [("RB578", "warning", word)]
    assert said(tmp_path, step, thorough=False) == []


@pytest.mark.parametrize(
    "step",
    [
        "select a from t where x = ${a} and y = any(${b}) limit ${a}",
        "vacuum t",
        "lock table t in exclusive mode",
        "explain (analyze, buffers) select 1",
        "insert into t (a, b) values (${a}, ${b}) on conflict (a) do update set b = excluded.b returning a",
        "create index concurrently i on t (a) where b is null",
        "select x::int, y[1], 'é' from t where a ~* ${b} for update skip locked",
    ],
)
def test_what_the_server_reads_is_not_complained_of(tmp_path: Path, step: str, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("sqlglot", reason="the second opinion is its")
    assert said(tmp_path, step) == []
    assert caplog.records == []


def test_the_parser_is_loaded_for_no_other_check(tmp_path: Path) -> None:
    """Not without a psql step, and not in a plain check."""
    (tmp_path / "sql.yml").write_text(TEXT.replace("{STEP}", "select 1"))
    (tmp_path / "none.yml").write_text("runbook: n\nsteps:\n  - shell: ls\n")
    for words in (["sql.yml"], ["--strict", "none.yml"]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "runbook_lang", "check", *words],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0
        assert "sqlglot" not in done.stderr
