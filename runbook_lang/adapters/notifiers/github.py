"""A GitHub issue: label `incident`, milestone `post-mortem`; others by `owner/name?labels=a,b&milestone=title`. RUNBOOK_GITHUB_TOKEN;
RUNBOOK_GITHUB_URL another server. What it says of a message that is out is the issue's address.

GitHub knows no idempotency key: each issue holds the notice's key as a comment that readers don't see, and an issue that has it
already is not made again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from .contract import Answer, Notice, Settings, cut, one_line
from .exchange import Reply, answer_of, exchange, post_json

if TYPE_CHECKING:
    from collections.abc import Iterable

BASE = "https://api.github.com"
LABELS = ("incident",)
MILESTONE = "post-mortem"
REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


class GitHub:
    name = "github"

    def send(self, notice: Notice, settings: Settings) -> Answer:
        repository, _, query = notice.to.partition("?")
        wanted = parse_qs(query, keep_blank_values=True)
        labels = tuple(label for text in wanted.get("labels", [",".join(LABELS)]) for label in text.split(",") if label)
        milestone = wanted.get("milestone", [MILESTONE])[0]
        answer, url = create_issue(
            repository, notice.subject, notice.text, notice.key, settings, labels=labels, milestone=milestone, again=notice.again
        )
        return answer.replace(why=url) if answer.ok else answer


def create_issue(
    repository: str,
    title: str,
    text: str,
    key: str,
    settings: Settings,
    *,
    labels: Iterable[str] = LABELS,
    milestone: str = MILESTONE,
    again: bool = True,
) -> tuple[Answer, str]:
    """(what came of it, the issue's address for people). `again`: look first whether it is there already."""
    if not REPOSITORY.fullmatch(repository):
        return Answer(ok=False, why="its address isn't owner/repository"), ""
    token = settings.get("GITHUB_TOKEN")
    if not token:
        return Answer(ok=False, why="RUNBOOK_GITHUB_TOKEN isn't set"), ""
    base = f"{settings.get('GITHUB_URL', BASE).rstrip('/')}/repos/{repository}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    mark = f"<!-- runbook: {one_line(key).replace('--', '-')} -->"
    first = next(iter(labels), "")
    if again:
        reply = exchange("GET", f"{base}/issues?state=all&per_page=100&labels={quote(first, safe='')}", settings, headers=headers)
        there = _found(reply, lambda item: mark in str(item.get("body")))
        if there is not None:
            return Answer(ok=True), str(there.get("html_url", ""))
    number, problem = _milestone(base, milestone, settings, headers)
    if problem is not None and problem.retry:
        return problem, ""
    document: dict[str, Any] = {"title": one_line(title), "body": f"{cut(text, 60_000)}\n\n{mark}", "labels": list(labels)}
    if number:
        document["milestone"] = number
    reply = post_json(f"{base}/issues", document, settings, headers)
    answer = answer_of(reply, (201,))
    if reply.status == 403:  # its answer to too many at once, too
        answer = answer.replace(retry=bool(reply.after_s))
    made = reply.json()
    return answer, str(made.get("html_url", "")) if answer.ok and isinstance(made, dict) else ""


def _milestone(base: str, title: str, settings: Settings, headers: dict[str, str]) -> tuple[int, Answer | None]:
    """(its number, None), or (0, why not). An issue without its milestone is better than none."""
    if not title:
        return 0, None
    reply = exchange("GET", f"{base}/milestones?state=open&per_page=100", settings, headers=headers)
    if reply.status != 200:
        return 0, answer_of(reply, (200,))
    found = _found(reply, lambda item: item.get("title") == title)
    number = found.get("number") if found is not None else None
    return (number, None) if isinstance(number, int) else (0, None)


def _found(reply: Reply, wanted: Any) -> dict[str, Any] | None:
    items = reply.json()
    return next((item for item in items if isinstance(item, dict) and wanted(item)), None) if isinstance(items, list) else None


NOTIFIER = GitHub()
