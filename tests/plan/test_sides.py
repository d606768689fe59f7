"""What can be compared: files, folders, plans, revisions of git; and what is said when one of them isn't there."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from runbook_lang.adapters.git import LibraryAt, Repository, Snapshot
from runbook_lang.api.diff import diff_sides
from runbook_lang.api.load import load
from runbook_lang.api.plan_file import plan_file, write_plan
from runbook_lang.api.planning import plan
from runbook_lang.api.sides import side_of
from runbook_lang.base.diagnostics import RunbookError
from tests.plan.repository import Repo

if TYPE_CHECKING:
    from pathlib import Path

ONE = "runbook: one\nsteps:\n  - {id: a, shell: /bin/ls}\n"
CALLS = "runbook: calls\nsteps:\n  - {id: c, call: part.yml}\n"
PART = "runbook: part\nsteps:\n  - {id: p, shell: /bin/ls part}\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made


def told(base: str, head: str, *paths: str) -> dict[str, list[str]]:
    """Each runbook that differs, and the words of its differences."""
    sides = side_of(base, paths), side_of(head, paths)
    return {diff.path: [item.what for item in diff.items] for diff in diff_sides(*sides) if diff.status != "same"}


def test_two_files(repo: Repo) -> None:
    repo.commit(a_yml=ONE, b_yml=ONE.replace("/bin/ls", "/bin/ls -l"))
    assert told("a.yml", "b.yml") == {"b.yml": ["command"]}


def test_two_folders_and_what_is_only_in_one(repo: Repo) -> None:
    repo.commit(x__a_yml=ONE, x__gone_yml=ONE, y__a_yml=ONE, y__new_yml=ONE)
    assert told("x", "y") == {"gone.yml": [], "new.yml": ["added runbook"]}


def test_two_revisions_also_through_what_is_called(repo: Repo) -> None:
    first = repo.commit(lib__one_yml=ONE, lib__calls_yml=CALLS, lib__part_yml=PART)
    repo.commit(lib__part_yml=PART.replace("ls part", "ls -l part"))
    assert told(first, "HEAD") == {"lib/calls.yml": ["command"], "lib/part.yml": ["command"]}
    assert told("HEAD~1", "main", "lib/one.yml") == {}
    assert told("HEAD~1:lib", "HEAD:lib") == {"calls.yml": ["command"], "part.yml": ["command"]}
    assert list(told("HEAD~1:lib/part.yml", "lib/part.yml")) == ["lib/part.yml"]


def test_a_revision_and_the_folder_as_it_is_now(repo: Repo) -> None:
    repo.commit(lib__one_yml=ONE)
    (repo.folder / "lib" / "one.yml").write_text(ONE.replace("/bin/ls", "rm x"))
    assert "risk" in told("HEAD:lib", "lib")["one.yml"]


def test_a_plan_and_its_runbook(repo: Repo) -> None:
    text = "runbook: one\ninputs: {n: {type: int}}\nsteps:\n  - {id: a, shell: '/bin/echo ${n}'}\n"
    repo.commit(lib__one_yml=text, lib__two_yml=ONE.replace("runbook: one", "runbook: two"))
    write_plan(plan_file(plan(load("lib/one.yml"), {"n": 7}), "plan.json", "lib/one.yml", "me", 10**15))
    assert told("plan.json", "lib/one.yml") == {}
    assert told("plan.json", "lib") == {}
    (repo.folder / "lib" / "one.yml").write_text(text.replace("echo", "printf"))
    assert told("plan.json", "lib") == {"plan.json": ["targets", "targets", "command"]}


def test_a_side_that_can_not_be_read_is_told(repo: Repo) -> None:
    first = repo.commit(one_yml=ONE)
    repo.commit(one_yml="runbook: one\nsteps: [\n")
    [diff] = diff_sides(side_of(first), side_of("HEAD"))
    assert diff.status == "broken"
    assert "now it can't be read" in diff.why
    assert diff.has("risk")


@pytest.mark.parametrize(
    ("base", "code"),
    [
        ("nowhere", "RB752"),
        ("nowhere:one.yml", "RB752"),
        ("-x", "RB752"),
        ("--help", "RB752"),
        ("HEAD:two.yml", "RB703"),
        ("HEAD:x/../..", "RB703"),
    ],
)
def test_what_is_not_there(repo: Repo, base: str, code: str) -> None:
    repo.commit(one_yml=ONE)
    with pytest.raises(RunbookError) as caught:
        side_of(base)
    assert caught.value.diagnostics[0].code == code


def test_a_folder_that_is_in_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(RunbookError) as caught:
        side_of("main")
    assert caught.value.diagnostics[0].code == "RB751"


def test_without_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo.folder))
    with pytest.raises(RunbookError) as caught:
        side_of("main")
    assert caught.value.diagnostics[0].code == "RB751"


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = repo.commit(one_yml=ONE)
    repo.commit(one_yml=ONE.replace("/bin/ls", "/bin/ls -l"))
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{repo.folder}", str(tmp_path / "shallow")], check=True)
    monkeypatch.chdir(tmp_path / "shallow")
    for revision in (first, "HEAD~1"):
        with pytest.raises(RunbookError) as caught:
            side_of(revision)
        [item] = caught.value.diagnostics
        assert item.code == "RB753"
        assert "fetch-depth: 0" in item.help


def test_two_histories_have_nothing_in_common(repo: Repo) -> None:
    one = repo.commit(one_yml=ONE)
    repo.git("checkout", "-q", "--orphan", "other")
    other = repo.commit(one_yml=ONE + "# other\n")
    with pytest.raises(RunbookError) as caught:
        Repository(".").merge_base(one, other)
    assert caught.value.diagnostics[0].code == "RB754"


def test_a_library_at_a_revision_holds_nothing_outside_of_its_folder(repo: Repo) -> None:
    (repo.folder / "lib").mkdir()
    for name, target in (("in.yml", "one.yml"), ("out.yml", "../secret.yml"), ("far.yml", "/etc/passwd"), ("round.yml", "round.yml")):
        os.symlink(target, repo.folder / "lib" / name)
    repo.commit(secret_yml=ONE, lib__one_yml=ONE, library_yml=ONE)
    library = LibraryAt(Snapshot(Repository("."), "HEAD", repo.git("rev-parse", "HEAD")), "lib")
    assert library.get("one.yml") == library.get("in.yml") == library.get("./x/../one.yml") == ONE.encode()
    for name in ("../secret.yml", "../library.yml", "far.yml", "round.yml", "nothing", "/etc/passwd", ".."):
        assert library.get(name) is None, name
        assert name not in library


def test_nothing_of_the_repository_is_run(repo: Repo, tmp_path: Path) -> None:
    """Filters, hooks, text conversions and monitors of a repository are its author's programs."""
    mark = tmp_path / "ran"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    first = repo.commit(one_yml=ONE, _gitattributes="*.yml filter=evil diff=evil text=auto\n")
    for name in ("filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "diff.external", "core.fsmonitor", "core.pager"):
        repo.git("config", name, str(script))
    hooks = repo.folder / ".git" / "hooks"
    for name in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        os.symlink(script, hooks / name)
    (repo.folder / "one.yml").write_text(ONE.replace("/bin/ls", "/bin/ls -l"))
    assert told(f"{first}:one.yml", "one.yml") == {"one.yml": ["command"]}
    assert told(first, "HEAD") == {}
    Repository(".").changed(first, first)
    assert not mark.exists()
