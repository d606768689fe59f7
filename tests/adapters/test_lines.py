"""The form of a journal line, and everything that a reader refuses."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.adapters.lines import FIRST_PREV, TAIL, BadLine, decode, encode
from runbook_lang.machine.events import ActEnded, ActStarted, Note, RunClosed, RunOpened, TimerFired

AT = "2026-01-02T03:04:05.678901Z"
EVENTS = [
    TimerFired(1, AT, path="wait"),
    ActStarted(2, AT, id="loop[eu]/deploy#1/main", argv=["doctl", "apps", "list", ""], argv_digest="ab"),
    ActEnded(
        3, AT, id="x#1/main", ok=False, applied="unknown", kind="timeout", value='{"exit":1}', out=[["ab", 3, "ü\n"]], elapsed_us=2**53 - 1
    ),
    RunClosed(4, AT, outcome={"result": "done", "undone": None, "nested": [{"a": True, "b": -5}]}),
    RunOpened(
        5,
        AT,
        run="r",
        rules=1,
        mode="live",
        runbook="a.yml",
        program="p",
        plan="q",
        inputs="{}",
        secret_names=["a"],
        operator="o",
        host="h",
    ),
]


def sealed(body: str) -> bytes:
    """A line with a right digest around any bytes."""
    head = body.encode()
    return head + b',"digest":"' + hashlib.sha256(head).hexdigest().encode() + b'"}'


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_a_line_gives_its_event_back(event):
    raw = encode(event, FIRST_PREV)
    assert decode(raw, FIRST_PREV) == (event, hashlib.sha256(raw).hexdigest())


def test_a_line_is_what_the_format_says():
    raw = encode(EVENTS[2], "a" * 64)
    line = raw + b"\n"
    digest = hashlib.sha256(line[:-78]).hexdigest()
    assert line[-78:] == f',"digest":"{digest}"}}\n'.encode()
    body = json.loads(raw)
    assert body["prev"] == "a" * 64
    assert list(body)[:-1] == sorted(set(body) - {"digest"})
    assert b": " not in raw
    assert b"\n" not in raw


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_survives(path, text):
    event = Note(1, AT, path=path, what="w", text=text)
    assert decode(encode(event, FIRST_PREV))[0] == event


def test_arguments_that_were_no_utf8_survive():
    event = ActStarted(1, AT, id="x", argv=[b"\xff\xfe".decode("utf-8", "surrogateescape")], argv_digest="")
    assert decode(encode(event, FIRST_PREV))[0] == event


@pytest.mark.parametrize(
    "outcome",
    [{"a": 1.5}, {"a": [2**53]}, {"a": -(2**53)}, {"a": {"b": float("nan")}}, {1: 2}, {"a": (1,)}, {"a": {1}}],
    ids=["float", "huge", "huge negative", "nan", "int key", "tuple", "set"],
)
def test_what_no_line_can_hold_is_refused(outcome):
    with pytest.raises(BadLine):
        encode(RunClosed(1, AT, outcome=outcome), FIRST_PREV)


def test_deep_nesting_is_refused_both_ways():
    deep: dict = {}
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(BadLine, match="nested"):
        encode(RunClosed(1, AT, outcome=deep), FIRST_PREV)
    text = '{"a":' * 200_000
    with pytest.raises(BadLine):
        decode(sealed('{"outcome":' + text))


BODY = '{{"at":"{at}","path":"p","prev":"{prev}","seq":{seq},"type":"{type}"'


def body(at=AT, prev=FIRST_PREV, seq="1", type="timer.fired"):
    return BODY.format(at=at, prev=prev, seq=seq, type=type)


def test_the_hand_made_line_is_good():
    assert decode(sealed(body()), FIRST_PREV)[0] == TimerFired(1, AT, path="p")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "digest"),
        (b"{}", "digest"),
        (sealed(body())[:-1], "digest"),
        (sealed(body()) + b" ", "digest"),
        (sealed(body()).replace(b'"p"', b'"q"'), "doesn't fit"),
        (sealed(body()).upper(), "digest"),
        (sealed(body(prev="1" * 64)), "prev"),
        (sealed(body(seq="1.0")), "no integer"),
        (sealed(body(seq="1e3")), "no integer"),
        (sealed(body(seq="NaN")), "no integer"),
        (sealed(body(seq="-0")), "integer"),
        (sealed(body(seq="9007199254740992")), "integer"),
        (sealed(body(seq="9" * 400)), "integer"),
        (sealed(body(seq="true")), "wrong type"),
        (sealed(body(seq='"1"')), "wrong type"),
        (sealed(body(type="timer.exploded")), "unknown event type"),
        (sealed(body(at="2026-01-02T03:04:05Z")), "moment"),
        (sealed(body(at="2026-01-02 03:04:05.678901Z")), "moment"),
        (sealed(body().replace('"path":"p",', "")), "lacks path"),
        (sealed(body().replace('"path":"p"', '"path":"p","path":"q"')), "twice"),
        (sealed('{"path":"p","at":"x"'), "sorted"),
        (sealed(body() + ',"z":1'), "no field"),
        (sealed(body().replace('"at"', '"digest":"x","at"')), "sorted"),
        (sealed("[1"), "JSON object"),
        (sealed(body() + "}{"), "one JSON object"),
        (sealed(" " + body()), "JSON object"),
        (sealed(body().replace("p", "\x01", 1)), "JSON object"),
    ],
)
def test_a_bad_line_is_refused_with_the_reason(raw, why):
    with pytest.raises(BadLine, match=why):
        decode(raw, FIRST_PREV)


def test_bytes_that_are_no_utf8_are_refused():
    head = body().encode().replace(b'"p"', b'"\xff"')
    raw = head + b',"digest":"' + hashlib.sha256(head).hexdigest().encode() + b'"}'
    with pytest.raises(BadLine, match="UTF-8"):
        decode(raw, FIRST_PREV)


def test_a_reason_never_repeats_what_the_line_holds():
    with pytest.raises(BadLine) as caught:
        decode(sealed(body().replace('"p"', '"hunter22","hunter23"')), FIRST_PREV)
    assert "hunter" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_line_or_a_bad_line(raw):
    with pytest.raises(BadLine):
        decode(raw)
    with pytest.raises(BadLine):
        decode(sealed(raw.decode("latin-1")))


def test_the_tail_has_its_length():
    assert TAIL + 1 == 78
