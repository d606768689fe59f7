"""What a manual and a library of runbooks have of each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.drift import drift
from runbook_lang.api.drift_accepted import read_accepted
from runbook_lang.api.manuals import import_manual, load_manual, manual_of, write_runbooks
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.manual.compare import forms_of_text, same, sql_form
from tests.manual.samples import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from runbook_lang.api.drift import Drift

HEAD = "runbook: r\ninputs:\n  app_id: string\n  url: {type: string, default: 'https://example.com'}\nsteps:\n"


def compared(tmp_path: Path, commands: str, steps: str) -> Drift:
    (tmp_path / "r.yml").write_text(HEAD + steps)
    return drift(manual_of("m.md", f"# Do\n\n```bash\n{commands}\n```\n".encode()), "m.md", str(tmp_path))


@pytest.mark.parametrize(
    ("command", "step"),
    [
        ("doctl apps get <APP_ID>", "doctl: apps get ${app_id}"),
        ("doctl apps get $APP --format ID --no-header | head -n 1", "doctl: apps get ${app_id} -o json"),
        ("doctl apps logs <ID> --type=run --tail 5", "doctl: [apps, logs, --tail, '5', '${app_id}', --type, run]"),
        ("psql -h $H -tAc 'SELECT  1;'", "psql: {sql: select 1, host: h}"),
        ("psql -c \"select * from t where id = '<ID>'\"", "psql: select * from t where id = ${app_id}"),
        ("redis-cli -h $H -a $P --tls PING", "redis-cli: PING"),
        ("curl -fsS https://example.com/health", "http: {get: '${url}/health'}"),
        ("curl -v https://example.com/health | jq .status", "http: 'https://example.com/health'"),
        ("./deploy.sh --env=prod", "shell: deploy.sh --env prod"),
        ("one | head | two 'a b'", "shell: {argv: [sh, -c, \"one | two 'a b'\"]}"),
        ("X=$(doctl apps list)\nY=1", "doctl: apps list"),
        ("kubectl -n shop delete pod worker-1", "shell: kubectl -n shop delete pod ${app_id}"),
    ],
)
def test_the_same_command_is_known_however_it_is_written(tmp_path: Path, command: str, step: str) -> None:
    found = compared(tmp_path, command, f"  - {step}\n")
    assert not found.any, found.as_json()
    assert found.both


@pytest.mark.parametrize(
    ("command", "step"),
    [
        ("doctl apps get <APP_ID>", "doctl: apps delete ${app_id}"),
        ("doctl apps logs <ID> --type RUN", "doctl: apps logs ${app_id} --type run"),
        ("psql -c 'select 1'", "psql: select 2"),
        ("redis-cli PING", "redis-cli: INFO"),
        ("curl https://example.com/a", "http: '${url}/b'"),
        ("curl -X POST https://example.com/a", "http: '${url}/a'"),
        ("rm <DIR>", "shell: mv ${app_id}"),
        ("rm <DIR>", "shell: rm ${app_id} ${url}"),
    ],
)
def test_what_differs_is_told_on_both_sides_with_its_places(tmp_path: Path, command: str, step: str) -> None:
    found = compared(tmp_path, command, f"  - {step}\n")
    assert [(place.file, place.line) for entry in found.only_manual for place in entry.places] == [("m.md", 4)]
    assert [(place.file, place.line) for entry in found.only_library for place in entry.places] == [(str(tmp_path / "r.yml"), 6)]


def test_the_nearest_command_of_the_other_side_is_named(tmp_path: Path) -> None:
    found = compared(tmp_path, "doctl apps logs <ID> --type RUN", "  - doctl: apps list\n  - doctl: apps logs ${app_id} --type run\n")
    assert [place.line for place in found.only_manual[0].other] == [7]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_was_imported_does_not_drift(tmp_path: Path, path: Path) -> None:
    manual = load_manual(str(path))
    write_runbooks(import_manual(manual), str(tmp_path))
    found = drift(manual, str(path), str(tmp_path))
    assert [entry.form.text for entry in found.only_manual] == []


def test_a_hole_alone_is_no_common_ground() -> None:
    assert not same(forms_of_text("run $A")[0], forms_of_text("run this")[0])
    assert same(forms_of_text("run this $A")[0], forms_of_text("run this that")[0])
    assert sql_form("SELECT 'A' FROM T;") == sql_form("select  'A'\nfrom t")
    assert sql_form("select 'A'") != sql_form("select 'a'")


def test_a_folder_without_runbooks_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunbookError) as caught:
        drift(manual_of("m.md", b"`ls -l`"), "m.md", str(tmp_path))
    assert caught.value.diagnostics[0].code == "RB703"


ACCEPTED = """\
# nobody needs the list

# The console shows it,
# and so does the app.
manual: doctl apps list
manual: doctl databases …

runbooks: doctl apps get ⟨⟩
manual: ls -l
"""


def test_a_difference_that_is_let_stand_is_no_drift(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from runbook_lang.cli.main import main

    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "r.yml").write_text(HEAD + "  - doctl: apps get ${app_id}\n")
    (tmp_path / "m.md").write_text("# Do\n\n```bash\ndoctl apps list\ndoctl databases list\n```\n")
    words = ["drift", str(tmp_path / "m.md"), str(tmp_path / "lib")]
    assert main(words) == 1
    (tmp_path / "here").write_text(ACCEPTED)
    capfd.readouterr()
    assert main([*words, "--accepted", str(tmp_path / "here"), "--format", "json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["drift"], said["only_manual"], said["only_library"]) == (False, [], [])
    assert [(one["side"], one["command"], one["why"], one["line"]) for one in said["accepted"]] == [
        ("manual", "doctl apps list", "The console shows it, and so does the app.", 5),
        ("manual", "doctl databases list", "The console shows it, and so does the app.", 6),
        ("runbooks", "doctl apps get ⟨⟩", "", 8),
    ]
    assert said["idle"] == [{"line": 9, "side": "manual", "command": "ls -l"}]
    (tmp_path / "lib" / "drift.accepted").write_text(ACCEPTED.replace("manual: doctl apps list\n", ""))
    assert main(words) == 1
    told = capfd.readouterr()
    assert "doctl apps list" in told.out
    assert "2 differences are accepted" in told.out
    assert "line 8 of the accepted differences fits nothing any more: manual: ls -l" in told.err


@pytest.mark.parametrize(
    ("text", "words"),
    [("doctl apps list\n", "Line 1"), ("\nmanual:\n", "Line 2"), ("library: ls\n", "Line 1"), ("\udcff", "can't be read")],
)
def test_a_list_of_accepted_differences_that_says_something_else_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "drift.accepted").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunbookError) as caught:
        read_accepted("", str(tmp_path))
    assert caught.value.diagnostics[0].code == "RB704"
    assert words in str(caught.value)


def test_the_command_line_tells_it_by_its_exit_code_and_as_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from runbook_lang.cli.main import main

    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "r.yml").write_text(HEAD + "  - doctl: apps list\n")
    manual = tmp_path / "m.md"
    manual.write_text("# Do\n\n`doctl apps list`\n")
    assert main(["drift", str(manual), str(tmp_path / "lib")]) == 0
    manual.write_text("# Do\n\n`doctl databases list`\n")
    capfd.readouterr()
    assert main(["drift", str(manual), str(tmp_path / "lib"), "--format", "json"]) == 1
    said = json.loads(capfd.readouterr().out)
    assert said["drift"] is True
    assert said["only_manual"][0]["command"] == "doctl databases list"
    assert said["only_library"][0]["places"][0]["where"] == "doctl_1"
