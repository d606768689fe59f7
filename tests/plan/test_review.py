"""Reviews of a change: what is touched, and what is written for people, for GitHub and for code scanning."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from runbook_lang.api.review import Finding, review
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.reports.cut import cut_middle
from runbook_lang.reports.github import MOST, outputs, workflow_commands
from runbook_lang.reports.plan_markdown import block, code, text
from runbook_lang.reports.review_markdown import LIMIT, comment, document
from runbook_lang.reports.sarif import sarif
from tests.plan.repository import Repo

SARIF = Draft202012Validator(json.loads(Path(__file__).with_name("sarif.schema.json").read_text(encoding="utf-8")))
BOOK = """\
runbook: {name}
policy: policy.yml
steps:
  - {{id: look, shell: /bin/ls}}
  - {{id: page, render: {{template: page.j2, to: page.txt}}}}
  - {{id: part, call: part.yml}}
"""
PART = "runbook: part\nsteps:\n  - {id: say, shell: /bin/echo part}\n"
ALONE = "runbook: alone\nsteps:\n  - {id: say, shell: /bin/echo alone}\n"
POLICY = "zone: UTC\ntiers: {ops: {hours: 24x7, ack_within: 5m, notify: [{slack: '#ops'}]}}\nseverities: {P1: {tiers: [ops]}}\n"
FILES = {
    "lib__one_yml": BOOK.format(name="one"),
    "lib__part_yml": PART,
    "lib__policy_yml": POLICY,
    "lib__page_j2": "Hello\n",
    "other__alone_yml": ALONE,
}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    made.commit(**FILES)
    made.git("checkout", "-q", "-b", "change")
    return made


@pytest.mark.parametrize(
    ("file", "new", "touched"),
    [
        ("lib__one_yml", BOOK.format(name="one").replace("/bin/ls", "/bin/ls -l"), ["lib/one.yml"]),
        ("lib__part_yml", PART.replace("echo", "printf"), ["lib/one.yml", "lib/part.yml"]),
        ("lib__policy_yml", POLICY.replace("5m", "9m"), ["lib/one.yml"]),
        ("lib__page_j2", "Good bye\n", ["lib/one.yml"]),
        ("other__alone_yml", ALONE.replace("echo", "printf"), ["other/alone.yml"]),
        ("README_md", "Hello\n", []),
        ("lib__new_yml", PART.replace("part", "new"), ["lib/new.yml"]),
        ("other__alone_yml", None, ["other/alone.yml"]),
    ],
)
@pytest.mark.parametrize("committed", [True, False])
def test_what_a_change_touches(repo: Repo, file: str, new: str | None, touched: list[str], committed: bool) -> None:
    repo.commit(**{file: new})
    if committed:
        found = review("main", "change")
    else:
        repo.git("reset", "-q", "--soft", "HEAD~1")
        found = review("HEAD", "")
    assert [one.path for one in found.runbooks] == touched


def test_only_what_the_branch_changed_counts(repo: Repo) -> None:
    repo.commit(lib__part_yml=PART.replace("echo", "printf"))
    repo.git("checkout", "-q", "main")
    repo.commit(other__alone_yml=ALONE.replace("echo", "printf"))
    assert [one.path for one in review("main", "change").runbooks] == ["lib/one.yml", "lib/part.yml"]
    assert [one.path for one in review("main", "change", ["lib/part.yml"]).runbooks] == ["lib/part.yml"]


def test_a_laxer_policy_is_a_finding_of_each_runbook(repo: Repo) -> None:
    repo.commit(lib__policy_yml=POLICY.replace("5m", "9m"))
    found = review("main", "HEAD")
    assert found.has("weakened")
    assert [(one.level, one.rule, one.file) for one in found.findings] == [("warning", "weakened/policy-escalation", "lib/one.yml")]
    assert found.runbooks[0].because == ("lib/policy.yml",)


def test_an_error_stands_at_its_line(repo: Repo) -> None:
    repo.commit(other__alone_yml=ALONE.replace("shell: /bin/echo alone", "shell: /bin/echo alone, expect: result.exitt == 0"))
    for found in (review("main", "HEAD"), review("main", "")):
        [finding, *_] = found.findings
        assert (finding.level, finding.rule, finding.file, finding.line) == ("error", "RB214", "other/alone.yml", 3)
        assert found.errors == 1


def test_a_risky_step_stands_at_its_line(repo: Repo) -> None:
    repo.commit(other__alone_yml=ALONE + "  - {id: wipe, shell: rm x}\n")
    [first, *_] = [one for one in review("main", "HEAD").findings if one.rule == "risk/added"]
    assert (first.file, first.line, first.column) == ("other/alone.yml", 4, 5)


@pytest.mark.parametrize(("base", "head", "code"), [("nowhere", "HEAD", "RB752"), ("main", "nowhere", "RB752")])
def test_a_revision_that_is_not_there(repo: Repo, base: str, head: str, code: str) -> None:
    with pytest.raises(RunbookError) as caught:
        review(base, head)
    assert caught.value.diagnostics[0].code == code


def test_a_comment_is_never_too_long_and_says_where_the_rest_is(repo: Repo) -> None:
    steps = "".join(
        f"  - {{id: step_{n}, title: '{'x' * 300}', shell: rm file_{n} ${{'{{'}}}}\n".replace(" ${'{'}}", "}") for n in range(600)
    )
    repo.commit(other__alone_yml=ALONE + steps)
    found = review("main", "HEAD")
    whole, short = document(found), comment(found, "See review.md.")
    assert len(whole) > LIMIT >= len(short)
    assert "See review" in short
    assert short.startswith(whole[:300])
    assert short.endswith(whole[-100:])
    assert short.count("<details>") == short.count("</details>")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(short)
    assert html.count("<table>") == 1
    assert html.rstrip().endswith("</sub></p>")


@given(
    st.lists(st.sampled_from(["a", "", "```", "````", "<details>", "</details>", "x" * 50, "  ```diff"]), max_size=60),
    st.integers(250, 900),
)
def test_a_cut_text_fits(lines: list[str], limit: int) -> None:
    whole = "\n".join(lines)
    short = cut_middle(whole, limit, "> cut")
    assert len(short) <= max(limit, 0)
    assert (short == whole) == (len(whole) <= limit)


HOSTILE = st.text(st.sampled_from("`*_[](){}<>!|#@&~$\\\n\r\x1b ab:/⟨⟩-+=\u202e"), max_size=40)


@given(HOSTILE)
def test_no_text_of_a_stranger_becomes_markup(words: str) -> None:
    """Neither a tag, a link, a picture, a heading nor a mention."""
    render = MarkdownIt("commonmark", {"html": True}).enable("table").render
    for shown in (f"- {text(words)}", f"- {code(words)}", block(words), f"| a |\n| --- |\n| {code(words)} {text(words)} |"):
        html = render(shown)
        tags = set(re.findall(r"</?([a-z0-9]+)", html))
        assert tags <= {"ul", "li", "p", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}, (shown, html)
        assert "href" not in html
    assert not re.search(r"(?<![\\\u200b])@[a-z]", text(words))


def _finding(level: str, n: int) -> Finding:
    return Finding(level, f"RB{n:03}", f"message {n}", "a,b:c%.yml", n + 1, 1)


def test_at_most_ten_annotations_of_a_level_and_no_word_ends_one() -> None:
    found = [_finding(level, n) for level in ("error", "warning", "note") for n in range(30)]
    lines = list(workflow_commands(found))
    assert [sum(line.startswith(f"::{word} ") for line in lines) for word in ("error", "warning", "notice")] == [MOST] * 3
    assert lines[0] == "::error file=a%2Cb%3Ac%25.yml,line=1,col=1,title=RB000::message 0"
    [line] = workflow_commands([Finding("error", "X", "one\n::error::two\r%0A", "f")])
    assert "\n" not in line
    assert "\r" not in line
    assert "%250A" in line


def test_no_value_can_name_a_further_output() -> None:
    assert outputs({"a": "x\nb=1", "c": ""}) == "a=x b=1\nc=\n"


@given(
    st.lists(
        st.builds(
            Finding,
            st.sampled_from(("error", "warning", "note")),
            st.text(min_size=1),
            st.text(min_size=1),
            st.text(),
            st.integers(0, 99),
            st.integers(0, 99),
        )
    )
)
def test_any_findings_make_a_valid_log(found: list[Finding]) -> None:
    log = sarif(found, {})
    SARIF.validate(json.loads(json.dumps(log)))
    run = log["runs"][0]
    assert [run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in run["results"]] == [one.rule for one in found]


def test_nothing_of_a_change_is_run(repo: Repo, tmp_path: Path) -> None:
    """A change may bring modules and configuration that a careless tool would load."""
    mark = tmp_path / "ran"
    for name in ("yaml", "jinja2", "runbook_lang", "sitecustomize", "conftest"):
        (repo.folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n")
    (repo.folder / "surfaces").mkdir()
    repo.commit(other__alone_yml=ALONE.replace("alone}", '"`touch ran`"}'), lib__page_j2="{{ ''.__class__ }}\n")
    before = set(os.listdir(repo.folder))
    assert review("main", "HEAD").runbooks
    assert not mark.exists()
    assert set(os.listdir(repo.folder)) == before
