"""The HTTP executor against real servers on the loopback."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.executors import conformance as kit
from runbook_lang.executors.conformance import SECOND, FakeAttempt
from runbook_lang.executors.http import HttpExecutor
from runbook_lang.executors.http_exchange import BODY_LIMIT
from runbook_lang.expr.values import TRUE_KEY, Duration, SecretRef, SecretText, Timestamp, TypeValue, Unknown
from runbook_lang.runtime.ports import VALUE_LIMIT, Outcome
from runbook_lang.surfaces.http import RESULT, SURFACE
from tests.executors.certificates import Authority
from tests.executors.web import Web, free_port, raw_server, stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler

HTTP = HttpExecutor()
JSON = {"Content-Type": "application/json"}
SECRETS = {"token": "t0p-secret-value"}


def attempt_for(args: dict[str, Any], *, wants: str = "status headers body", **more: Any) -> FakeAttempt:
    effect = "read" if "get" in args else "change"
    return FakeAttempt(SURFACE.request(args), **{"wants": frozenset(wants.split()), "effect": effect, "secrets": SECRETS, **more})


def run(wants: str = "status headers body", **args: Any) -> Outcome:
    return kit.check_executor(HTTP, attempt_for(args, wants=wants), RESULT)


def test_a_good_answer(web: Web) -> None:
    web.answers["/health"] = (200, {**JSON, "X-One": "1"}, b'{"status": "UP", "n": 1}')
    out = run(get=web.url("/health"), wants="status headers body json")
    assert out.ok
    assert (out.value["status"], out.value["json"]) == (200, {"status": "UP", "n": 1})
    assert out.value["headers"]["x-one"] == "1"
    assert out.value["body"] == '{"status": "UP", "n": 1}'


def test_what_is_asked(web: Web) -> None:
    web.answers["/a"] = (200, {}, b"")
    run(get=web.url("/a?x=1"), query={"q": "a b&c=ñ"}, headers={"X-Tag": "ñ", "accept": "text/html"})
    asked = web.asked[0]
    assert (asked["method"], asked["target"]) == ("GET", "/a?x=1&q=a%20b%26c%3D%C3%B1")
    assert asked["headers"]["host"] == f"127.0.0.1:{web.port}"
    assert asked["headers"]["accept"] == "text/html"
    assert asked["headers"]["x-tag"].encode("latin-1").decode() == "ñ"
    assert "authorization" not in asked["headers"]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_bodies(web: Web, method: str) -> None:
    web.answers["/b"] = (201, {}, b"")
    keys = {TRUE_KEY: TypeValue("int"), 1: "b"}
    data = {"id": "x", "n": [1, 2.5, True, None], "at": Timestamp(0), "for": Duration(90 * 10**9), "s": SecretRef("token"), "k": keys}
    run(**{method: web.url("/b")}, json=data)
    run(**{method: web.url("/b")}, form={"a b": "ñ&", "s": SecretRef("token")})
    run(**{method: web.url("/b")}, body=SecretText(("token=", SecretRef("token"))))
    run(**{method: web.url("/b")})
    first, second, third, fourth = web.asked
    assert json.loads(first["body"]) == {
        "id": "x",
        "n": [1, 2.5, True, None],
        "at": "1970-01-01T00:00:00Z",
        "for": "90s",
        "s": SECRETS["token"],
        "k": {"true": "int", "1": "b"},
    }
    assert first["headers"]["content-type"] == "application/json"
    assert second["body"] == b"a%20b=%C3%B1%26&s=t0p-secret-value"
    assert third["body"] == b"token=t0p-secret-value"
    assert (fourth["body"], fourth["headers"]["content-length"]) == (b"", "0")


def test_credentials(web: Web) -> None:
    web.answers["/c"] = (200, {}, b"")
    run(get=web.url("/c"), auth={"bearer": SecretRef("token")})
    run(get=web.url("/c"), auth={"basic": {"user": "jürgen", "password": SecretRef("token")}})
    assert web.asked[0]["headers"]["authorization"] == "Bearer t0p-secret-value"
    import base64

    assert base64.b64decode(web.asked[1]["headers"]["authorization"].split()[1]).decode() == "jürgen:t0p-secret-value"
    odd = {"auth": {"basic": {"user": "jürgen", "password": SecretRef("token")}}}
    kit.check_executor(HTTP, attempt_for({"get": web.url("/c"), **odd}, secrets={"token": "\udcff\udcfe-secret"}), RESULT)
    assert base64.b64decode(web.asked[2]["headers"]["authorization"].split()[1]) == "jürgen:".encode() + b"\xff\xfe-secret"


@pytest.mark.parametrize(
    ("status", "kind", "applied"),
    [
        (400, "status", "no"),
        (401, "auth", "no"),
        (403, "auth", "no"),
        (404, "status", "no"),
        (429, "status", "no"),
        (500, "status", "unknown"),
        (503, "status", "unknown"),
        (302, "status", "unknown"),
    ],
)
def test_a_status_that_is_not_good(web: Web, status: int, kind: str, applied: str) -> None:
    web.answers["/s"] = (status, {**JSON, "Location": "/elsewhere?secret=1"}, b'{"why":\n "because"}')
    out = run(post=web.url("/s"), wants="status json")
    assert (out.ok, out.kind, out.applied, out.value["status"]) == (False, kind, applied, status)
    assert out.value["json"] == {"why": "because"}
    assert '{"why": "because"}' in out.message


def test_a_message_cannot_steer_a_terminal(web: Web) -> None:
    web.answers["/s"] = (500, {"Content-Type": "text/plain"}, b"\x1b[2Jgone\r\nnext")
    out = run(get=web.url("/s"))
    assert out.message.endswith("�[2Jgone next")


def test_json_that_is_wanted_must_be_there(web: Web) -> None:
    web.answers["/j"] = (200, {}, b"<html>")
    out = run(post=web.url("/j"), wants="json")
    assert (out.ok, out.kind, out.applied) == (False, "not_json", "yes")
    assert run(get=web.url("/j"), wants="status").ok


def test_json_may_begin_with_a_byte_order_mark(web: Web) -> None:
    web.answers["/j"] = (200, JSON, b'\xef\xbb\xbf{"status": "UP"}')
    assert run(get=web.url("/j"), wants="json").value["json"] == {"status": "UP"}


ZIPPED = {"gzip": gzip.compress, "x-gzip": gzip.compress, "GZIP": gzip.compress, "deflate": zlib.compress}
UP = b'{"status": "UP"}'


@pytest.mark.parametrize("coding", ZIPPED)
def test_what_comes_compressed_unasked_is_read(web: Web, coding: str) -> None:
    web.answers["/z"] = (200, {**JSON, "Content-Encoding": coding}, ZIPPED[coding](UP))
    attempt = attempt_for({"get": web.url("/z")}, wants="body json")
    out = HTTP.run(attempt)
    assert (out.ok, out.value["body"], out.value["json"]["status"]) == (True, UP.decode(), "UP")
    assert attempt.output.text("body") == UP.decode()


def test_compressed_data_may_come_in_pieces_and_in_several_members(web: Web) -> None:
    data = gzip.compress(UP, mtime=0) + gzip.compress(b"") + gzip.compress(b"more") + b"\0\0"
    web.answers["/z"] = chunked([data[at : at + 1] for at in range(len(data))], coding="gzip")
    assert run(get=web.url("/z")).value["body"] == UP.decode() + "more"


def test_compressed_data_are_bounded_by_what_they_stand_for(web: Web) -> None:
    web.answers["/z"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * (BODY_LIMIT + 10 * 2**20)))
    attempt = attempt_for({"get": web.url("/z")})
    out = HTTP.run(attempt)
    assert (out.ok, out.kind) == (False, "too_big")
    assert BODY_LIMIT <= attempt.output.sizes["body"] < BODY_LIMIT + 2**20


@pytest.mark.parametrize(
    ("coding", "body", "words"),
    [
        ("br", UP, "it comes encoded as br"),
        ("gzip, br", UP, "it comes encoded as gzip, br"),
        ("gzip", UP, "it isn't gzip"),
        ("gzip", gzip.compress(UP, mtime=0)[:-9], "its gzip is cut short"),
        ("deflate", zlib.compress(UP) + b"xy", "it isn't deflate"),
    ],
)
def test_a_body_that_cannot_be_read_fails_only_what_reads_it(web: Web, coding: str, body: bytes, words: str) -> None:
    web.answers["/z"] = (200, {**JSON, "Content-Encoding": coding}, body)
    out = run(post=web.url("/z"), wants="json")
    assert (out.ok, out.kind, out.applied) == (False, "status", "yes")
    assert words in out.message
    out = run(post=web.url("/z"), wants="status")
    assert out.ok
    assert "body" not in out.value


def test_identity_is_no_coding() -> None:
    out = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Encoding: identity\r\n\r\nok")
    assert (out.ok, out.value["body"]) == (True, "ok")


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_nothing_is_nothing_however_it_is_encoded(web: Web, coding: str) -> None:
    web.answers["/z"] = (200, {"Content-Encoding": coding}, b"")
    assert run(get=web.url("/z")).value["body"] == ""


def test_head_and_no_content_have_no_body(web: Web) -> None:
    web.answers["/h"] = (200, {"Content-Length": "5000"}, b"")
    assert run(head=web.url("/h")).value["body"] == ""
    web.answers["/n"] = (204, {}, b"")
    assert run(delete=web.url("/n")).value["status"] == 204


def test_a_large_answer_is_a_failure_only_when_it_is_read(web: Web) -> None:
    web.answers["/big"] = (200, {}, b"x" * (VALUE_LIMIT + 1))
    out = run(get=web.url("/big"))
    assert (out.ok, out.kind) == (False, "too_big")
    attempt = attempt_for({"get": web.url("/big")}, wants="status")
    out = HTTP.run(attempt)
    assert out.ok
    assert "body" not in out.value
    assert attempt.output.sizes == {"body": VALUE_LIMIT + 1}


@pytest.mark.parametrize(
    ("header", "body"),
    [("text/plain; charset=ISO-8859-1", "ñ".encode("latin-1")), ("text/plain; charset=nonsense", "ñ".encode()), ("", "ñ".encode())],
)
def test_the_charset_of_a_body(web: Web, header: str, body: bytes) -> None:
    web.answers["/t"] = (200, {"Content-Type": header}, body)
    assert run(get=web.url("/t")).value["body"] == "ñ"


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "UTF-7", "unicode_escape", "hex", "rot13"])
@pytest.mark.parametrize("body", [b"ok+2AA-", b"\xff-\xfe99"])
def test_a_codec_that_is_no_charset_counts_as_none(web: Web, charset: str, body: bytes) -> None:
    web.answers["/t"] = (200, {"Content-Type": f"text/plain; charset={charset}"}, body)
    web.answers["/u"] = (500, {"Content-Type": f"text/plain; charset={charset}"}, body)
    assert run(post=web.url("/t")).value["body"] == body.decode("utf-8", "replace")
    assert run(post=web.url("/u")).kind == "status"


def chunked(parts: list[bytes], *, end: bool = True, pause: float = 0, coding: str = "identity") -> Any:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Content-Encoding", coding)
        handler.end_headers()
        for part in parts:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            time.sleep(pause)
        if end:
            handler.wfile.write(b"0\r\n\r\n")

    return answer


def test_an_answer_in_chunks(web: Web) -> None:
    web.answers["/k"] = chunked([b"ab", b"c" * 70000])
    assert run(get=web.url("/k")).value["body"] == "ab" + "c" * 70000


def test_an_answer_that_is_cut_is_no_answer(web: Web) -> None:
    web.answers["/k"] = chunked([b"ab"], end=False)
    web.answers["/l"] = (200, {"Content-Length": "10"}, b"abc")
    for path in ("/k", "/l"):
        out = run(post=web.url(path))
        assert (out.ok, out.kind, out.applied) == (False, "killed", "unknown"), path


def raw(answer: bytes, **args: Any) -> Outcome:
    """The outcome of a POST that is answered with these bytes."""
    sock, port = raw_server(answer)
    out = run(post=f"http://127.0.0.1:{port}/x?secret=1", **args)
    stop(sock)
    return out


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
FINAL = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"UP"}'


@pytest.mark.parametrize(
    "interim", [HINTS, b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS * 3 + b"HTTP/1.1 199 x\r\nA: b\r\n\r\n"]
)
def test_an_interim_answer_is_not_the_answer(interim: bytes) -> None:
    out = raw(interim + FINAL)
    assert (out.ok, out.value["status"], out.value["body"]) == (True, 200, '{"status":"UP"}')
    assert "link" not in out.value["headers"]
    out = raw(interim)
    assert (out.ok, out.kind, out.applied) == (False, "killed", "unknown")


def test_interim_answers_end_and_another_protocol_is_no_interim_one() -> None:
    out = raw(HINTS * 1000 + FINAL)
    assert (out.kind, out.applied) == ("status", "unknown")
    assert "no final one" in out.message
    out = raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + FINAL)
    assert (out.kind, out.value["status"]) == ("status", 101)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", "killed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "status"),
        (b"HTTP/1.1 abc\r\n\r\n", "status"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, "status"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "status"),
    ],
)
def test_what_is_no_http_answer(answer: bytes, kind: str) -> None:
    out = raw(answer)
    assert (out.kind, out.applied) == (kind, "unknown")
    assert "secret=1" not in out.message


@pytest.mark.parametrize(
    ("headers", "words"),
    [(b"A: b\r\n" * 101, "more than 100 headers"), (b"A: " + b"b" * 70000 + b"\r\n", "a line of the answer's head is too long")],
)
def test_a_head_that_is_too_large_is_told(headers: bytes, words: str) -> None:
    out = raw(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n")
    assert (out.kind, out.applied) == ("status", "unknown")
    assert words in out.message


def test_nobody_there() -> None:
    out = run(post=f"http://127.0.0.1:{free_port()}/")
    assert (out.kind, out.applied) == ("refused", "no")


@pytest.mark.parametrize(
    ("host", "by_proxy"),
    [("no-such-host.invalid", False), ("a" * 70 + ".invalid", False), ("a..invalid", False), ("ñ..invalid", False), ("ñ..invalid", True)],
)
def test_a_name_that_does_not_resolve(web: Web, host: str, by_proxy: bool) -> None:
    out = run(post=f"http://{host}/", **({"proxy": web.url()} if by_proxy else {}))
    assert (out.kind, out.applied, web.asked) == ("dns", "no", [])
    assert host in out.message


def test_the_limit_holds_for_a_silent_server_and_for_a_trickling_one(web: Web) -> None:
    sock, port = raw_server(None)
    out = kit.check_limit(HTTP, attempt_for({"post": f"http://127.0.0.1:{port}/"}, limit_us=SECOND // 4))
    assert out.applied == "unknown"
    stop(sock)
    web.answers["/slow"] = chunked([b"x"] * 100, pause=0.05)
    kit.check_limit(HTTP, attempt_for({"get": web.url("/slow")}, limit_us=SECOND // 2), SECOND // 2)


def flood(head: bytes, more: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer that never ends and never pauses."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while True:
            handler.wfile.write(more * 5000)

    return answer


FLOODS = {
    "interim answers": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "trailers": flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", b"X: y\r\n"),
}


@pytest.mark.parametrize("name", FLOODS)
def test_limit_and_cancel_hold_for_a_server_that_never_pauses(web: Web, name: str) -> None:
    web.answers["/"] = FLOODS[name]
    out = kit.check_limit(HTTP, attempt_for({"post": web.url()}, limit_us=SECOND // 2), SECOND)
    assert out.applied == "unknown"
    kit.check_cancel(HTTP, attempt_for({"post": web.url()}, limit_us=10 * SECOND), slack_us=SECOND)


@pytest.mark.parametrize("level", [1, 2])
def test_cancel_ends_the_wait(level: int) -> None:
    sock, port = raw_server(None)
    out = kit.check_cancel(HTTP, attempt_for({"post": f"http://127.0.0.1:{port}/"}), level, slack_us=SECOND)
    assert out.applied == "unknown"
    stop(sock)


def test_a_private_authority(secure_web: Web, authority: Authority, tmp_path: Any) -> None:
    secure_web.answers["/"] = (200, {}, b"safe")
    out = run(get=secure_web.url())
    assert (out.kind, out.applied) == ("tls", "no")
    assert "authority is not among the trusted" in out.message
    assert not secure_web.asked
    assert run(get=secure_web.url(), ca=str(authority.file)).value["body"] == "safe"
    attempt = attempt_for({"get": secure_web.url(host="localhost")}, env={"SSL_CERT_FILE": str(authority.file)})
    assert HTTP.run(attempt).ok
    relative = attempt_for({"get": secure_web.url(), "ca": os.path.basename(authority.file)}, library=str(authority.folder))
    assert HTTP.run(relative).ok
    missing = run(get=secure_web.url(), ca=str(tmp_path / "none.pem"))
    assert (missing.kind, missing.applied) == ("tls", "no")


@pytest.mark.parametrize(
    ("names", "start", "days", "words"),
    [
        (["127.0.0.1"], -10, 5, "has expired"),
        (["127.0.0.1"], 5, 5, "isn't valid yet"),
        (["other.example"], -1, 5, "another address than 127.0.0.1"),
    ],
)
def test_a_certificate_that_is_not_good(authority: Authority, names: list[str], start: float, days: float, words: str) -> None:
    server = Web(authority.issue(*names, start=start, days=days))
    out = run(post=server.url(), ca=str(authority.file), auth={"bearer": SecretRef("token")})
    server.stop()
    assert (out.kind, out.applied) == ("tls", "no")
    assert words in out.message
    assert not server.asked


def test_a_server_that_does_not_speak_tls(web: Web, authority: Authority) -> None:
    out = run(get=web.url().replace("http:", "https:"), ca=str(authority.file))
    assert out.kind == "tls"


def test_redirects_within_the_origin_are_followed_for_reads(web: Web) -> None:
    web.answers["/1"] = (302, {"Location": "2?x=1"}, b"")
    web.answers["/2"] = (307, {"Location": web.url("/3")}, b"")
    web.answers["/3"] = (200, {}, b"here")
    assert run(get=web.url("/1"), auth={"bearer": SecretRef("token")}).value["body"] == "here"
    assert [one["headers"]["authorization"] for one in web.asked] == ["Bearer t0p-secret-value"] * 3
    assert run(get=web.url("/1"), follow=False).value["status"] == 302


def test_headers_are_read_as_utf_8_where_they_are() -> None:
    out = raw("HTTP/1.1 200 OK\r\nX-A: café\r\n".encode() + b"X-B: caf\xe9\r\nX-A: b\r\nContent-Length: 0\r\n\r\n")
    assert (out.value["headers"]["x-a"], out.value["headers"]["x-b"]) == ("café, b", "café")


def test_a_location_in_utf_8_is_followed(web: Web) -> None:
    web.answers["/1"] = (302, {"Location": "/café?q=ñ".encode().decode("latin-1")}, b"")
    web.answers["/caf%C3%A9"] = (200, {}, b"here")
    assert run(get=web.url("/1")).value["body"] == "here"
    assert web.asked[1]["target"] == "/caf%C3%A9?q=%C3%B1"


def test_a_change_follows_only_when_told_to(web: Web) -> None:
    web.answers["/p"] = (303, {"Location": "/3"}, b"")
    web.answers["/q"] = (307, {"Location": "/3"}, b"")
    web.answers["/3"] = (200, {}, b"")
    out = run(post=web.url("/p"), json={"a": 1})
    assert (out.value["status"], out.applied) == (303, "unknown")
    assert run(post=web.url("/p"), json={"a": 1}, follow=True).ok
    assert run(post=web.url("/q"), json={"a": 1}, follow=True).ok
    assert [(one["method"], one["body"], one["headers"].get("content-type")) for one in web.asked[2::2]] == [
        ("GET", b"", None),
        ("POST", b'{"a":1}', "application/json"),
    ]


def test_secrets_do_not_follow_to_another_origin(web: Web) -> None:
    other = Web()
    other.answers["/"] = (200, {}, b"other")
    web.answers["/away"] = (302, {"Location": other.url()}, b"")
    web.answers["/away-with-body"] = (307, {"Location": other.url()}, b"")
    args = {"headers": {"X-Key": SecretRef("token"), "X-Plain": "p", "Cookie": "c=1"}, "auth": {"bearer": SecretRef("token")}}
    out = run(get=web.url("/away"), **args)
    assert (out.value["status"], other.asked) == (302, [])
    assert run(get=web.url("/away"), follow=True, **args).value["body"] == "other"
    assert other.asked[0]["headers"].keys() & {"x-key", "x-plain", "cookie", "authorization"} == {"x-plain"}
    out = run(post=web.url("/away-with-body"), follow=True, body=SecretRef("token"))
    other.stop()
    assert out.value["status"] == 307
    assert len(other.asked) == 1


def test_a_host_header_of_ones_own_names_the_first_origin_only(web: Web) -> None:
    other = Web()
    other.answers["/"] = (200, {}, b"other")
    web.answers["/near"] = (302, {"Location": "/away"}, b"")
    web.answers["/away"] = (302, {"Location": other.url()}, b"")
    assert run(get=web.url("/near"), follow=True, headers={"host": "inside.example"}).ok
    other.stop()
    hosts = [one["headers"]["host"] for one in (*web.asked, *other.asked)]
    assert hosts == ["inside.example", "inside.example", f"127.0.0.1:{other.port}"]


def test_redirects_end(web: Web, secure_web: Web, authority: Authority) -> None:
    web.answers["/loop"] = (302, {"Location": "/loop"}, b"")
    out = run(get=web.url("/loop"))
    assert (out.kind, len(web.asked)) == ("status", 6)
    secure_web.answers["/down"] = (302, {"Location": web.url("/loop")}, b"")
    out = run(get=secure_web.url("/down"), ca=str(authority.file), follow=True)
    assert out.value["status"] == 302
    web.answers["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    assert run(get=web.url("/file"), follow=True).value["status"] == 302


def test_proxies_of_the_environment_are_not_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    web.answers["/"] = (200, {}, b"direct")
    assert run(get=web.url()).value["body"] == "direct"


def test_a_proxy_that_is_named_is_used(web: Web, secure_web: Web, authority: Authority) -> None:
    web.answers["http://example.invalid/x"] = (200, {}, b"by proxy")
    assert run(get="http://example.invalid/x", proxy=web.url()).value["body"] == "by proxy"
    assert web.asked[0]["headers"]["host"] == "example.invalid"
    web.answers["http://xn--mnchen-3ya.invalid:8080/x"] = (200, {}, b"by proxy")
    assert run(get="http://münchen.invalid:8080/x", proxy=web.url()).value["body"] == "by proxy"
    assert web.asked[1]["headers"]["host"] == "xn--mnchen-3ya.invalid:8080"
    import socket

    def tunnel(handler: BaseHTTPRequestHandler) -> None:
        far = socket.create_connection(("127.0.0.1", secure_web.port))
        handler.wfile.write(b"HTTP/1.1 200 yes\r\nVia: here\r\n\r\n")

        def pump(source: socket.socket, target: socket.socket) -> None:
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                return

        back = threading.Thread(target=pump, args=(far, handler.connection))
        back.start()
        pump(handler.connection, far)
        back.join()
        far.close()

    web.answers[f"127.0.0.1:{secure_web.port}"] = tunnel
    secure_web.answers["/"] = (200, {}, b"through")
    assert run(get=secure_web.url(), proxy=web.url(), ca=str(authority.file)).value["body"] == "through"
    out = run(get="https://not-allowed.invalid/", proxy=web.url(), ca=str(authority.file))
    assert (out.kind, out.applied) == ("refused", "no")
    assert "404" in out.message
    assert run(get="https://münchen.invalid/", proxy=web.url(), ca=str(authority.file)).kind == "refused"
    assert web.asked[-1]["target"] == "xn--mnchen-3ya.invalid:443"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"headers": {"X": SecretRef("newline")}}, "line break"),
        ({"headers": {"X": "a\r\nHost: b"}}, "line break"),
        ({"headers": {"Content-Length": "3"}}, "set by the executor"),
        ({"headers": {"a b": "c"}}, "no header's name"),
        ({"auth": {"basic": {"user": "a:b", "password": "c"}}}, "colon"),
        ({"json": {"a": float("nan")}}, "NaN"),
        ({"json": [{1: "int", "1": "string"}]}, "the key '1' twice"),
        ({"json": {"a": Unknown("x.id")}}, "⟨x.id⟩ isn't known"),
    ],
)
def test_what_cannot_be_sent(web: Web, args: dict[str, Any], words: str) -> None:
    out = kit.check_executor(HTTP, attempt_for({"post": web.url(), **args}, secrets={"newline": "ab-cd\nx"}), RESULT)
    assert (out.kind, out.applied) == ("refused", "no")
    assert words in out.message
    assert not web.asked


def test_a_request_goes_out_from_here_only(web: Web) -> None:
    attempt = attempt_for({"get": web.url()})
    attempt.request = attempt.request.replace(on="other-host")
    out = kit.check_executor(HTTP, attempt, RESULT)
    assert (out.kind, out.applied, web.asked) == ("refused", "no", [])


def test_only_programs_cost_the_import_of_what_starts_programs() -> None:
    code = "import sys; from runbook_lang.executors import http, tls, notify; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"plumbum", "jinja2", "cryptography", "asyncio"}.isdisjoint(loaded)


def test_a_token_from_a_file_may_end_with_a_line_feed(web: Web) -> None:
    web.answers["/"] = (200, {}, b"")
    assert HTTP.run(attempt_for({"get": web.url(), "auth": {"bearer": SecretRef("token")}}, secrets={"token": "abcd\n"})).ok
    assert web.asked[0]["headers"]["authorization"] == "Bearer abcd"
