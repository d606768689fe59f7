"""`runbook tools`: what is installed, what a library lacks, new facts and their use."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.snapshots import positionals
from runbook_lang.api.tools import install_hint, platforms

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

    Run = Callable[..., Said]
    Program = Callable[[str, str], Path]

NEEDY = """\
runbook: needy
secrets: {password: {env: NEEDY_PASSWORD}}
steps:
  - psql: {sql: select 1, password: "${password}"}
  - shell: no-such-program --now
  - shell: ./own-script
"""


def test_the_list_compares_versions(here: Path, runbook: Run, program: Program) -> None:
    program("doctl", "#!/bin/sh\necho doctl version 1.170.2-release\n")
    program("psql", "#!/bin/sh\necho 'psql (PostgreSQL) 15.9'\n")
    program("redis-cli", "#!/bin/sh\necho redis-cli 6.2.1\n")
    program("aws", "#!/bin/sh\nexit 1\n")
    rows = {row["executor"]: row for row in runbook("tools", "list", "--format", "json").json["tools"]}
    assert {name: row["found"] for name, row in rows.items() if name in ("doctl", "psql", "redis-cli", "aws")} == {
        "doctl": "1.170.2",
        "psql": "15.9",
        "redis-cli": "6.2.1",
        "aws": "",
    }
    assert rows["doctl"]["note"].startswith("newer than the facts; `runbook tools snapshot doctl`")
    assert rows["redis-cli"]["note"].startswith("older than the facts")
    assert rows["psql"]["note"] == ""
    assert rows["aws"]["note"] == "it doesn't tell its version"
    assert rows["aws"]["known"] == "1.46"
    said = runbook("tools", "list")
    assert said.out.splitlines()[0].split() == ["executor", "found", "facts", "of"]


def test_a_tool_that_is_not_there_is_said_so(here: Path, runbook: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(here))
    assert {row["note"] for row in runbook("tools", "list", "--format", "json").json["tools"] if row["executor"] == "doctl"} == {
        "not on the PATH"
    }
    said = runbook("tools", "snapshot", "doctl")
    assert said.code == 2
    assert "RB596" in said.err


def test_the_doctor_names_what_is_missing(here: Path, runbook: Run, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("psql", "#!/bin/sh\n")
    monkeypatch.delenv("NEEDY_PASSWORD", raising=False)
    (here / "needy.yml").write_text(NEEDY)
    said = runbook("tools", "doctor", "needy.yml", "--format", "json")
    assert said.code == 2
    assert {need["name"]: need["there"] for need in said.json["needs"]} == {
        "psql": True,
        "no-such-program": False,
        "NEEDY_PASSWORD": False,
    }
    monkeypatch.setenv("NEEDY_PASSWORD", "x")
    program("no-such-program", "#!/bin/sh\n")
    said = runbook("tools", "doctor", "needy.yml")
    assert said.code == 0
    assert "missing" not in said.out


def test_the_doctor_looks_through_a_folder_and_tells_what_it_cannot_read(here: Path, runbook: Run) -> None:
    (here / "good.yml").write_text("runbook: good\nsteps:\n  - shell: ls\n")
    (here / "bad.yml").write_text("runbook: bad\nsteps:\n  - shell: ls\n    expect: nothing\n")
    (here / "plugin.yml").write_text("runbook: plugin\nsteps:\n  - no_such_executor: x\n")
    said = runbook("tools", "doctor")
    assert said.code == 2
    assert "bad.yml has errors" in said.out
    assert "no executor of this name is installed (for plugin.yml)" in said.out


@pytest.mark.parametrize(
    ("program", "platform", "hint"),
    [("psql", "debian", "apt-get install postgresql-client"), ("aws", "plan9", "pip install awscli"), ("nothing", "debian", "")],
)
def test_install_hints(program: str, platform: str, hint: str) -> None:
    assert install_hint(program, platform) == hint


def test_a_platform_is_known_by_its_own_name_and_by_what_it_is_like(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    release = tmp_path / "os-release"
    release.write_text('NAME="Ubuntu"\nID=ubuntu\nID_LIKE="debian"\n')
    assert platforms(str(release)) == ["ubuntu", "debian"]
    assert platforms(str(tmp_path / "none")) == []


def test_a_snapshot_of_doctl_reads_help_only(here: Path, runbook: Run, fake_doctl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITALOCEAN_ACCESS_TOKEN", "secret-that-nobody-needs")
    said = runbook("tools", "snapshot", "doctl", "-q")
    assert said.code == 0, said.err
    data = said.json
    assert data["version"] == "1.200.1"
    assert data["covers"] == [""]
    commands = data["commands"]
    assert sorted(commands) == [
        "apps", "apps delete", "apps list", "apps spin", "auth", "compute", "compute droplet", "compute droplet get", "compute droplet tag",
        "compute droplet untag", "version",
    ]  # fmt: skip
    assert commands["apps list"]["shape"] == "apps"  # what the built-in facts know stays
    assert commands["apps list"]["columns"] == ["ID", "Spec.Name", "New"]
    assert commands["apps spin"] == {
        "aliases": ["ls"],
        "effect": "change",
        "positionals": [1, 2],
        "columns": ["ID", "Spec.Name", "New"],
        "flags": {
            "--format": {"type": "string"},
            "--no-header": {"type": "bool"},
            "--count": {"type": "int"},
            "--spec": {"type": "string", "required": True},
            "--force": {"type": "bool", "short": "-f"},
        },
    }
    assert [commands[f"compute droplet {name}"]["effect"] for name in ("get", "tag", "untag")] == ["read", "change", "destroy"]
    assert commands["compute droplet tag"]["positionals"] == [1, None]


def test_a_snapshot_beside_a_library_is_used(here: Path, runbook: Run, fake_doctl: Path) -> None:
    (here / "lib").mkdir()
    (here / "lib" / "r.yml").write_text("runbook: r\nsteps:\n  - doctl: apps spin x --spec f\n  - doctl: compute droplet get\n")
    assert [item["code"] for item in runbook("check", "--format", "json", "lib/r.yml").json["diagnostics"]] == ["RB560", "RB569"]
    assert runbook("tools", "snapshot", "doctl", "-o", "lib/surfaces/doctl.json").code == 0
    said = runbook("check", "--format", "json", "lib/r.yml").json["diagnostics"]
    assert [(item["line"], item["code"], item["message"]) for item in said] == [
        (4, "RB565", "`doctl compute droplet get` needs the option --spec")
    ]


def test_a_snapshot_of_a_part_leaves_the_rest_unchecked(here: Path, runbook: Run, fake_doctl: Path) -> None:
    assert runbook("tools", "snapshot", "doctl", "--only", "compute", "-o", "surfaces/doctl.json").code == 0
    (here / "r.yml").write_text("runbook: r\nsteps:\n  - doctl: apps frob\n  - doctl: compute frob\n")
    said = runbook("check", "--format", "json", "r.yml").json["diagnostics"]
    assert [(item["line"], item["code"]) for item in said] == [(3, "RB569"), (4, "RB560")]


def test_a_snapshot_judges_programs_in_shell_steps_too(here: Path, runbook: Run) -> None:
    (here / "surfaces").mkdir()
    doctl = {"format": 1, "program": "doctl", "commands": {"boats list": {"effect": "read", "positionals": [0, 0]}}}
    redis = {"format": 1, "program": "redis-cli", "commands": {"sail": {"effect": "destroy", "arity": 2}}}
    for name, data in (("doctl", doctl), ("redis-cli", redis)):
        (here / "surfaces" / f"{name}.json").write_text(json.dumps(data))
    steps = [
        "doctl boats list",
        "doctl boats lst",
        "doctl apps list",
        "timeout 5 doctl boats list now",
        "[sh, -c, 'doctl boats frob | wc -l']",
        "redis-cli sail away",
        "redis-cli get a",
    ]
    (here / "r.yml").write_text("runbook: r\nsteps:\n" + "".join(f"  - shell: {step}\n" for step in steps))
    said = runbook("check", "--format", "json", "r.yml").json["diagnostics"]
    assert [(item["line"], item["code"]) for item in said] == [
        (4, "RB560"), (5, "RB560"), (6, "RB565"), (7, "RB560"), (8, "RB426"), (9, "RB581"),
    ]  # fmt: skip
    (here / "r.yml").write_text("runbook: r\nsteps:\n  - shell: redis-cli sail away\n")
    assert [item["code"] for item in runbook("check", "--format", "json", "r.yml").json["diagnostics"]] == ["RB426"]
    (here / "r.yml").write_text("runbook: r\nsteps:\n  - shell: doctl boats list\n")
    (here / "surfaces" / "doctl.json").write_text("{")
    said = runbook("check", "--format", "json", "r.yml").json["diagnostics"]
    assert [(item["file"], item["line"], item["column"]) for item in said if item["code"] == "RB593"] == [("surfaces/doctl.json", 1, 2)]


def test_a_snapshot_wants_one_known_tool(here: Path, runbook: Run) -> None:
    assert "RB722" in runbook("tools", "snapshot", "psql").err
    assert "RB722" in runbook("tools", "snapshot").err
    assert "--from" in runbook("tools", "snapshot", "redis-cli").err


REDIS = r"""#!/bin/sh
for last; do :; done
case "$*" in
*"COMMAND DOCS") echo '{"get": {"summary": "x"}, "new": {"replaced_by": "`GET`", "subcommands": {"new|sub": {}}}}';;
*COMMAND) echo '[["get", 2, ["readonly"], 1, 1, 1, [], [], [], []], ["new", -2, [], 0, 0, 0, [], [], [], [["new|sub", 3, ["readonly"], 0, 0, 0, [], [], [], []]]]]';;
*) echo '"# Server\r\nredis_version:8.1.2\r\nos:x"';;
esac
"""


def test_a_snapshot_of_redis_asks_the_server(here: Path, runbook: Run, program: Program) -> None:
    program("redis-cli", REDIS)
    assert runbook("tools", "snapshot", "redis-cli", "--from", "cache:6380", "-o", "surfaces/redis-cli.json").code == 0
    data = json.loads((here / "surfaces" / "redis-cli.json").read_text())
    assert data["version"] == "8.1.2"
    assert data["commands"] == {
        "get": {"arity": 2, "effect": "read"},
        "new": {"arity": -2, "effect": "change", "deprecated": "GET", "group": True},
        "new|sub": {"arity": 3, "effect": "read"},
    }
    (here / "r.yml").write_text("runbook: r\nsteps:\n  - redis-cli: NEW SUB x\n  - redis-cli: SET a 1\n  - redis-cli: NEW SUB\n")
    said = runbook("check", "--format", "json", "r.yml").json["diagnostics"]
    assert [(item["line"], item["code"]) for item in said] == [(4, "RB581"), (5, "RB582")]


def test_a_server_that_answers_something_else_is_no_snapshot(here: Path, runbook: Run, program: Program) -> None:
    program("redis-cli", "#!/bin/sh\necho NOPE\n")
    assert "RB597" in runbook("tools", "snapshot", "redis-cli", "--from", "cache").err
    program("redis-cli", "#!/bin/sh\necho Could not connect >&2\nexit 1\n")
    assert "Could not connect" in runbook("tools", "snapshot", "redis-cli", "--from", "cache").err


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server")
def test_a_snapshot_of_a_real_server_has_the_facts_of_this_package(here: Path, runbook: Run) -> None:
    import socket
    import subprocess
    import time

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        said = runbook("tools", "snapshot", "redis-cli", "--from", f"127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait()
    assert said.code == 0, said.err
    assert {"get", "config|set", "xgroup|destroy"} <= said.json["commands"].keys()
    assert said.json["commands"]["flushall"]["effect"] == "destroy"


@pytest.mark.parametrize(
    ("usage", "range_"),
    [
        ("", [0, 0]),
        ("<app id>", [1, 1]),
        ("<app id> <component name (defaults to all components)>", [1, 2]),
        ("<app id> <component name> <instance name (optional)>", [2, 3]),
        ("[component name]", [0, 1]),
        ("KEY=VALUE...", [1, None]),
        ("<cluster-id> <tag>...", [2, None]),
    ],
)
def test_numbers_of_arguments_from_a_line_of_usage(usage: str, range_: list[int | None]) -> None:
    assert positionals(usage) == range_
