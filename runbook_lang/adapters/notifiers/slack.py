"""Slack: an incoming webhook. RUNBOOK_SLACK_<CHANNEL>, else RUNBOOK_SLACK, holds its URL, which is a secret."""

from __future__ import annotations

from .contract import MANY, Answer, Notice, Settings, cut, further
from .exchange import answer_of, post_json

LIMIT = 3000


class Slack:
    name = "slack"

    def send(self, notice: Notice, settings: Settings) -> Answer:
        url, variable = settings.of("SLACK", notice.to)
        if not url:
            return Answer(ok=False, why=f"{variable} isn't set")
        body = cut(further(notice), MANY if notice.kind == "grouped" else LIMIT)
        text = f"*{escape(notice.subject)}*\n{escape(body)}"
        return answer_of(post_json(url, {"text": text}, settings), (200,))


def escape(text: str) -> str:
    """Only these three characters mean something; escaped, no text can mention a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


NOTIFIER = Slack()
