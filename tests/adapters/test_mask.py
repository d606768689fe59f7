"""No form of a secret gets through, in one piece or across the borders of chunks."""

from __future__ import annotations

import base64
import json
import random
import threading
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.adapters.mask import Masker, MaskStream, forms_of
from runbook_lang.adapters.masked_event import FIXED, TYPED, mask_body
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.events import TYPES, ActEnded, RunOpened, to_wire

VALUE = 'p@ss/wörd+1"<&\\ x'
HEAD = "-----BEGIN " + "PRIVATE KEY-----"  # in two, so that no scanner takes this file for a key
KEY = HEAD + "\n" + "\n".join(base64.b64encode(random.Random(n).randbytes(48)).decode() for n in range(4)) + "\nshort\n"

FORMS = {
    "plain": lambda v: v,
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 url": lambda v: base64.urlsafe_b64encode(v.encode()).decode().rstrip("="),
    "url": lambda v: quote(v, safe=""),
    "url path": quote,
    "url form": quote_plus,
    "url lower": lambda v: "".join(c if c.isalnum() and c.isascii() else "".join(f"%{b:02x}" for b in c.encode()) for c in v),
    "query": lambda v: urlencode({"q": v})[2:],
    "json": lambda v: json.dumps(v)[1:-1],
    "json utf8": lambda v: json.dumps(v, ensure_ascii=False)[1:-1],
    "json in json": lambda v: json.dumps(json.dumps(v))[3:-3],
    "json of go": lambda v: json.dumps(v, ensure_ascii=False)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
    "json of php": lambda v: json.dumps(v)[1:-1].replace("/", "\\/"),
    "repr": lambda v: repr(v)[1:-1],
    "base64 in url": lambda v: quote(base64.b64encode(v.encode()).decode(), safe=""),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_each_form_is_masked(form):
    text = f"before {form(VALUE)} after"
    assert Masker({"db": VALUE}).mask(text) == "before «db» after"


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "Aladdin:"])
@pytest.mark.parametrize("after", ["", ";", ";x", "; and more"])
def test_base64_is_masked_wherever_the_value_begins_in_it(before, after):
    secret = "open sesame"
    encoded = base64.b64encode((before + secret + after).encode()).decode()
    clean = Masker({"s": secret}).mask(f"Authorization: Basic {encoded}")
    assert "«s»" in clean
    for shift in range(3):
        first, last = -(-8 * shift // 6), 8 * (shift + len(secret)) // 6
        assert base64.b64encode(b"\0" * shift + secret.encode()).decode()[first:last] not in clean


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=30), st.sampled_from(sorted(FORMS)), st.text(max_size=5))
def test_no_form_of_any_value_gets_through(value, form, around):
    if len(value.strip()) < 4:
        return
    made = FORMS[form](value)
    clean = Masker({"n": value}).mask(around + made + around)
    assert made not in clean.replace("«n»", "\0\0")


def test_a_text_without_secrets_is_the_same_object():
    text = "nothing to see"
    assert Masker().mask(text) is text
    assert Masker({"a": "something"}).mask(text) is text
    raw = b"nothing"
    assert Masker({"a": "something"}).mask_bytes(raw) is raw


def test_masking_twice_changes_nothing():
    masker = Masker({"pass": "word", "word": "pass"})
    once = masker.mask("pass and word")
    assert once == "«word» and «pass»"
    assert masker.mask(once) == once


def test_the_longer_of_two_secrets_wins():
    assert Masker({"a": "abcd", "b": "abcdefgh"}).mask("abcdefgh abcd") == "«b» «a»"


def test_overlapping_beginnings_are_found():
    assert Masker({"a": "aab1", "b": "abab2"}).mask("aaab1 aabab2 ababab2") == "a«a» a«b» ab«b»"


def test_lines_of_a_key_are_masked_one_by_one():
    masker = Masker({"key": KEY})
    line = KEY.splitlines()[2]
    assert masker.mask(f"> {line} <") == "> «key» <"
    assert masker.mask(KEY) == "«key»"
    assert masker.mask(KEY.strip().replace("\n", "\r\n")) == "«key»"
    assert masker.mask(f"{HEAD} short") == f"{HEAD} short"


@pytest.mark.parametrize("width", [64, 76])
def test_wrapped_base64_of_a_long_value_is_masked(width):
    encoded = base64.b64encode(KEY.encode()).decode()
    wrapped = "\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    clean = Masker({"key": KEY}).mask(wrapped)
    assert set(clean.replace("«key»", "").replace("\n", "")) <= set(wrapped.splitlines()[-1])
    for line in wrapped.splitlines()[:-1]:
        assert line not in clean


@pytest.mark.parametrize("value", ["", "7", "q7q", "  q7 ", " " * 8, "x" * 300_000, "q7q-\udcff-long-enough"])
def test_a_value_that_cant_be_masked_is_refused_without_showing_it(value):
    with pytest.raises(RunbookError) as caught:
        Masker({"pin": value})
    item = caught.value.diagnostics[0]
    assert item.code == "RB612"
    assert "'pin'" in item.message
    assert item.help
    assert not value.strip() or value not in item.message + item.help


@pytest.mark.parametrize("value", ["", "q7q", " " * 8, "q7q-\udcff-long-enough"])
def test_at_run_time_such_a_value_is_told_and_changes_nothing(value):
    masker = Masker()
    assert masker.add_secret("step.pin", value) is False
    assert masker.mask(f"a{value}b") == f"a{value}b"
    assert masker.add_secret("step.token", "long-enough") is True
    assert masker.add_secret("step.token", "long-enough") is True
    assert masker.mask("a long-enough") == "a «step.token»"


def test_a_secret_can_come_while_a_stream_is_open():
    masker = Masker()
    stream = MaskStream(masker)
    shown = stream.feed(b"one hidden-thing ")
    masker.add_secret("new", "hidden-thing")
    shown += stream.feed(b"two hidden-") + stream.feed(b"thing ") + stream.close()
    assert shown == "one hidden-thing two «new» ".encode()


def test_secrets_can_come_while_other_threads_mask():
    masker = Masker({"first": "first-secret"})
    stop = threading.Event()
    text, seen = "a first-secret and more " * 20, []

    def work():
        while not stop.is_set():
            seen.append(masker.mask(text))

    thread = threading.Thread(target=work)
    thread.start()
    for number in range(200):
        masker.add_secret(f"n{number}", f"value-{number:04d}")
    stop.set()
    thread.join()
    assert set(seen) == {text.replace("first-secret", "«first»")}


def test_a_stream_holds_back_only_what_may_begin_a_secret():
    stream = MaskStream(Masker({"s": "secret-value"}))
    assert stream.feed(b"hello sec") == b"hello "
    assert stream.feed(b"ond") == b"second"
    assert stream.feed(b"\n") == b"\n"
    assert stream.close() == b""


SECRETS = {"a": VALUE, "b": "aaaab", "c": "aabaa", "d": "hunter22", "key": KEY}


def chunks_of(data: bytes, dice: random.Random):
    at = 0
    while at < len(data):
        size = dice.choice((1, 1, 2, 3, 5, 8, 40, 1000))
        yield data[at : at + size]
        at += size


def test_ten_thousand_chunkings_give_the_same_as_one_piece():
    masker = Masker(SECRETS)
    forms = sorted(set().union(*map(forms_of, SECRETS.values())))
    dice = random.Random(7)
    for _ in range(10_000):
        pieces = []
        for _ in range(dice.randrange(1, 5)):
            form = dice.choice(forms)
            pieces += [form, dice.choice((b"", b"a", b" ", b"xaab", form[: dice.randrange(len(form))], "«".encode()))]
        data = b"".join(pieces)
        stream = MaskStream(masker)
        shown = b"".join(map(stream.feed, chunks_of(data, dice))) + stream.close()
        assert shown == masker.mask_bytes(data)


@given(st.lists(st.text("ab1", min_size=4, max_size=8), min_size=1, max_size=4), st.text("ab1«», ", max_size=60), st.randoms())
def test_streams_of_few_letters_agree_and_leak_nothing(values, text, dice):
    masker = Masker({f"n{number}": value for number, value in enumerate(values)})
    data = text.encode()
    stream = MaskStream(masker)
    shown = b"".join(map(stream.feed, chunks_of(data, dice))) + stream.close()
    assert shown == masker.mask_bytes(data)
    assert not any(value.encode() in shown for value in values)


@pytest.mark.parametrize(
    ("secrets", "text", "wanted"),
    [
        ({"s": '":"x'}, '{"a":"x"}', {"a": "x"}),
        ({"s": "true"}, '{"a":true,"b":"true"}', {"a": True, "b": "«s»"}),
        ({"s": "1234"}, '{"a":1234,"b":12345,"c":"1234","d":-1234.5}', {"a": "«s»", "b": 12345, "c": "«s»", "d": -1234.5}),
        ({"s": 'pa"ss\\'}, json.dumps({"a": json.dumps({"b": 'pa"ss\\'})}), {"a": '{"b": "«s»"}'}),
        ({"s": "$secret"}, '{"a":{"$secret":"$secret-text"}}', {"a": {"$secret": "$secret-text"}}),
        ({"s": "key-name"}, '{"key-name":"\\u006bey-name"}', {"«s»": "«s»"}),
        ({"s": "$ecret-1"}, '{"a":"$ecret-1","b":["$ $ecret-1"]}', {"a": "«s»", "b": ["$ «s»"]}),
        ({"s": "$map"}, '{"a":"$map","b":{"$map":[["$map",1]]}}', {"a": "«s»", "b": {"$map": [["«s»", 1]]}}),
        (
            {"s": "2026"},
            '{"a":{"$timestamp":"2026-01-01T00:00:00Z"},"b":"in 2026"}',
            {"a": {"$timestamp": "2026-01-01T00:00:00Z"}, "b": "in «s»"},
        ),
        ({"s": "inner"}, '{"$text":["an inner part",{"$secret":"inner"}]}', {"$text": ["an «s» part", {"$secret": "inner"}]}),
    ],
    ids=["structure", "literals", "numbers", "json in json", "tags", "keys and escapes", "a dollar", "like a tag", "moments", "parts"],
)
def test_json_text_keeps_its_form(secrets, text, wanted):
    assert json.loads(Masker(secrets).mask_json(text)) == wanted


def test_names_paths_and_digests_of_events_stay():
    masker = Masker({"pin": "1234", "word": "step", "hex": "ab" * 32})
    digest = "1234" + "0" * 60
    event = ActEnded(
        1, "1234", id="step#1/main", ok=True, applied="step", message="step 1234", value='{"exit":1}', out=[[digest, 1234, "1234"]]
    )
    body = mask_body(to_wire(event), masker)
    assert (body["id"], body["applied"], body["at"]) == ("step#1/main", "step", "1234")
    assert body["message"] == "«word» «pin»"
    assert body["out"] == [[digest, 1234, "«pin»"]]
    opened = RunOpened(
        1, "", run="1234", rules=1, mode="", runbook="", program=digest, plan="", inputs='{"a":"1234"}', secret_names=["pin"], operator="", host="",
        tools={"psql": {"digest": digest, "path": "/opt/1234", "other": "ab" * 32}},
    )  # fmt: skip
    body = mask_body(to_wire(opened), masker)
    assert (body["run"], body["program"]) == ("1234", digest)
    assert body["inputs"] == '{"a":"«pin»"}'
    assert body["tools"] == {"psql": {"digest": digest, "path": "/opt/«pin»", "other": "«hex»"}}


def test_the_fields_that_stay_are_fields_of_events():
    known = {field for cls in TYPES.values() for field in cls.__fields__} | {"type"}
    assert known >= FIXED | TYPED


def test_a_masker_shows_no_value():
    assert "hunter22" not in repr(Masker({"a": "hunter22"}))
