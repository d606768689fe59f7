"""A run works with the files as they were when it started, whatever is done to them in the library meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Said

BOOK = """runbook: pages
steps:
  - {id: other, shell: [sh, -c, "for f in page.j2 part.j2; do echo changed > $f; done"]}
  - {id: page, render: {template: page.j2, to: page.txt, values: {name: World}}}
"""
PAGE = "{% include 'part.j2' %} {{ name }}{% include 'none.j2' ignore missing %}"


@pytest.fixture
def book(here: Path) -> Path:
    (here / "pages.yml").write_text(BOOK)
    (here / "page.j2").write_text(PAGE)
    (here / "part.j2").write_text("Hello")
    return here


def rendered(here: Path) -> str:
    (run,) = (here / ".runbook" / "runs").iterdir()
    return (run / "files" / "page.txt").read_text()


def test_a_template_that_changes_while_the_run_goes_on(book: Path, runbook: Callable[..., Said]) -> None:
    assert runbook("run", "pages.yml").code == 0
    assert (book / "page.j2").read_text() == (book / "part.j2").read_text() == "changed\n"
    assert rendered(book) == "Hello World"


def test_a_template_that_changes_while_the_run_is_paused(book: Path, runbook: Callable[..., Said]) -> None:
    assert runbook("run", "pages.yml", "--until", "other").code == 8
    (book / "part.j2").write_text("Good bye")
    refused = runbook("resume", "last")
    assert "RB514" in refused.err
    assert "part.j2" in refused.err
    (book / "page.j2").unlink()
    assert "RB514" in runbook("resume", "last").err
    assert runbook("resume", "last", "--as-recorded").code == 0
    assert rendered(book) == "Hello World"


def test_what_is_included_has_to_be_there(book: Path, runbook: Callable[..., Said]) -> None:
    (book / "part.j2").write_text("{% import 'gone.j2' as gone %}")
    said = runbook("check", "pages.yml")
    assert said.code == 2
    assert "pages.yml:4:35: error RB701: gone.j2 can't be read" in said.err + said.out


def test_a_template_has_to_be_known_before_the_run(book: Path, runbook: Callable[..., Said]) -> None:
    (book / "computed.yml").write_text(
        "runbook: c\ninputs: {kind: string}\nsteps: [{id: a, render: {template: '${kind}.j2', to: x, values: {name: '1'}}}]\n"
    )
    said = runbook("check", "computed.yml")
    assert (said.code, "computed.yml:3:36: error RB548" in said.out + said.err) == (2, True)
    (book / "part.j2").write_text("{% include name %}")
    said = runbook("check", "pages.yml")
    assert (said.code, "pages.yml:4:35: warning RB549: A template includes `name`" in said.out + said.err) == (0, True)
    (book / "World").write_text("read")
    assert runbook("run", "pages.yml").code == 1
    assert "no copy of the template 'World'" in runbook("show", "last").out


@pytest.mark.parametrize("name", ["link.j2", "folder/outside.j2"])
def test_a_link_that_leads_out_of_the_library_is_no_template(book: Path, runbook: Callable[..., Said], name: str) -> None:
    lib = book / "lib"
    lib.mkdir()
    (book / "outside.j2").write_text("outside")
    (lib / "link.j2").symlink_to("../outside.j2")
    (lib / "folder").symlink_to("..")
    for template, text in ((name, ""), ("a.j2", f"{{% include '{name}' %}}")):
        (lib / "a.j2").write_text(text)
        (lib / "x.yml").write_text(f"runbook: x\nsteps: [{{id: a, render: {{template: {template}, to: x}}}}]\n")
        said = runbook("check", "lib/x.yml")
        assert (said.code, "RB702" in said.out + said.err) == (2, True)


def test_templates_that_include_each_other_are_looked_at_once(book: Path, runbook: Callable[..., Said]) -> None:
    for number in range(2000):
        (book / f"{number}.j2").write_text(f"{{% include '{number + 1}.j2' %}}{{% include 'part.j2' %}}")
    (book / "2000.j2").write_text("{% include '0.j2' %}")
    (book / "part.j2").write_text("{% include '0.j2' %}")
    assert runbook("check", "pages.yml").code == 0


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (lambda text: "# a remark\n" + text.replace("{id: page, ", "{  id:   page,   ") + "\n# and another\n", ""),
        (lambda text: text.replace("name: World", "name: Earth"), "Changed since the run started: pages.yml."),
        (lambda text: text + "locks: [", "and now it can't be used: pages.yml. "),
    ],
    ids=["comments and layout", "another value", "broken"],
)
def test_a_runbook_has_changed_when_it_says_something_else(
    book: Path, runbook: Callable[..., Said], change: Callable[[str], str], refused: str
) -> None:
    assert runbook("run", "pages.yml", "--until", "other").code == 8
    (book / "pages.yml").write_text(change(BOOK))
    said = runbook("resume", "last")
    assert (said.code == 0) == (not refused)
    assert refused in said.err
