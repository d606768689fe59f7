"""`runbook check`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

GOOD = "runbook: good\nsteps:\n  - id: list\n    shell: ls /\n    expect: size(result.lines) > 0\n"
BAD = "runbook: bad\nsteps:\n  - id: list\n    shell: ls /\n    expect: result.exti == 0\n"
WARNED = "runbook: warned\nsteps:\n  - id: go\n    shell: ./go\n    retry: {every: 1s, times: 2}\n"
POLICY = "zone: UTC\ntiers:\n  ops: {hours: 24x7, ack_within: 5m, notify: [{console: ops}]}\nseverities:\n  P1: {tiers: [ops]}\n"


def test_a_good_file_is_ok(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "good.yml").write_text(GOOD)
    assert runbook("check", "good.yml") == (0, "ok: good.yml\n", "")


def test_an_error_has_its_place_and_its_exit_code(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "bad.yml").write_text(BAD)
    said = runbook("check", "bad.yml")
    assert said.code == 2
    assert said.out.startswith("bad.yml:5:20: error RB214: ")
    assert "5 |     expect: result.exti == 0\n" in said.out
    assert said.out.endswith("1 error in bad.yml\n")


def test_json_is_the_documented_form(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "bad.yml").write_text(BAD)
    said = runbook("check", "--format", "json", "bad.yml")
    assert said.code == 2
    (item,) = said.json["diagnostics"]
    assert set(item) == {"code", "severity", "file", "line", "column", "message", "help"}
    assert (item["code"], item["severity"], item["file"], item["line"], item["column"]) == ("RB214", "error", "bad.yml", 5, 20)


def test_annotations_for_a_pull_request_are_escaped(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "a,b:c%.yml").write_text(BAD)
    said = runbook("check", "--format=github", "a,b:c%.yml")
    assert said.out.startswith("::error file=a%2Cb%3Ac%25.yml,line=5,col=20,title=RB214::")
    assert said.out.count("\n") == 1


def test_warnings_count_only_when_they_are_meant_to(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "warned.yml").write_text(WARNED)
    assert runbook("check", "warned.yml").code == 0
    assert "1 warning in warned.yml" in runbook("check", "warned.yml").out
    assert runbook("check", "--strict", "warned.yml").code == 2


def test_in_a_folder_only_runbooks_and_policies_count(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "lib" / ".hidden").mkdir(parents=True)
    (here / "lib" / "good.yml").write_text(GOOD)
    (here / "lib" / "policy.yaml").write_text(POLICY)
    (here / "lib" / "compose.yml").write_text("services: {web: {image: nginx}}\n")
    (here / "lib" / "broken.yml").write_text("a: [1, 2\n")
    (here / "lib" / ".hidden" / "bad.yml").write_text(BAD)
    said = runbook("check", "-v", "lib")
    assert said.code == 0
    assert said.out.splitlines() == [
        "ok  lib/good.yml (runbook)",
        "    list  read     `ls` only reads; doing it twice is doing it once",
        "ok  lib/policy.yaml (policy)",
        "ok: 2 files",
    ]


def test_a_file_that_is_named_has_to_be_one(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "compose.yml").write_text("services: {web: {image: nginx}}\n")
    assert runbook("check", "compose.yml").code == 2


def test_a_policy_is_checked_too(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "policy.yml").write_text(POLICY.replace("[ops]", "[opz]"))
    said = runbook("check", "policy.yml")
    assert said.code == 2
    assert "policy.yml:5:" in said.out


def test_what_is_not_there_is_told(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "empty").mkdir()
    assert "RB701" in runbook("check", "nowhere.yml").out
    assert "RB703" in runbook("check", "empty").err


def test_quiet_says_nothing_of_what_is_right(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "good.yml").write_text(GOOD)
    assert runbook("check", "-q", "good.yml") == (0, "", "")


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor shares no work")
def test_many_files_are_shared_among_processes_and_told_in_order(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "lib").mkdir()
    for number in range(100):
        (here / "lib" / f"{number:03}.yml").write_text(BAD if number in (7, 64) else GOOD)
    said = runbook("check", "--format=json", "lib")
    assert [item["file"] for item in said.json["diagnostics"]] == ["lib/007.yml", "lib/064.yml"]
    assert runbook("check", "lib").out.endswith("2 errors in 100 files\n")
