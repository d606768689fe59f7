"""Reports: what is in them, that odd names stay names, that a team's template takes their place, and how the page looks in a browser."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.api.report import placed, report
from runbook_lang.api.report_scale import Scale
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.reports.documents import markdown_code, markdown_text, render_document
from tests.audit import browser
from tests.audit.conftest import Place

if TYPE_CHECKING:
    from pathlib import Path

STORY = """\
runbook: roll
title: Roll out | <b>now</b>
severity: P2
inputs: {version: {type: string}}
steps:
  - id: flaky
    title: Try until it answers
    shell: /usr/bin/test -e ${version}/done
    effect: read
    because: it looks
    retry: {every: 200ms, times: 2}
    may_fail: true
    timeout: 10s
  - id: both
    parallel:
      - id: left
        title: Left *side*
        shell: /bin/sleep 0.3
        effect: change
        because: a test
        timeout: 10s
        undo: {shell: /bin/echo back, effect: change, because: a test, timeout: 10s}
      - id: right
        shell: /bin/sleep 0.2
        effect: change
        because: a test
        timeout: 10s
  - id: drop
    title: Drop <script>alert(1)</script>
    approve: {text: Really?, within: 30m}
    shell: /bin/false
    effect: change
    because: a test
    timeout: 10s
on_failure:
  - undo: all
  - escalate: {message: it failed, severity: P2, tier: devops}
"""


POLICY = """\
zone: Europe/Berlin
people: {ada: {name: Ada, email: ada@example.com}}
tiers: {devops: {hours: 24x7, ack_within: 15m, notify: [{console: ops}]}}
severities: {P2: {tiers: [devops], sla: SLA}}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document of a run with a retry, lanes, an approval, a failure, an undo and an escalation."""
    place = Place(tmp_path_factory.mktemp("told"))
    place.ring.new("ops")
    paused = place.run(STORY, approves=False, version="1<2|`3`")
    assert paused.exit == 8
    finished = place.resume(paused.run)
    assert finished.exit == 5
    document = report(finished.run)
    document["audit"] = place.verify(finished.run).as_json()
    return document


def step(document: dict[str, Any], path: str) -> dict[str, Any]:
    return next(one for one in document["steps"] if one["path"] == path)


def test_a_report_holds_the_story(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert (told["result"], told["exit"], told["undone"], told["escalated"]) == ("failed", 5, "complete", True)
    assert told["failure"]["step"] == "drop"
    assert [(bar["kind"], bar["state"]) for bar in step(told, "flaky")["bars"]] == [
        ("attempt", "failed"),
        ("retry", "over"),
        ("attempt", "failed"),
    ]
    left, right = step(told, "left")["bars"], step(told, "right")["bars"]
    assert [bar["kind"] for bar in left] == ["attempt", "undo"]
    assert left[0]["left"] < right[0]["left"] + right[0]["width"], "they ran at the same time"
    assert right[0]["left"] < left[0]["left"] + left[0]["width"]
    waited, ran = step(told, "drop")["bars"]
    assert (waited["kind"], ran["state"], bool(waited["due_at"]), waited["late"]) == ("approval", "failed", True, False)
    assert [(one["who"], one["did"]) for one in told["people"]] == [("ada", "started the run"), ("ada", "resumed it"), ("ada", "approved")]
    assert [(one["step"], one["undo"]) for one in told["changes"]][-1] == ("left", True)
    assert [mark["kind"] for mark in told["marks"]] == ["paused", "resumed", "escalated"]


TURNS = """\
runbook: turns
steps:
  - id: each
    for_each:
      over: "['a b', 'c']"
      as: it
      key: it
      max: 3
      steps:
        - {id: look, shell: /bin/echo look, effect: read, because: it prints, timeout: 10s}
        - {id: do, shell: [/bin/sh, -c, 'echo "$1"', sh, "${it}"], effect: change, because: a test, timeout: 10s}
  - id: t
    try:
      - {id: bad, shell: /bin/false, effect: read, because: a test, timeout: 10s}
    rescue:
      - {id: asks, shell: /bin/echo asks, effect: read, because: a test, timeout: 10s}
      - {id: mends, shell: /bin/echo mends, effect: change, because: a test, timeout: 10s}
  - {id: last, shell: /bin/echo last, effect: change, because: a test, timeout: 10s}
"""


def test_turns_of_loops_and_rescues_are_what_they_are_and_stand_where_they_belong(tmp_path: Path) -> None:
    document = report(Place(tmp_path).run(TURNS).run)
    assert [(one["path"], one["effect"], one["depth"]) for one in document["steps"]] == [
        ("each", "", 0),
        ("each[a b]/look", "read", 1),
        ("each[a b]/do", "change", 1),
        ("each[c]/look", "read", 1),
        ("each[c]/do", "change", 1),
        ("t", "", 0),
        ("bad", "read", 1),
        ("asks", "read", 1),
        ("mends", "change", 1),
        ("last", "change", 0),
    ]
    assert document["unreached"] == 0
    assert [(one["step"], one["words"]) for one in document["changes"]] == [
        ("each[a b]/do", """/bin/sh -c 'echo "$1"' sh 'a b'"""),
        ("each[c]/do", """/bin/sh -c 'echo "$1"' sh c"""),
        ("mends", "/bin/echo mends"),
        ("last", "/bin/echo last"),
    ]


def test_labels_of_events_stand_clear_of_each_other() -> None:
    marks = [{"kind": "escalated", "step": "tell", "left": left} for left in (0.0, 10.0, 60.0, 65.0, 95.0, 99.0)]
    levels = [one["level"] for one in placed(marks)]
    assert levels == [0, 1, 0, 1, 2, 3]
    assert placed([]) == []


@pytest.mark.parametrize(("sla", "within", "late"), [("1h", "1h 00m", False), ("1s", "1.0s", True)])
def test_the_deadline_of_the_policy_is_told_and_drawn(tmp_path: Path, sla: str, within: str, late: bool) -> None:
    place = Place(tmp_path)
    (place.library / "policy.yml").write_text(POLICY.replace("SLA", sla), encoding="utf-8")
    text = "runbook: r\npolicy: policy.yml\nseverity: P2\nsteps:\n  - {id: w, wait: WAIT}\n".replace("WAIT", "1500ms" if late else "1ms")
    document = report(place.run(text).run)
    assert (document["deadline"]["within"], document["deadline"]["late"]) == (within, late)
    assert (document["deadline"]["left"] is not None) == late
    page = render_document({**document, "audit": None}, "html")
    assert ("missed" in page, 'class="due sla"' in page) == (late, late)
    assert ("kept" in page) != late


def test_the_scale_never_falls_and_short_spans_stay_visible() -> None:
    day = 86_400_000_000
    scale = Scale([1000, 2000, 3000, day], 0, day + 1000)
    places = [scale.at(moment) for moment in (0, 1000, 1500, 2000, 3000, day // 2, day, day + 1000, day * 2)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 100)
    assert Scale([], 5, 5).at(5) == 0
    lefts = [tick["left"] for tick in scale.ticks()]
    assert lefts == sorted(lefts)


def test_the_markdown_is_an_entry_of_the_log_of_deployments(told: dict[str, Any]) -> None:
    text = render_document(told, "md")
    assert text.startswith(f"## {told['opened_at'][:10]} Roll out \\| \\<b\\>now\\</b\\>: failed\n")
    for words in (
        "| root cause | _to be filled in_ |",
        "| people | ada |",
        "(undone)",
        "people were told",
        " approved",
        "- conformance: **pass**",
    ):
        assert words in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} == {3, 6}
    assert "<b>" not in text
    assert "<script>" not in re.sub("`[^`]*`", "", text)


@pytest.mark.parametrize("text", ["plain", "a|b", "a`b", "``", "`", "", "a\nb", "\u202eabc", "*_[x](y)<z>", "a\\|b"])
def test_any_text_stays_text_in_markdown(text: str) -> None:
    assert "\n" not in markdown_text(text) + markdown_code(text)
    assert not re.search(r"(?<!\\)[|`<]", markdown_text(text).replace("\\\\", ""))
    code = markdown_code(text)
    fence = re.match("`+", code)
    assert fence is not None
    assert code.endswith(fence.group())
    assert fence.group() not in code[len(fence.group()) : -len(fence.group())]


def test_the_page_needs_nothing_from_elsewhere_and_names_stay_names(told: dict[str, Any]) -> None:
    text = render_document(told, "html")
    assert "<script" not in text
    assert "Roll out | &lt;b&gt;now&lt;/b&gt;" in text
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|https?://""", text)
    assert "default-src 'none'" in text


def test_a_template_of_the_team_can_extend_ours_or_replace_it(told: dict[str, Any], tmp_path: Path) -> None:
    own = tmp_path / "own.md.j2"
    own.write_text('{% extends "report.md.j2" %}{% block cause %}| root cause | see the wiki |\n{% endblock %}')
    assert "| root cause | see the wiki |" in render_document(told, "md", str(own))
    own.write_text("{{ runbook }} {{ result }}")
    assert render_document(told, "md", str(own)) == "roll failed"


@pytest.mark.parametrize(
    "text",
    [
        "{{ runn }}",
        "{% if %}",
        "{{ steps.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ lipsum() }}",
        "{% include '/etc/passwd' %}",
        "{% include '../conftest.py' %}",
        "{{ 1 / 0 }}",
        "{{ steps | random }}",
    ],
)
def test_a_template_that_is_wrong_or_reaches_out_ends_in_a_sentence(told: dict[str, Any], tmp_path: Path, text: str) -> None:
    own = tmp_path / "own.md.j2"
    own.write_text(text)
    with pytest.raises(RunbookError) as error:
        render_document(told, "md", str(own))
    assert error.value.diagnostics[0].code == "RB650"
    with pytest.raises(RunbookError):
        render_document(told, "md", str(tmp_path / "none.j2"))


MEASURE = """\
<!DOCTYPE html><meta charset="utf-8"><body style="margin:0"><iframe id="page" style="border:0;width:{width}px;height:900px" srcdoc="{page}"></iframe>
<pre id="found"></pre>
<script>
const frame = document.getElementById("page");
frame.addEventListener("load", () => {{
  const page = frame.contentDocument, root = page.documentElement, edge = root.clientWidth;
  const boxes = [...page.querySelectorAll(".bar, .due, .axis span, .name, td")].map(one => one.getBoundingClientRect());
  document.getElementById("found").textContent = JSON.stringify({{
    wide: root.scrollWidth > edge, beyond: boxes.filter(one => one.right > edge + 1 || one.left < -1).length,
    bars: page.querySelectorAll(".track .bar").length, hidden: [...page.querySelectorAll(".track .bar")].filter(one => one.offsetWidth < 3).length,
    fetched: frame.contentWindow.performance.getEntriesByType("resource").length,
    stacked: getComputedStyle(page.querySelector(".row")).gridTemplateColumns.split(" ").length == 1,
  }});
}});
</script>
"""


@pytest.mark.slow
@pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [360, 1100])
def test_the_page_fits_a_phone_and_a_desk_in_a_real_browser(told: dict[str, Any], tmp_path: Path, width: int) -> None:
    page = tmp_path / "page.html"
    page.write_text(MEASURE.format(width=width, page=html.escape(render_document(told, "html"))), encoding="utf-8")
    dom = browser.browse(page, "--dump-dom", f"--window-size={width + 40},1000")
    found = re.search(r'<pre id="found">(\{.*?\})</pre>', dom)
    assert found is not None, dom[-500:]
    bars = sum(len(one["bars"]) for one in told["steps"])
    assert json.loads(html.unescape(found[1])) == {
        "wide": False,
        "beyond": 0,
        "bars": bars,
        "hidden": 0,
        "fetched": 0,
        "stacked": width < 640,
    }


@pytest.mark.slow
@pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed")
def test_the_page_can_be_printed(told: dict[str, Any], tmp_path: Path) -> None:
    page, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(render_document(told, "html"), encoding="utf-8")
    browser.browse(page, f"--print-to-pdf={pdf}")
    data = pdf.read_bytes()
    assert data.startswith(b"%PDF-")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", data)) <= 4


@pytest.mark.slow
@pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed")
def test_a_picture_of_the_page_shows_its_bars(told: dict[str, Any], tmp_path: Path) -> None:
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(render_document(told, "html"), encoding="utf-8")
    browser.browse(page, f"--screenshot={picture}", "--window-size=1000,900", "--force-device-scale-factor=1")
    width, height, colours = browser.pixels(picture)
    assert (width, height) == (1000, 900)
    for name, colour in {"change": (46, 125, 79), "failed": (179, 38, 30), "undo": (106, 75, 176), "wait": (201, 211, 223)}.items():
        assert colour in colours, name
