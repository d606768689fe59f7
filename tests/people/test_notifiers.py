"""Notifiers against real servers on the loopback, which hold them to the documented shapes."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from runbook_lang.adapters.notifiers.contract import Answer, Notice, Settings
from runbook_lang.adapters.notifiers.registry import notifier
from tests.executors.certificates import Authority
from tests.executors.web import Web, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOTICE = Notice(
    "run/step#3", "run/step", "told", "slack", "#alerts", "P1", "P1: <b> & <!channel>", "It & <all> is down", "run", "book", "step", "vm"
)
KEY = "0123456789abcdef0123456789abcdef"
SILENCE_S = 60.0
"""How long a server says nothing: whoever comes back before has not waited for it, however slow the machine is."""


def silent(web: Web) -> Callable[[Any], None]:
    """An answer that never comes while the test lasts."""
    return lambda handler: void(web.over.wait(SILENCE_S))


def void(_: object) -> None:
    return None


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.stop()


def send(channel: str, to: str, environ: dict[str, str], **changes: Any) -> Answer:
    return notifier(channel, to).send(NOTICE.replace(channel=channel, to=to, **changes), Settings(environ))


# --- Slack -------------------------------------------------------------------------------------------------------------


def test_slack_gets_escaped_text(web: Web) -> None:
    web.answers["/services/x"] = (200, {}, b"ok")
    assert send("slack", "#alerts", {"RUNBOOK_SLACK_ALERTS": web.url("/services/x")}) == Answer(ok=True)
    asked = web.asked[0]
    assert asked["headers"]["content-type"].startswith("application/json")
    assert json.loads(asked["body"]) == {"text": "*P1: &lt;b&gt; &amp; &lt;!channel&gt;*\nIt &amp; &lt;all&gt; is down"}


def test_slack_without_its_own_webhook_uses_the_common_one(web: Web) -> None:
    web.answers["/all"] = (200, {}, b"ok")
    assert send("slack", "#other", {"RUNBOOK_SLACK": web.url("/all")}).ok


@pytest.mark.parametrize(
    ("answer", "retry", "after", "why"),
    [
        ((400, {}, b"invalid_payload"), False, 0, "answered 400"),
        ((403, {}, b""), False, 0, "answered 403"),
        ((429, {"Retry-After": "30"}, b""), True, 30, "answered 429"),
        ((500, {}, b""), True, 0, "answered 500"),
        ((503, {"Retry-After": "7"}, b""), True, 7, "answered 503"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), False, 0, "answered 302"),
    ],
)
def test_an_answer_says_whether_trying_again_helps(web: Web, answer: Any, retry: bool, after: float, why: str) -> None:
    web.answers["/x"] = answer
    found = send("slack", "#a", {"RUNBOOK_SLACK": web.url("/x")})
    assert (found.ok, found.retry, found.after_s) == (False, retry, after)
    assert why in found.why


def test_a_channel_that_is_not_set_up_says_which_variable() -> None:
    assert send("slack", "#infra-emergencies", {}) == Answer(ok=False, why="RUNBOOK_SLACK_INFRA_EMERGENCIES isn't set")
    assert send("carrier-pigeon", "x", {}).why == "there is no channel 'carrier-pigeon'"
    assert send("plugin", "pigeon:x", {}).why == "there is no channel 'pigeon'"


@pytest.mark.parametrize("url", ["ftp://example.com/", "nothing", "http://", "file:///etc/passwd"])
def test_an_address_that_is_none_is_never_tried_again(url: str) -> None:
    found = send("slack", "#a", {"RUNBOOK_SLACK": url})
    assert (found.ok, found.retry) == (False, False)


def test_nobody_listens() -> None:
    found = send("slack", "#a", {"RUNBOOK_SLACK": "http://127.0.0.1:9/x"})
    assert (found.retry, found.why) == (True, "connection refused")


def test_a_secret_address_is_in_no_message() -> None:
    assert "s3cret" not in send("slack", "#a", {"RUNBOOK_SLACK": "http://127.0.0.1:9/s3cret"}).why


def test_a_server_that_says_nothing_is_given_up_in_time(web: Web) -> None:
    web.answers["/x"] = silent(web)
    began = time.monotonic()
    found = send("slack", "#a", {"RUNBOOK_SLACK": web.url("/x"), "RUNBOOK_NOTIFY_TIMEOUT": "0.4"})
    assert time.monotonic() - began < SILENCE_S / 2
    assert (found.ok, found.retry) == (False, True)


def test_a_server_that_drips_is_given_up_in_time(web: Web) -> None:
    def drip(handler: Any) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 40:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if web.over.wait(SILENCE_S / 40):
                return

    web.answers["/x"] = drip
    began = time.monotonic()
    found = send("slack", "#a", {"RUNBOOK_SLACK": web.url("/x"), "RUNBOOK_NOTIFY_TIMEOUT": "0.5"})
    assert time.monotonic() - began < SILENCE_S / 2
    assert found.why == "no answer within 0.5 s"


def test_an_answer_of_ten_megabytes_is_not_waited_for(web: Web) -> None:
    """Its beginning is: the rest comes only when the test is over, and the message is sent before."""
    size = 10_000_000

    def long(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        with suppress(OSError):
            handler.wfile.write(b"x" * 200_000)
            web.over.wait(SILENCE_S)
            handler.wfile.write(b"x" * (size - 200_000))

    web.answers["/x"] = long
    began = time.monotonic()
    assert send("slack", "#a", {"RUNBOOK_SLACK": web.url("/x"), "RUNBOOK_NOTIFY_TIMEOUT": "30"}).ok
    assert time.monotonic() - began < SILENCE_S / 2


def test_https_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = Web(authority.issue("127.0.0.1"))
    try:
        server.answers["/x"] = (200, {}, b"ok")
        environ = {"RUNBOOK_SLACK": server.url("/x")}
        untrusted = send("slack", "#a", environ)
        assert "certificate isn't trusted" in untrusted.why
        assert send("slack", "#a", {**environ, "RUNBOOK_CA_FILE": str(authority.file)}).ok
    finally:
        server.stop()


# --- PagerDuty ---------------------------------------------------------------------------------------------------------


def events_v2(body: bytes) -> list[str]:
    """What is wrong with an event by the documentation."""
    event = json.loads(body)
    faults = []
    if len(event.get("routing_key", "")) != 32:
        faults.append("routing_key")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        faults.append("event_action")
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        faults.append("dedup_key")
    if event.get("event_action") == "trigger":
        payload = event.get("payload", {})
        if not 0 < len(payload.get("summary", "")) <= 1024 or not payload.get("source"):
            faults.append("payload")
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            faults.append("severity")
    return faults


@pytest.mark.parametrize(
    ("kind", "action"),
    [("told", "trigger"), ("repeat", "trigger"), ("late", "trigger"), ("acknowledged", "acknowledge"), ("resolved", "resolve")],
)
def test_the_pager_gets_one_dedup_key_from_the_trigger_to_the_resolve(web: Web, kind: str, action: str) -> None:
    web.answers["/v2/enqueue"] = (202, {}, b'{"status":"success"}')
    environ = {"RUNBOOK_PAGER_DEVOPS": KEY, "RUNBOOK_PAGER_URL": web.url("")}
    assert send("pager", "devops", environ, kind=kind).ok
    event = json.loads(web.asked[0]["body"])
    assert events_v2(web.asked[0]["body"]) == []
    assert (event["event_action"], event["dedup_key"]) == (action, "run/step")


@pytest.mark.parametrize(("severity", "theirs"), [("P1", "critical"), ("P2", "error"), ("P3", "warning"), ("P4", "info"), ("", "info")])
def test_the_pager_knows_four_severities(web: Web, severity: str, theirs: str) -> None:
    web.answers["/v2/enqueue"] = (202, {}, b"")
    send("pager", "x", {"RUNBOOK_PAGER": KEY, "RUNBOOK_PAGER_URL": web.url("")}, severity=severity)
    assert json.loads(web.asked[0]["body"])["payload"]["severity"] == theirs


def test_a_long_key_is_its_digest(web: Web) -> None:
    web.answers["/v2/enqueue"] = (202, {}, b"")
    send("pager", "x", {"RUNBOOK_PAGER": KEY, "RUNBOOK_PAGER_URL": web.url("")}, incident="r/" + "x" * 300, subject="y" * 3000, host="")
    assert events_v2(web.asked[0]["body"]) == []


def test_a_routing_key_of_another_length_is_not_sent(web: Web) -> None:
    found = send("pager", "x", {"RUNBOOK_PAGER": "short", "RUNBOOK_PAGER_URL": web.url("")})
    assert "32 characters" in found.why
    assert web.asked == []


def test_only_202_means_that_it_is_queued(web: Web) -> None:
    web.answers["/v2/enqueue"] = (200, {}, b"")
    assert not send("pager", "x", {"RUNBOOK_PAGER": KEY, "RUNBOOK_PAGER_URL": web.url("")}).ok


# --- webhook -----------------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_and_has_a_key_of_its_own(web: Web) -> None:
    web.answers["/hook"] = (204, {}, b"")
    assert send("webhook", web.url("/hook"), {"RUNBOOK_WEBHOOK_SECRET": "s3cret"}).ok
    asked = web.asked[0]
    signed = asked["headers"]["x-runbook-timestamp"].encode() + b"." + asked["body"]
    assert asked["headers"]["x-runbook-signature"] == "sha256=" + hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert asked["headers"]["idempotency-key"] == "run/step#3"
    assert abs(int(asked["headers"]["x-runbook-timestamp"]) - time.time()) < 60
    assert json.loads(asked["body"])["text"] == "It & <all> is down"


def test_without_a_secret_it_is_not_signed(web: Web) -> None:
    web.answers["/hook"] = (200, {}, b"")
    send("webhook", "desk", {"RUNBOOK_WEBHOOK_DESK": web.url("/hook")})
    assert "x-runbook-signature" not in web.asked[0]["headers"]


# --- GitHub ------------------------------------------------------------------------------------------------------------

MILESTONES = [{"number": 3, "title": "v2"}, {"number": 7, "title": "post-mortem"}]


def github(web: Web, issues: list[dict[str, Any]], status: int = 201, **headers: str) -> dict[str, str]:
    def answer(handler: Any) -> None:
        if handler.command == "GET":
            reply(handler, 200, issues)
        else:
            reply(handler, status, {"html_url": "https://example.com/1"}, headers)

    web.answers["/repos/a/b/milestones"] = (200, {}, json.dumps(MILESTONES).encode())
    web.answers["/repos/a/b/issues"] = answer
    return {"RUNBOOK_GITHUB_TOKEN": "t0ken", "RUNBOOK_GITHUB_URL": web.url("")}


def reply(handler: Any, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
    body = json.dumps(document).encode()
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_an_issue_has_the_label_and_the_milestones_number(web: Web) -> None:
    assert send("github", "a/b", github(web, [])).ok
    made = web.asked[-1]
    assert made["headers"]["authorization"] == "Bearer t0ken"
    document = json.loads(made["body"])
    assert (document["labels"], document["milestone"], document["title"]) == (["incident"], 7, "P1: <b> & <!channel>")


def test_an_issue_that_is_there_is_not_made_again(web: Web) -> None:
    environ = github(web, [{"body": "x\n\n<!-- runbook: run/step#3 -->", "html_url": "u"}])
    assert send("github", "a/b", environ, again=True).ok
    assert [asked["method"] for asked in web.asked] == ["GET"]


def test_an_issue_without_its_milestone_is_better_than_none(web: Web) -> None:
    environ = github(web, [])
    web.answers["/repos/a/b/milestones"] = (404, {}, b"{}")
    assert send("github", "a/b", environ).ok
    assert "milestone" not in json.loads(web.asked[-1]["body"])


@pytest.mark.parametrize(
    ("status", "headers", "retry"), [(422, {}, False), (403, {}, False), (403, {"Retry_After": "5"}, True), (500, {}, True)]
)
def test_what_github_may_answer(web: Web, status: int, headers: dict[str, str], retry: bool) -> None:
    found = send("github", "a/b", github(web, [], status, **headers))
    assert (found.ok, found.retry) == (False, retry)


def test_a_repository_is_an_owner_and_a_name(web: Web) -> None:
    assert "owner/repository" in send("github", "../../x", github(web, [])).why


# --- e-mail ------------------------------------------------------------------------------------------------------------


class Inbox:
    """Keeps what was delivered; refuses what `refuse` says."""

    def __init__(self, refuse: str = "") -> None:
        self.mails: list[Any] = []
        self.refuse = refuse

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - the name that aiosmtpd looks for
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name that aiosmtpd looks for
        from email import message_from_bytes, policy

        self.mails.append((message_from_bytes(envelope.content, policy=policy.default), session.ssl is not None))
        return "250 kept"


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[tuple[Inbox, int, Authority]]:
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue("127.0.0.1", "localhost"))
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True)
    controller.start()
    yield inbox, controller.port, authority
    controller.stop()


def test_mail_goes_over_starttls(smtp: tuple[Inbox, int, Authority]) -> None:
    inbox, port, authority = smtp
    environ = {
        "RUNBOOK_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "RUNBOOK_SMTP_FROM": "runbook@example.com",
        "RUNBOOK_CA_FILE": str(authority.file),
    }
    assert send("email", "dev@example.com", environ, subject="Caída: ñ\r\nBcc: eve@example.com", text="á\n.\nfin") == Answer(ok=True)
    mail, secure = inbox.mails[0]
    assert secure
    assert (mail["To"], mail["From"]) == ("dev@example.com", "runbook@example.com")
    assert mail["Subject"] == "Caída: ñ Bcc: eve@example.com"
    assert mail["Bcc"] is None
    assert mail["X-Runbook-Message"] == "run/step#3"
    assert mail.get_content().split() == ["á", ".", "fin"]


def test_the_same_notice_has_the_same_message_id(smtp: tuple[Inbox, int, Authority]) -> None:
    inbox, port, authority = smtp
    environ = {"RUNBOOK_SMTP_URL": f"smtp://127.0.0.1:{port}", "RUNBOOK_CA_FILE": str(authority.file)}
    for key in ("a#1", "a#1", "a#2"):
        assert send("email", "dev@example.com", environ, key=key).ok
    ids = [mail["Message-ID"] for mail, _ in inbox.mails]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)


def test_mail_never_goes_in_the_clear_by_accident(smtp: tuple[Inbox, int, Authority]) -> None:
    inbox, port, _ = smtp
    found = send("email", "dev@example.com", {"RUNBOOK_SMTP_URL": f"smtp://127.0.0.1:{port}"})
    assert "certificate isn't trusted" in found.why
    assert inbox.mails == []


def plain_smtp(inbox: Inbox) -> Controller:
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    return controller


def test_a_server_without_starttls_gets_nothing() -> None:
    inbox = Inbox()
    controller = plain_smtp(inbox)
    try:
        port = controller.port
        found = send("email", "dev@example.com", {"RUNBOOK_SMTP_URL": f"smtp://127.0.0.1:{port}"})
        assert (found.ok, found.retry, inbox.mails) == (False, False, [])
        assert send("email", "dev@example.com", {"RUNBOOK_SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none"}).ok
    finally:
        controller.stop()


@pytest.mark.parametrize(("refuse", "retry"), [("550 no such user", False), ("451 later", True)])
def test_an_address_that_is_refused(refuse: str, retry: bool) -> None:
    controller = plain_smtp(Inbox(refuse))
    try:
        port = controller.port
        found = send("email", "x@example.com", {"RUNBOOK_SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none"})
        assert (found.ok, found.retry) == (False, retry)
        assert refuse[:3] in found.why
    finally:
        controller.stop()


def test_a_mail_server_that_says_nothing_is_given_up_in_time() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        environ = {"RUNBOOK_SMTP_URL": f"smtp://127.0.0.1:{server.getsockname()[1]}", "RUNBOOK_NOTIFY_TIMEOUT": "0.4"}
        found = send("email", "x@example.com", environ)
        assert time.monotonic() - began < SILENCE_S / 2
        assert (found.ok, found.retry) == (False, True)


# --- the others --------------------------------------------------------------------------------------------------------


def test_the_console_is_always_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert send("console", "", {}, text="one\x1b[2Jtwo").ok
    assert capsys.readouterr().err == "P1: <b> & <!channel>\none\\x1b[2Jtwo\n"


def test_apprise_is_an_extra(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert "isn't installed" in send("apprise", "desk", {"RUNBOOK_APPRISE": "json://127.0.0.1"}).why


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_apprise_sends(web: Web) -> None:
    pytest.importorskip("apprise", reason="an extra")
    web.answers["/"] = (200, {}, b"")
    environ = {"RUNBOOK_APPRISE_DESK": web.url("/").replace("http://", "json://")}
    assert send("apprise", "desk", environ).ok
    assert json.loads(web.asked[0]["body"])["title"].startswith("P1")
    assert "no address" in send("apprise", "desk", {"RUNBOOK_APPRISE_DESK": "nothing"}).why
