"""What the schemas say about their definitions, where no table of the reader's does."""

from __future__ import annotations

ACTIONS = {
    "doctl": "A command of DigitalOcean's doctl.",
    "psql": "SQL for PostgreSQL, by psql; values are bound.",
    "redis-cli": "A command for Redis, by redis-cli.",
    "aws": "A command of the AWS command line, also for other S3-compatible storage.",
    "http": "One HTTP request.",
    "tls": "The certificate that a server shows, good or bad.",
    "shell": "A program with its arguments; there is no shell in between.",
    "render": "A document made from a template of the library, written into the run's folder.",
    "notify": "A message to people.",
}
"""What each executor does."""

TITLES = {
    "action": "An action",
    "date": "A day such as 2026-03-01",
    "identifier": "A name",
    "policy_name": "A name of the policy's",
    "step": "A step",
    "steps": "Steps",
    "word": "A word or a path, without ${…}",
}
"""What a definition is, where neither it nor its name says so."""


def title_of(name: str) -> str:
    """The title of a definition by its name; '' where there is nothing to say."""
    kind, _, what = name.partition(".")
    if kind == "args":
        return f"The arguments of {what}"
    return what if kind in ("key", "call") else TITLES.get(name, "")
