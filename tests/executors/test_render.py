"""The render executor: documents, and templates that try to get out or never end."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.executors import conformance as kit
from runbook_lang.executors.conformance import SECOND, FakeAttempt
from runbook_lang.executors.render import RenderExecutor
from runbook_lang.expr.values import TRUE_KEY, Duration, SecretRef, SecretText, Timestamp, TypeValue, Unknown
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.kinds import ArgumentError
from runbook_lang.surfaces.render import RESULT, SURFACE

RENDER = RenderExecutor()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "library").mkdir()
    (tmp_path / "outside.j2").write_text("outside")
    return tmp_path / "library"


def attempt_for(library: Path, text: str, values: dict[str, Any] | None = None, name: str = "a.j2", **more: Any) -> FakeAttempt:
    if text:
        (library / name).write_text(text)
    request = SURFACE.request({"template": name, "to": "out.txt", "values": values})
    kept = {path.relative_to(library).as_posix(): path.read_bytes() for path in library.rglob("*") if path.is_file()}
    return FakeAttempt(request, library=str(library), kept=kept, **more)


def render(library: Path, text: str, values: dict[str, Any] | None = None, **more: Any) -> tuple[Outcome, str]:
    attempt = attempt_for(library, text, values, **more)
    out = kit.check_executor(RENDER, attempt, RESULT)
    path = Path(attempt.folder) / "files" / "out.txt"
    assert (path.exists(), [*path.parent.glob("*.part")]) == (out.ok, [])
    assert attempt.output.streams == {}
    if out.ok:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert out.value["path"] == str(path)
    return out, path.read_text() if out.ok else ""


def test_a_document(library: Path) -> None:
    values = {"name": "Ñandú", "list": [{"id": 1}, {"id": 2.5}], "at": Timestamp(0), "for": Duration(90 * 10**9), "none": None}
    out, text = render(library, "# {{ name }}\n{% for x in list %}- {{ x.id }}\n{% endfor %}{{ at }} {{ for }} {{ none }}\n", values)
    assert text == "# Ñandú\n- 1\n- 2.5\n1970-01-01T00:00:00Z 90s None\n"
    assert out.value["digest"] == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_keys_arrive_as_text_and_none_is_lost(library: Path) -> None:
    values = {"map": {TRUE_KEY: TypeValue("int"), 1: "b"}}
    assert render(library, "{% for key in map %}{{ key }}={{ map[key] }} {% endfor %}", values)[1] == "true=int 1=b "
    out, _ = render(library, "{{ map }}", {"map": {1: "b", "1": "c"}})
    assert (out.kind, out.applied) == ("refused", "no")
    assert "the key '1' twice" in out.message


def test_templates_include_others_of_the_library(library: Path) -> None:
    (library / "parts").mkdir()
    (library / "parts" / "head.j2").write_text("head of {{ app }}")
    assert render(library, "{% include 'parts/head.j2' %}!", {"app": "shop"})[1] == "head of shop!"


def test_html_is_escaped(library: Path) -> None:
    assert render(library, "{{ x }}", {"x": "<b>"}, name="a.html.j2")[1] == "&lt;b&gt;"
    assert render(library, "{{ x }}", {"x": "<b>"}, name="a.md")[1] == "<b>"


def test_secrets_are_filled_in_and_their_digest_tells_nothing(library: Path) -> None:
    digests = set()
    for value in ("one-secret", "two-secret"):
        values = {"p": SecretRef("pw"), "u": SecretText(("x=", SecretRef("pw")))}
        out, text = render(library, "{{ p }} {{ u }}", values, secrets={"pw": value})
        assert text == f"{value} x={value}"
        digests.add(out.value["digest"])
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("line\n{{ missing }}", "a.j2:2: 'missing' is undefined"),
        ("{{ app.missing }}", "a.j2:1: 'dict object' has no attribute 'missing'"),
        ("\n\n{% if %}", "a.j2:3: "),
        ("{{ 1 / 0 }}", "a.j2:1: division by zero"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ app.update({}) }}", "unsafe"),
        ("{{ '%s' % lipsum() }}", "'lipsum' is undefined"),
        ("{{ [1, 2] | random }}", "No filter named 'random'"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "Range too big"),
    ],
)
def test_a_template_that_is_wrong_or_goes_too_far(library: Path, text: str, words: str) -> None:
    out, _ = render(library, text, {"app": {}})
    assert (out.kind, out.applied) == ("refused", "no")
    assert words in out.message


def test_a_template_that_is_not_there(library: Path) -> None:
    for text in ("{% include 'none.j2' %}", "{% include ['none.j2', 'none.j2'] %}"):
        out, _ = render(library, text)
        assert (out.kind, out.applied, out.message) == ("not_found", "no", "there is no template 'none.j2' in the runbook's folder")
    assert render(library, "{% include 'none.j2' ignore missing %}!")[1] == "!"


@pytest.mark.parametrize("name", ["../outside.j2", "/etc/hostname", "parts/../../outside.j2"])
def test_what_the_run_has_no_copy_of_is_not_rendered(library: Path, name: str) -> None:
    for text, kind in ((f"{{% include '{name}' %}}", "there is no template"), ("{% include name %}", "has no copy of the template")):
        out, _ = render(library, text, {"name": name})
        assert (out.kind, kind in out.message) == ("not_found", True)


@pytest.mark.parametrize(
    "text", ["{% include name %}", "{% include name ignore missing %}", "{% include [name, 'b.j2'] %}", "{% extends name %}"]
)
def test_a_template_that_a_value_names_fails_rather_than_is_read_from_the_library(library: Path, text: str) -> None:
    attempt = attempt_for(library, text, {"name": "later.j2"})
    (library / "later.j2").write_text("changed")
    out = RENDER.run(attempt)
    assert (out.ok, out.kind) == (False, "not_found")
    assert "no copy of the template 'later.j2'" in out.message


def test_a_template_that_a_value_names_is_rendered_where_it_is_named_in_quotes_too(library: Path) -> None:
    (library / "b.j2").write_text("kept")
    text = "{% if false %}{% include 'b.j2' %}{% endif %}{% include name %}"
    assert render(library, text, {"name": "b.j2"})[1] == "kept"


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
        "{{ 'x' * 10 ** 10 }}",
        "{{ 'x' | center(10 ** 10) }}",
        "{{ '%09999999999d' | format(1) }}",
    ],
)
def test_what_grows_too_large(library: Path, text: str) -> None:
    out, _ = render(library, text)
    assert (out.kind, out.applied) in {("too_big", "no"), ("refused", "no")}


ENDLESS = "{% for i in range(99999) %}{% for j in range(99999) %}{% set x = j %}{% endfor %}{% endfor %}"


def test_limit_and_cancel(library: Path) -> None:
    kit.check_limit(RENDER, attempt_for(library, ENDLESS, limit_us=SECOND))
    kit.check_cancel(RENDER, attempt_for(library, ENDLESS))


def test_a_failed_render_leaves_the_file_of_before(library: Path) -> None:
    attempt = attempt_for(library, "one")
    assert RENDER.run(attempt).ok
    attempt.kept = {"a.j2": b"{{ gone }}"}
    assert not RENDER.run(attempt).ok
    assert (Path(attempt.folder) / "files" / "out.txt").read_text() == "one"


def test_the_environment_of_the_tool_is_out_of_reach(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(library))
    (library / "jinja2.py").write_text("raise SystemExit('stolen')")
    os.chmod(library / "jinja2.py", 0o644)
    assert render(library, "fine")[0].ok


@pytest.mark.parametrize(
    ("template", "to"),
    [("../x", "a"), ("/x", "a"), ("a/../../x", "a"), ("", "a"), ("x", ""), ("x", "a/b"), ("x", ".."), ("x", ".a"), ("x", "n" * 300)],
)
def test_paths_that_lead_elsewhere_are_no_request(template: str, to: str) -> None:
    with pytest.raises(ArgumentError):
        SURFACE.request({"template": template, "to": to})


def test_an_unknown_value_is_refused(library: Path) -> None:
    out, _ = render(library, "x", {"a": [Unknown("step.id")]})
    assert (out.kind, out.applied) == ("refused", "no")
