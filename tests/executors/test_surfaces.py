"""What the surfaces say of calls written in YAML: diagnostics, effects, requests."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source
from runbook_lang.expr.values import SecretRef, SecretText, Unknown
from runbook_lang.model.nodes import Action, Name
from runbook_lang.surfaces.bind import bind, evaluate
from runbook_lang.surfaces.kinds import ArgumentError, Facts, Request
from runbook_lang.surfaces.shell import effect_of
from runbook_lang.surfaces.url import BadUrl, origin, parse_url, with_query
from runbook_lang.syntax.yaml_reader import read_yaml

NAMES = {"x": "a b; rm", "token": SecretRef("token"), "list": ["p", "q"], "hole": Unknown("step.id"), "n": 5}


def facts_of(text: str) -> tuple[Facts | None, Problems, Any]:
    problems = Problems()
    root: Any = read_yaml(Source("r.yml", text), problems)
    entry = root.entries[0]
    call = bind(Action(Name(entry.key.value, entry.key.span), entry.value), None, problems)
    return (call.surface.facts(call, problems) if call else None), problems, call


def request_of(text: str, names: dict[str, Any] = NAMES) -> Request:
    _, problems, call = facts_of(text)
    assert [item.message for item in problems] == []
    request: Request = call.surface.request(evaluate(call, names, None))
    return request


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("shell: echo ${x}", []),
        ("shell: {env: {A: b}}", ["RB520"]),
        ("shell: {command: a, argv: [b]}", ["RB520"]),
        ("""shell: sh -c "echo '${x}'" """, ["RB521"]),
        ("shell: sh -c 'echo ${HOME}'", []),
        ("""shell: /bin/bash -euc "${x}" """, ["RB521"]),
        ("""shell: ["bash", "-x", "-c", "a ${x}"]""", ["RB521"]),
        ("""shell: sh -c 'echo "$1"' sh ${x}""", []),
        ("shell: sh script.sh ${x}", []),
        ("shell: sh -x script.sh -c ${x}", []),
        ("shell: {command: env, env: {A-B: x}}", ["RB522"]),
        ("http: https://example.com/x", []),
        ("http: {json: {a: 1}}", ["RB530"]),
        ("http: {get: https://a/, post: https://a/}", ["RB530"]),
        ("http: ftp://example.com/", ["RB531"]),
        ("http: example.com", ["RB531"]),
        ("http: https://me:pw@example.com/", ["RB531"]),
        ("http: https://example.com/a b", ["RB531"]),
        ("http: {post: https://a/, json: {}, form: {}}", ["RB532"]),
        ("http: {get: https://a/, body: x}", ["RB532"]),
        ("http: {get: https://a/, auth: {token: x}}", ["RB533"]),
        ("http: {get: https://a/, auth: {bearer: '${token}'}}", []),
        ("http: {get: https://a/, auth: {basic: {user: u, password: '${token}'}}}", []),
        ("http: {get: https://a/, auth: {basic: {user: u}}}", ["RB533"]),
        ("http: {get: http://a/, auth: {bearer: x}}", ["RB534"]),
        ("http: {get: 'http://127.0.0.1:80/', auth: {bearer: x}}", []),
        ("http: {get: 'http://127.0.0.1.example.com/', auth: {bearer: x}}", ["RB534"]),
        ("http: {get: https://a/, headers: {content-length: '3'}}", ["RB535"]),
        ("http: {get: https://a/, headers: {'a b': x}}", ["RB535"]),
        ("tls: example.com:443", []),
        ("tls: {port: 443}", ["RB540"]),
        ("tls: {address: 'a:1', host: b}", ["RB540"]),
        ("tls: {address: 'a:1', port: 2}", ["RB540"]),
        ("tls: https://example.com", ["RB541"]),
        ("render: {template: a.j2, to: b}", []),
        ("render: {template: ../a.j2, to: b}", ["RB545"]),
        ("render: {template: /etc/passwd, to: b}", ["RB545"]),
        ("render: {template: a.j2, to: ../b}", ["RB546"]),
        ("render: {template: a.j2, to: b, values: [1]}", ["RB547"]),
        ("notify: hello", []),
        ("notify: {message: hello, to: console}", []),
        ("notify: {message: hello, to: devops}", []),
        ("notify: {message: hello, to: [devops, {slack: '#a', email: '${x}'}, '${x}']}", []),
        ("notify: {message: hello, to: {slck: '#a'}}", ["RB550"]),
        ("notify: {message: hello, to: {slack: [a]}}", ["RB550"]),
        ("notify: {message: hello, to: [{slck: a}, '', [x]]}", ["RB550", "RB550", "RB550"]),
    ],
)
def test_what_can_be_seen_to_be_wrong(text: str, codes: list[str]) -> None:
    _, problems, _ = facts_of(text)
    assert [item.code for item in problems] == codes
    assert all(item.span is not None and item.help for item in problems)


@pytest.mark.parametrize(
    ("text", "effect", "repeatable"),
    [
        ("http: https://a/", "read", True),
        ("http: {head: https://a/}", "read", True),
        ("http: {options: https://a/}", "read", True),
        ("http: {post: https://a/}", "change", False),
        ("http: {patch: https://a/}", "change", False),
        ("http: {put: https://a/}", "change", True),
        ("http: {delete: https://a/}", "destroy", False),
        ("tls: a:443", "read", True),
        ("notify: x", "change", True),
        ("render: {template: a, to: b}", "read", True),
        ("shell: systemctl restart x", "change", False),
        ("shell: cat /etc/hosts", "read", True),
        ("shell: ${x} y", "change", False),
        ("shell: {command: cat x, env: {PATH: /tmp}}", "change", False),
        ("shell: {command: cat x, env: {LD_PRELOAD: x}}", "change", False),
        ("shell: {command: cat x, env: {LANG: C}}", "read", True),
    ],
)
def test_effects(text: str, effect: str, repeatable: bool) -> None:
    facts, _, _ = facts_of(text)
    assert facts is not None
    assert (facts.effect, facts.repeatable) == (effect, repeatable)
    assert facts.why


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("true", "read"),
        ("/usr/bin/wc -l x", "read"),
        ("/opt/bin/wc -l x", "change"),
        ("./cat x", "change"),
        ("bin/cat x", "change"),
        ("date", "read"),
        ("date +%s", "read"),
        ("date -s tomorrow", "change"),
        ("date 01020304", "change"),
        ("date --set=now", "change"),
        ("hostname", "read"),
        ("hostname -f", "read"),
        ("hostname evil", "change"),
        ("hostname -F file", "change"),
        ("df -h /", "read"),
        ("find . -delete", "change"),
        ("sort -o x y", "change"),
        ("tee x", "change"),
        ("env cat x", "change"),
        ("xargs rm", "change"),
        ("sed -i s/a/b/ x", "change"),
        ("sh -c true", "change"),
    ],
)
def test_which_programs_surely_only_read(command: str, effect: str) -> None:
    assert effect_of(command.split())[0] == effect


def test_an_unknown_word_can_be_an_option() -> None:
    assert effect_of(["cat", None])[0] == "read"
    assert effect_of(["date", None])[0] == "change"
    assert effect_of([None])[0] == "change"


def test_a_value_is_always_one_word() -> None:
    assert request_of("shell: prog ${x} --o=${x} ${list} ${n}").argv == ("prog", "a b; rm", "--o=a b; rm", "p", "q", "5")


def test_a_shell_request() -> None:
    request = request_of("shell: {command: [prog, '${x}'], env: {B: '${token}', A: '${n}'}, stdin: 'x ${token}', cwd: sub}")
    assert request.argv == ("prog", "a b; rm")
    assert request.env == (("A", "5"), ("B", SecretRef("token")))
    assert request.stdin == SecretText(("x ", SecretRef("token")))
    assert request.cwd == "sub"


def test_an_http_request() -> None:
    request = request_of(
        "http: {post: 'https://a/${n}', query: {q: '${x}'}, headers: {T: '${token}'}, json: {n: '${n}', l: '${list}'}, auth: {bearer: '${token}'}, follow: false}"
    )
    assert request.data == {
        "method": "POST",
        "url": "https://a/5?q=a%20b%3B%20rm",
        "headers": {"T": SecretRef("token")},
        "json": {"n": 5, "l": ["p", "q"]},
        "auth": {"bearer": SecretRef("token")},
        "follow": False,
    }
    assert request.shown() == ["http", "POST", "https://a/5?q=a%20b%3B%20rm"]


@pytest.mark.parametrize(
    ("written", "value", "asked"),
    [
        ("https://h/items/${v}", "a b", "https://h/items/a%20b"),
        ("https://h/items/${v}", "a?all=1#b", "https://h/items/a%3Fall=1%23b"),
        ("https://h/items/${v}", "50%25", "https://h/items/50%2525"),
        ("https://h/items/${v}/x", "ñ", "https://h/items/%C3%B1/x"),
        ("https://h/items/${v}", "me@example.com:1;+", "https://h/items/me@example.com:1;+"),
        ("https://h/repos/${v}/issues", "owner/repo", "https://h/repos/owner/repo/issues"),
        ("https://h/x?q=${v}", "a&b=c#d/e", "https://h/x?q=a%26b%3Dc%23d%2Fe"),
        ("https://h/x?q=1&r=${v}&s=2", "a+b", "https://h/x?q=1&r=a%2Bb&s=2"),
        ("${v}/items", "https://h:8443/base", "https://h:8443/base/items"),
        ("${v}", "https://h/x?y=z", "https://h/x?y=z"),
        ("https://${v}/items", "h:8443", "https://h:8443/items"),
        ("${v}/x?y=1", "https://h", "https://h/x?y=1"),
        ("https://h${v}", "/next?page=2", "https://h/next?page=2"),
        ("${v}&page=2", "https://h/x?y=1", "https://h/x?y=1&page=2"),
        ("https://h/a/../${v}", "b", "https://h/a/../b"),
        ("https://h/items/${v}", "...", "https://h/items/..."),
        ("https://h/items${v}", "", "https://h/items"),
        ("https://h/items/7${v}", "", "https://h/items/7"),
        ("https://h/items?q=${v}", "", "https://h/items?q="),
        ("https://h//${v}/x", "a", "https://h//a/x"),
    ],
)
def test_a_value_is_one_piece_of_an_address(written: str, value: str, asked: str) -> None:
    assert asked_for(written, value) == asked


@pytest.mark.parametrize(
    ("written", "value", "why"),
    [
        ("https://h/items/${v}", "..", "'..'"),
        ("https://h/items/${v}/x", "a/../../admin", "'..'"),
        ("https://h/items/.${v}", ".", "'..'"),
        ("${v}/items", "https://h/x?y=1", "`query`"),
        ("https://${v}/items", "h/x#", "`query`"),
        ("https://${v}/items", "user@h", "user or password"),
        ("https://h/items/${v}", "", "is empty"),
        ("https://h/items/${v}?all=${v}", "", "is empty"),
        ("https://h/${v}/x#y", "", "is empty"),
        ("https://h/items/${v}${v}", "", "is empty"),
    ],
)
def test_a_value_that_would_lead_elsewhere_is_refused(written: str, value: str, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        asked_for(written, value)


def asked_for(written: str, value: str) -> str:
    return str(request_of(f"http: {{get: '{written}'}}", {"v": value}).data["url"])


def test_whom_a_message_is_for_is_shown() -> None:
    request = request_of("notify: {message: '${x}', to: [devops, {slack: '#a', email: '${hole}'}]}")
    assert request.data["to"][:2] == ["devops", ["slack", "#a"]]
    assert request.shown() == ["notify", "devops, slack #a, email ⟨step.id⟩", "a b; rm"]
    assert request_of("notify: x").data == {"message": "x", "to": "console"}


def test_a_plan_shows_holes() -> None:
    assert request_of("http: 'https://a/${hole}/x'").shown()[2].count("step.id") == 1
    assert request_of("shell: prog ${hole}").shown() == ["prog", "⟨step.id⟩"]
    assert "step.id" in request_of("tls: '${hole}:443'").shown()[1]
    assert request_of("render: {template: '${hole}', to: x}").shown()[1] == "⟨step.id⟩"


@pytest.mark.parametrize(
    "text",
    [
        "shell: prog ${token}",
        "shell: prog --password=${token}",
        "shell: {command: prog, cwd: '${token}'}",
        "http: 'https://a/${token}'",
        "http: {get: https://a/, query: {t: '${token}'}}",
        "http: {get: 'https://${x}/'}",
        "tls: '${token}:443'",
        "notify: 'x ${token}'",
        "render: {template: '${token}', to: x}",
        "tls: {host: a, port: 70000}",
    ],
)
def test_values_that_make_no_request(text: str) -> None:
    _, _, call = facts_of(text)
    with pytest.raises(ArgumentError):
        call.surface.request(evaluate(call, NAMES, None))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://Example.COM", "https://example.com:443"),
        ("HTTP://a:8080/x?y#z", "http://a:8080"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]:443"),
        ("https://a:443/b", "https://a:443"),
        ("https://u@a/", None),
        ("https:///x", None),
        ("https://a:0/", None),
        ("https://a:99999/", None),
        ("https://a\\@b/", None),
        ("https://a\n.b/", None),
        ("https://a%2eb/", None),
        ("javascript:alert(1)", None),
        ("/relative", None),
        ("", None),
    ],
)
def test_origins(text: str, found: str | None) -> None:
    assert origin(text) == found


@pytest.mark.parametrize(
    ("text", "target"), [("http://a", "/"), ("http://a?x=1", "/?x=1"), ("http://a/é?ü#f", "/%C3%A9?%C3%BC"), ("http://a/%2e?q", "/%2e?q")]
)
def test_targets(text: str, target: str) -> None:
    assert parse_url(text).target == target


def test_queries_are_added_before_the_fragment() -> None:
    assert with_query("http://a/?x=1#f", [("b c", "&=")]) == "http://a/?x=1&b%20c=%26%3D#f"
    assert with_query("http://a/", []) == "http://a/"


def test_what_is_wrong_with_an_address_is_said_without_its_secrets() -> None:
    with pytest.raises(BadUrl, match="use `auth`") as caught:
        parse_url("https://user:hunter2@a/")
    assert "hunter2" not in str(caught.value)
