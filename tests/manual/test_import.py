"""Manuals become skeletons: every command in a step, nothing made up, and files that are sound whatever the manual says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_lang.api.manuals import OWN_FINDINGS, import_manual, load_manual, manual_of, write_runbooks
from runbook_lang.base.diagnostics import RunbookError
from tests.manual.samples import SAMPLES, become

if TYPE_CHECKING:
    from runbook_lang.api.manuals import Result


def imported(text: str) -> Result:
    return import_manual(manual_of("manual.md", text.encode()))


def one(text: str) -> str:
    """The runbook of a manual with one procedure, without its head."""
    return imported(text).runbooks[0].text.partition("steps:\n")[2]


def block(code: str, language: str = "bash") -> str:
    return f"# Do\n\n```{language}\n{code}\n```\n"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_becomes_what_is_wanted(path: Path) -> None:
    """`python -m tests.manual.update` writes what is wanted."""
    assert become(path) == path.with_suffix(".wanted").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_only_what_concerns_the_commands_is_found_in_a_skeleton(path: Path) -> None:
    result = import_manual(load_manual(str(path)))
    found = [item for book in result.runbooks for item in book.findings]
    assert [item for item in found if not item.code.startswith("RB5") and item.code not in OWN_FINDINGS] == []


@pytest.mark.parametrize(
    ("command", "step"),
    [
        ("doctl apps list", "doctl: apps list"),
        ("doctl apps get <APP_ID>", "doctl: apps get ${app_id}"),
        ("doctl --access-token $DO_TOKEN apps list", "doctl: command: apps list token: ${do_token}"),
        ("redis-cli -h $H -p 6380 -n 2 GET a", 'redis-cli: command: GET a host: ${h} port: "6380" db: "2"'),
        ("REDISCLI_AUTH=$PW redis-cli PING", "redis-cli: command: PING password: ${pw}"),
        ("psql -h <HOST> -tAc 'select 1' shop", "psql: sql: select 1 host: ${host} database: shop"),
        ("psql -c \"select * from t where id = '<ID>'\"", "psql: select * from t where id = ${id}"),
        ("psql postgresql://u:$PW@h:5433/d?sslmode=require -c 'select 1'",
         'psql: sql: select 1 host: h port: "5433" user: u database: d password: ${pw} sslmode: require'),
        ("aws s3 ls s3://$B", "aws: s3 ls s3://${b}"),
        ("AWS_PROFILE=ops aws s3 ls", "aws: command: s3 ls profile: ops"),
        ("curl -fsS https://example.com/a", "http: get: https://example.com/a"),
        ("curl -f -I https://example.com", "http: head: https://example.com"),
        ("curl -fX DELETE https://example.com/a -u u:$PW", "http: delete: https://example.com/a auth: basic: user: u password: ${pw} because: Do"),
        ("curl -fL -m 5 https://example.com", "http: get: https://example.com follow: true timeout: 5s"),
        ("curl -k https://example.com", "shell: curl -k https://example.com"),
        ("curl -d @file https://example.com", "shell: curl -d @file https://example.com"),
        ("kubectl get pods -l 'a b'", 'shell: kubectl get pods -l "a b"'),
        ("a | b", "shell: argv: [sh, -c, a | b]"),
        ("ls *.log", "shell: argv: [sh, -c, ls *.log]"),
        ("grep 'x*' f", 'shell: grep "x*" f'),
        ("echo ${REGION:-eu}", "shell: echo ${region}"),
        ("echo {{ region }}", "shell: echo ${region}"),
        ("A=1 make all", 'shell: command: make all env: A: "1"'),
        ("cat <<EOF\nhello $NAME\nEOF", "shell: command: cat stdin: | hello ${name}"),
        ("cat <<'EOF'\nhello $NAME\nEOF", "shell: command: cat stdin: | hello $NAME"),
        ("echo '${X}'", 'shell: [echo, "$${X}"]'),
        ("grep '<NAME>' f | wc -l", "shell: argv: [sh, -c, grep ''\"$NAME\"'' f | wc -l] env: NAME: ${name}"),
        ("source env.sh", "shell: argv: [bash, -c, source env.sh]"),
    ],
)  # fmt: skip
def test_a_command_becomes_the_action_that_does_the_same(command: str, step: str) -> None:
    text = re.sub(r"(?m)^ +#.*\n", "", one(block(command)))
    text = text.partition("\n")[2]  # behind the id
    assert " ".join(text.split()) == step


def test_several_commands_of_a_line_are_several_steps() -> None:
    assert re.findall(r"shell: (.*)", one(block("one && two; three"))) == ["one", "two", "three"]


def test_a_change_of_the_folder_alone_is_nothing_to_do() -> None:
    with pytest.raises(RunbookError, match="no procedure"):
        imported(block("cd /srv/app"))
    assert [book.name for book in imported(f"{block('cd x')}\n{block('make')}").runbooks] == ["do"]  # and not `do-2`


def test_a_construct_of_the_shell_stays_one_step() -> None:
    text = one(block("for x in a b; do\n  echo $x\ndone\nnext"))
    assert text.count("- id:") == 2
    assert "for x in a b; do\n            echo $x\n          done\n" in text


def test_comments_become_titles_and_numbers_are_left_out() -> None:
    text = one(block("# 1. Look\nls\n\n# Step 2: Go\n# (slowly)\nmv a b   # really"))
    assert re.findall(r"title: (.*)", text) == ["Look", "Go"]
    assert "# (slowly)" in text
    assert "# really" in text


def test_a_variable_that_a_person_fills_in_is_asked_for_in_its_place() -> None:
    text = one(block("list\nTARGET=<the good one>\ngo $TARGET"))
    assert 'answer: "TARGET: <the good one>"' in text
    assert "shell: go ${target.answer}" in text


def test_the_output_of_a_command_is_read_where_its_variable_stands() -> None:
    assert "shell: kill ${pid.lines[0]}" in one(block("PID=$(pgrep app)\nkill $PID"))


def test_a_password_of_the_manual_is_in_no_runbook() -> None:
    text = imported(block("PGPASSWORD=hunter2 psql -c 'select 1'\nredis-cli -a hunter2 PING\nexport API_TOKEN=hunter2\n"
                          "curl -u me:hunter2 https://example.com\ncurl -H 'Authorization: hunter2' https://example.com")).runbooks[0].text  # fmt: skip
    assert "hunter2" not in text
    assert "pgpassword: {env: PGPASSWORD" in text


def test_what_destroys_says_why_in_the_words_of_the_manual() -> None:
    text = one("# Do\n\n- If it is stuck, forget it: `DELETE FROM jobs WHERE id = 1;`\n")
    assert 'because: "If it is stuck, forget it: DELETE FROM jobs WHERE id = 1;"' in text


def test_findings_stand_beside_their_step_and_nowhere_else() -> None:
    text = one(block("doctl apps list\ndoctl apps logs <ID> --type RUN --tail 5"))
    first, second = text.split("- id: ")[1:]
    assert "RB564" not in first
    assert "# RB564 error: " in second


@pytest.mark.parametrize(
    "line",
    [
        "✅ Éxito: responde",
        "Expected: `200`",
        "Deberías ver el proceso",
        "You should see it",
        "**Criterio de éxito**: sano",
        "Resultado esperado: OK",
    ],
)
def test_a_line_that_says_how_success_looks_is_left_to_be_settled(line: str) -> None:
    assert "# TODO expect: " in one(block("ls") + f"\n{line}\n")


@pytest.mark.parametrize(
    "text",
    ["The `main` branch, `docs/a.md`, `PORT=80`, `/etc/hosts`, `status=ok`, `doctl`, `test results`, `select`.",
     "```yaml\na: 1\n```\n\n```python\nimport os\n```\n\n```\n+---+\n| a |\n+---+\n```",
     "<!-- `doctl apps list` -->\n\n<div>`doctl apps list`</div>",
     "1. [a](#a)\n2. [b](#b)", ""],
)  # fmt: skip
def test_what_is_no_command_becomes_none(text: str) -> None:
    with pytest.raises(RunbookError) as caught:
        imported(f"# Read\n\n{text}\n")
    assert caught.value.diagnostics[0].code == "RB791"


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"\xff\xfea", "UTF-16"), (b"# a\xe9", "not UTF-8"), (b"a\n" * (512 * 1024 + 1), "1 MiB"), (b"[" * 20_001, "Line 1 ")],
)
def test_what_is_no_manual_is_said(raw: bytes, words: str) -> None:
    with pytest.raises(RunbookError) as caught:
        manual_of("manual.md", raw)
    assert caught.value.diagnostics[0].code == "RB790"
    assert words in caught.value.diagnostics[0].message


def test_nothing_is_written_over(tmp_path: Path) -> None:
    result = imported("# One\n\n`ls -l`\n\n# Two\n\n`ls -a`\n")
    (tmp_path / "two.yml").write_text("mine")
    with pytest.raises(RunbookError) as caught:
        write_runbooks(result, str(tmp_path))
    assert caught.value.diagnostics[0].code == "RB792"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["two.yml"]
    write_runbooks(result, str(tmp_path), force=True)
    assert "shell: ls -a" in (tmp_path / "two.yml").read_text()


PIECES = st.sampled_from(
    "# a|## §1|```|~~~|```bash|```sql|$ |`doctl apps list`|<APP_ID>|$X|${X|${X}|$(|)|'|\"|\\|\n|\n\n|    |- |1. |> || a | b ||---|<<EOF|EOF|&&|;|psql -c|"
    "redis-cli -a|curl -d|-X|https://u:p@h:1/|if|fi|done|for x in|{|}|export A=|A=|select 1;|✅|Expected|<!--|-->|[a](b)|**|*|\t|é|日|\u202e|\x00|\x07|#|cd x|%|:|@|!|~".split(
        "|"
    )
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.lists(PIECES, max_size=40).map(" ".join), st.lists(PIECES, max_size=40).map("".join), st.text(max_size=200)))
def test_any_markdown_gives_sound_runbooks_or_a_finding(text: str) -> None:
    try:
        result = imported(text)
    except RunbookError as error:
        assert all(item.code in ("RB790", "RB791") for item in error.diagnostics)
        return
    for book in result.runbooks:
        assert [item for item in book.findings if item.code[:3] in ("RB1", "RB2", "RB3") and item.code not in OWN_FINDINGS] == [], book.text
