"""The shell executor: what a program's output and end become."""

from __future__ import annotations

import sys

import pytest

from runbook_lang.executors import conformance as kit
from runbook_lang.executors.conformance import SECOND, FakeAttempt
from runbook_lang.executors.shell import ShellExecutor
from runbook_lang.expr.values import SecretRef, SecretText, Unknown
from runbook_lang.runtime.ports import VALUE_LIMIT, Outcome
from runbook_lang.surfaces.shell import RESULT, SURFACE

SHELL = ShellExecutor()


def run(
    *argv: object, wants: str = "stdout stderr exit lines", secrets: dict[str, str] | None = None, effect: str = "read", **args: object
) -> Outcome:
    request = SURFACE.request({"argv": list(argv), **args})
    attempt = FakeAttempt(request, wants=frozenset(wants.split()), secrets=secrets, effect=effect)
    return kit.check_executor(SHELL, attempt, RESULT)


def test_a_good_end() -> None:
    out = run("printf", "a\\r\\nb\\n\\nc")
    assert out == Outcome(ok=True, value={"exit": 0, "stdout": "a\r\nb\n\nc", "stderr": "", "lines": ["a", "b", "", "c"]})


def test_a_bad_end_tells_the_exit_code_and_the_last_words() -> None:
    out = run("sh", "-c", "echo one; echo first >&2; echo 'no such app' >&2; exit 4", effect="change")
    assert (out.ok, out.kind, out.applied, out.value["exit"]) == (False, "exit", "unknown", 4)
    assert out.message == "sh ended with exit 4: first / no such app"
    assert out.value["lines"] == ["one"]


def test_json_is_read_where_it_is_wanted() -> None:
    text = '{"a": [1, 2.0, true, null, "ñ"], "big": 18446744073709551616}'
    assert run("printf", "%s", text, wants="json").value["json"] == {"a": [1, 2.0, True, None, "ñ"], "big": 18446744073709551616.0}
    assert "json" not in run("printf", "%s", text, wants="stdout").value


@pytest.mark.parametrize("text", ["", "  \n", "<html>", "{} {}", "[NaN]", "[" * 5000, '{"a": 1' + "0" * 5000 + "}"])
def test_output_that_should_be_json_and_is_not(text: str) -> None:
    out = run("cat", stdin=text, wants="json")
    assert (out.ok, out.kind, out.applied) == (False, "not_json", "yes")
    assert out.message.startswith("cat printed no JSON: ")


def test_json_is_no_must_after_a_bad_end() -> None:
    assert run("sh", "-c", "echo oops; exit 1", wants="json").kind == "exit"
    assert run("sh", "-c", "echo '{}'; exit 1", wants="json").value["json"] == {}


def test_half_a_surrogate_pair_cannot_get_in() -> None:
    assert run("printf", "%s", r'{"\ud800": ["\udfff x"]}', wants="json").value["json"] == {"�": ["� x"]}


def test_output_that_is_no_text() -> None:
    assert run("printf", "a\\377b").value["stdout"] == "a�b"


def test_a_large_output_is_a_failure_only_when_it_is_read() -> None:
    argv = ("head", "-c", str(VALUE_LIMIT + 1), "/dev/zero")
    out = run(*argv, wants="stdout")
    assert (out.ok, out.kind, out.applied) == (False, "too_big", "yes")
    out = run(*argv, wants="exit")
    assert out.ok
    assert "stdout" not in out.value
    assert len(run("head", "-c", str(VALUE_LIMIT), "/dev/zero", wants="stdout").value["stdout"]) == VALUE_LIMIT


def test_environment_and_stdin_carry_secrets() -> None:
    secret = {"token": "s3cr3t-ñ"}
    text = SecretText(("Bearer ", SecretRef("token")))
    script = "import hashlib, os, sys; print(hashlib.sha256((os.environ['T'] + '|' + sys.stdin.read()).encode()).hexdigest())"
    out = run(sys.executable, "-c", script, env={"T": SecretRef("token")}, stdin=text, secrets=secret)
    import hashlib

    assert out.value["stdout"].strip() == hashlib.sha256("s3cr3t-ñ|Bearer s3cr3t-ñ".encode()).hexdigest()


def test_a_secret_among_the_arguments_is_refused() -> None:
    kit.check_secret_argv(SHELL, SURFACE.request({"argv": ["echo"]}))


def test_an_unknown_word_is_refused() -> None:
    out = run("echo", Unknown("target.id"))
    assert (out.kind, out.applied) == ("refused", "no")
    assert "⟨target.id⟩" in out.message


def test_a_missing_program() -> None:
    out = run("no-such-program", effect="change")
    assert (out.kind, out.applied) == ("not_found", "no")


def test_limit_and_cancel() -> None:
    request = SURFACE.request({"argv": ["sleep", "60"]})
    out = kit.check_limit(SHELL, FakeAttempt(request, limit_us=SECOND // 5, effect="change"))
    assert out.applied == "unknown"
    for level in (1, 2):
        out = kit.check_cancel(SHELL, FakeAttempt(request, effect="change"), level)
        assert out.applied == "unknown"


def test_the_last_words_are_told_when_it_is_cut_off() -> None:
    request = SURFACE.request({"argv": ["sh", "-c", "echo waiting for lock >&2; exec sleep 60"]})
    out = SHELL.run(FakeAttempt(request, limit_us=SECOND // 3))
    assert "waiting for lock" in out.message


def test_the_folder_is_relative_to_the_library(tmp_path: object) -> None:
    for cwd, end in ((None, ""), ("sub", "/sub"), ("/", None)):
        request = SURFACE.request({"argv": ["pwd"], "cwd": cwd})
        attempt = FakeAttempt(request, library=str(tmp_path))
        import os

        os.makedirs(f"{tmp_path}/sub", exist_ok=True)
        assert SHELL.run(attempt).value["lines"] == ["/" if end is None else f"{tmp_path}{end}"]
