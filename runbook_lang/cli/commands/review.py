"""`runbook review`: what a pull request means for the runbooks."""

from __future__ import annotations

import json
import os

from ...api.files import unwritable
from ...api.review import review
from ...reports import github
from ...reports.review_markdown import comment, document
from ...reports.sarif import sarif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.review import Review
    from ..args import Args
    from ..console import Console

USAGE, GATED = 2, 1
OUTPUT = "GITHUB_OUTPUT"
COMMENT, FULL, SARIF, DOCUMENT = "comment.md", "review.md", "review.sarif", "review.json"


def run(args: Args, console: Console) -> int:
    """0; 1 when there is what `--fail-on` names; 2 when a runbook that is touched has an error."""
    found = review(args.text("base", "HEAD"), args.text("head"), args.list("PATHS"))
    folder = args.text("output")
    if folder:
        _write(found, folder)
    _show(found, console)
    _outputs(found, folder, console)
    if found.errors:
        return USAGE
    return GATED if any(found.has(level) for level in args.list("fail-on")) else 0


def _show(found: Review, console: Console) -> None:
    if console.is_json:
        console.json(found.as_json())
    elif console.format == "markdown":
        console.print(comment(found).rstrip("\n"))
    elif console.format == "sarif":
        console.print(_sarif(found))
    elif console.format == "github":
        for line in github.workflow_commands(found.findings):
            console.print(line)
    else:
        _text(found, console)


def _text(found: Review, console: Console) -> None:
    from ...reports.diff_text import render

    style = console.style()
    diffs = [one.diff for one in found.runbooks]
    console.print(render(diffs, style.width, style.colour).rstrip("\n"))
    for finding in found.findings:
        if finding.rule.startswith("RB"):
            console.print(f"{finding.file}:{finding.line}:{finding.column}: {finding.level} {finding.rule}: {finding.message}")


def _sarif(found: Review) -> str:
    from .explain import entries_of

    findings = found.findings
    titles = {one.rule: entries_of(one.rule)[one.rule].title if one.rule[:2] == "RB" else _title(one.rule) for one in findings}
    return json.dumps(sarif(findings, titles), ensure_ascii=False, indent=1)


def _title(rule: str) -> str:
    level, _, what = rule.partition("/")
    return f"{'The risk rises' if level == 'risk' else 'A protection is weaker'}: {what.replace('-', ' ')}"


def _write(found: Review, folder: str) -> None:
    """The comment, the whole text, SARIF and JSON, each as a file."""
    texts = {
        COMMENT: comment(found, f"The whole of it is in the file {FULL} of this run's artifact."),
        FULL: document(found),
        SARIF: _sarif(found) + "\n",
        DOCUMENT: json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n",
    }
    try:
        os.makedirs(folder, exist_ok=True)
        for name, text in texts.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(text)
    except OSError as error:
        raise unwritable(folder, error, "Name another folder.") from None


def _outputs(found: Review, folder: str, console: Console) -> None:
    """Values for the next steps of a workflow, where there is one."""
    path = console.environ.get(OUTPUT, "")
    if not path:
        return
    values = {"touched": str(len(found.runbooks)), "errors": str(found.errors)}
    values.update((level, str(found.has(level)).lower()) for level in ("risk", "weakened"))
    if folder:
        values.update({"comment": os.path.join(folder, COMMENT), "full": os.path.join(folder, FULL), "sarif": os.path.join(folder, SARIF)})
    try:
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(github.outputs(values))
    except OSError as error:
        raise unwritable(path, error, f"{OUTPUT} names it.") from None
