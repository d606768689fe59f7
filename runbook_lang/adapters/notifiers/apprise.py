"""A hundred services by the package `apprise`, where it is installed. RUNBOOK_APPRISE_<NAME>, else RUNBOOK_APPRISE, holds its URL."""

from __future__ import annotations

from .contract import MANY, Answer, Notice, Settings, cut, further, one_line


class Apprise:
    name = "apprise"

    def send(self, notice: Notice, settings: Settings) -> Answer:
        url, variable = settings.of("APPRISE", notice.to)
        if not url:
            return Answer(ok=False, why=f"{variable} isn't set")
        try:
            import apprise
        except ImportError:
            return Answer(ok=False, why="the package `apprise` isn't installed: pip install runbook-lang[apprise]")
        sender = apprise.Apprise()
        if not sender.add(url):
            return Answer(ok=False, why=f"{variable} holds no address that apprise knows")
        try:
            sent = sender.notify(body=cut(further(notice), MANY if notice.kind == "grouped" else 8000), title=one_line(notice.subject))
        except Exception as error:  # noqa: BLE001 - a hundred services raise what they like
            return Answer(ok=False, why=f"apprise failed ({type(error).__name__})", retry=True)
        return Answer(ok=True) if sent else Answer(ok=False, why="apprise couldn't send it", retry=True)


NOTIFIER = Apprise()
