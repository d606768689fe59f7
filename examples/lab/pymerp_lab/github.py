"""A stand-in of the part of GitHub's API that follows an incident: milestones, issues and their comments of one repository."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from pymerp_lab.part import Place
from pymerp_lab.web import Answer, Handler, WebServer

REPOSITORY = "/repos/Ign14/PYMERP"


class GitHub:
    name = "github"
    breaks: Mapping[str, str] = {
        "github-401": "the token is refused",
        "github-500": "the API fails with 500",
        "github-milestone": "there is no milestone post-mortem",
    }

    def __init__(self) -> None:
        self.faults: set[str] = set()
        self.issues: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.token = "ghp_" + secrets.token_hex(18)

    def missing(self) -> str | None:
        return None

    def start(self, place: Place) -> None:
        self._server = GitHubServer(self)
        self.base = f"http://127.0.0.1:{self._server.port}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def environment(self) -> dict[str, str]:
        return {"GITHUB_API_URL": self.base, "GITHUB_TOKEN": self.token}

    def set_fault(self, what: str, on: bool) -> None:
        (self.faults.add if on else self.faults.discard)(what)

    def reset(self) -> None:
        self.issues.clear()
        self.comments.clear()

    def state(self) -> dict[str, Any]:
        return {"issues": list(self.issues), "comments": list(self.comments)}


class GitHubServer(WebServer):
    def __init__(self, github: GitHub) -> None:
        super().__init__()
        self.github = github

    def respond(self, request: Handler, body: bytes) -> Answer:
        if "github-500" in self.github.faults:
            return Answer(500, {"message": "Server Error"})
        if "github-401" in self.github.faults or request.headers.get("Authorization") != f"Bearer {self.github.token}":
            return Answer(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
        path = request.path.partition("?")[0]
        match request.command, path.removeprefix(REPOSITORY):
            case "GET", "/milestones":
                return Answer(200, self._milestones())
            case "GET", "/issues":
                return Answer(200, self.github.issues)
            case "POST", "/issues":
                return self._create(json.loads(body))
            case "POST", tail if tail.startswith("/issues/") and tail.endswith("/comments"):
                self.github.comments.append(json.loads(body))
                return Answer(201, {"id": len(self.github.comments)})
        return Answer(404, {"message": "Not Found"})

    def _milestones(self) -> list[dict[str, Any]]:
        names = ["sprint-11"] if "github-milestone" in self.github.faults else ["sprint-11", "post-mortem"]
        return [{"number": number, "title": title, "state": "open"} for number, title in enumerate(names, start=4)]

    def _create(self, wanted: dict[str, Any]) -> Answer:
        known = {item["number"] for item in self._milestones()}
        if not wanted.get("title") or ("milestone" in wanted and wanted["milestone"] not in known):
            return Answer(422, {"message": "Validation Failed", "errors": [{"resource": "Issue", "code": "invalid"}]})
        number = len(self.github.issues) + 101
        issue = {
            "number": number,
            "title": wanted["title"],
            "body": wanted.get("body", ""),
            "labels": [{"name": name} for name in wanted.get("labels", [])],
            "milestone": {"number": wanted.get("milestone")},
            "state": "open",
            "html_url": f"https://github.com/Ign14/PYMERP/issues/{number}",
            "comments_url": f"{self.github.base}{REPOSITORY}/issues/{number}/comments",
        }
        self.github.issues.append(issue)
        return Answer(201, issue)
