"""Secrets are loaded from where they were declared, and no message shows one."""

from __future__ import annotations

import contextlib
import sys

import pytest

from runbook_lang.adapters import secrets as secrets_module
from runbook_lang.adapters.secrets import Secrets, load_secrets
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.base.source import Source, Span
from runbook_lang.expr.values import SecretRef, SecretText, Unknown
from runbook_lang.model.nodes import Name, Secret

SPAN = Span(Source("a.yml", "secrets:\n  token: …\n"), 11, 16)
VALUE = "correct-horse"


def declared(source: str, where: str, name: str = "token") -> Secret:
    return Secret(Name(name, SPAN), source, where)


def python(program: str) -> str:
    return f'{sys.executable} -c "{program}"'


def load(*items, **options):
    return load_secrets(items, **{"folder": ".", "environ": {}, **options})


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_each_source(tmp_path, end):
    (tmp_path / "token").write_text(VALUE + end, newline="")
    program = python(f"import sys; sys.stdout.write({VALUE!r} + {end!r})".replace("\\", "\\\\"))
    for secret in (
        declared("env", "TOKEN"),
        declared("file", "token"),
        declared("file", str(tmp_path / "token")),
        declared("command", program),
    ):
        found = load(secret, folder=str(tmp_path), environ={"TOKEN": VALUE})
        assert found.reveal(SecretRef("token")) == VALUE, secret.source
    assert load(declared("prompt", "API token"), ask=lambda text: VALUE if text == "API token" else None).values() == {"token": VALUE}


def test_only_the_last_line_end_is_taken_off(tmp_path):
    (tmp_path / "token").write_text("line one\nline two\n\n")
    assert load(declared("file", "token"), folder=str(tmp_path)).values() == {"token": "line one\nline two\n"}


def test_a_command_runs_in_the_folder_with_the_environment_and_no_shell(tmp_path):
    program = python("import os; print(os.getcwd(), os.environ['WHO'], '$HOME')")
    found = load(declared("command", program), folder=str(tmp_path), environ={"WHO": "ana"})
    assert found.values() == {"token": f"{tmp_path} ana $HOME"}


def test_all_missing_secrets_come_at_once_with_their_place_and_a_way_out(tmp_path):
    with pytest.raises(RunbookError) as caught:
        load(declared("env", "TOKEN"), declared("file", "none", "cert"), declared("prompt", "", "pin"), folder=str(tmp_path))
    items = caught.value.diagnostics
    assert [item.code for item in items] == ["RB610", "RB611", "RB610"]
    assert all(item.span is SPAN and item.help for item in items)
    assert "'token'" in items[0].message
    assert "TOKEN" in items[0].help


@pytest.mark.parametrize(
    ("secret", "environ", "code", "why"),
    [
        (declared("env", "T"), {"T": ""}, "RB610", "isn't set"),
        (declared("env", "T"), {"T": "q7z"}, "RB612", "fewer than 4"),
        (declared("env", "T"), {"T": "q7z-\udcff-long-enough"}, "RB612", "aren't UTF-8 text"),
        (declared("file", "."), {}, "RB611", "directory"),
        (declared("command", "no-such-program-here x"), {}, "RB613", "can't be started"),
        (declared("command", "'open"), {}, "RB613", "split into words"),
        (declared("command", " "), {}, "RB613", "empty command"),
        (declared("command", python("print('q7z-long-value'); raise SystemExit(3)")), {}, "RB613", "ended with 3"),
        (declared("command", python("pass")), {}, "RB613", "is empty"),
        (declared("command", python("print('q7z-long' + chr(0))")), {}, "RB613", "NUL"),
        (declared("command", python("import sys; sys.stdout.buffer.write(bytes([113, 55, 122, 255]))")), {}, "RB613", "isn't text"),
        (declared("prompt", "?"), {}, "RB610", "nobody answered"),
    ],
)
def test_what_cant_be_used_is_refused_without_showing_it(secret, environ, code, why):
    with pytest.raises(RunbookError, match=why) as caught:
        load(secret, environ=environ, ask=lambda _text: None)
    (item,) = caught.value.diagnostics
    assert item.code == code
    assert "q7z" not in item.message + item.help


@pytest.mark.parametrize("code", [0, 3])
def test_what_a_command_says_beside_the_value_gets_into_no_log(code, capfd):
    """It knows the value, and nothing can mask that before it is known."""
    program = python(f"import sys; print('q7z-long-value'); sys.stderr.write('q7z-long-value'); sys.exit({code})")
    with contextlib.suppress(RunbookError):
        load(declared("command", program))
    assert capfd.readouterr() == ("", "")


def test_a_command_that_never_ends(monkeypatch):
    monkeypatch.setattr(secrets_module, "COMMAND_LIMIT_S", 0.2)
    with pytest.raises(RunbookError, match="took more than"):
        load(declared("command", python("import time; time.sleep(30)")))


def test_words_are_revealed():
    found = Secrets({"a": "one-value", "b": "two-value"})
    found.add("step.token", "three-value")
    assert found.reveal("plain") == "plain"
    assert found.reveal(SecretText(("Bearer ", SecretRef("a"), ":", SecretRef("step.token")))) == "Bearer one-value:three-value"
    assert found.names == ["a", "b", "step.token"]


def test_a_handle_without_a_value_is_an_error_of_its_own():
    with pytest.raises(RunbookError) as caught:
        Secrets().reveal(SecretRef("gone"))
    assert caught.value.diagnostics[0].code == "RB614"


def test_an_unknown_word_has_no_text():
    with pytest.raises(TypeError):
        Secrets().reveal(Unknown("x"))


def test_nothing_shows_a_value():
    found = Secrets({"a": VALUE})
    assert VALUE not in repr(found)
    assert VALUE not in str(found)
