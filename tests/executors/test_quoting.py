"""Quoting for a POSIX shell, held to real shells."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.executors.quoting import quote, quote_all

SHELLS = [name for name in ("sh", "bash", "dash", "ksh", "zsh", "busybox") if shutil.which(name)]
WORDS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=30)


def back(shell: str, words: list[str]) -> list[str]:
    argv = [shell, "sh"] if shell == "busybox" else [shell]
    script = f"printf '%s\\0' {quote_all(words)}"
    return subprocess.run([*argv, "-c", script], capture_output=True, check=True).stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=25, deadline=None)
@given(words=WORDS)
def test_what_was_quoted_comes_back(shell: str, words: list[str]) -> None:
    assert back(shell, words) == words


@pytest.mark.parametrize("shell", SHELLS)
def test_each_character_that_means_something_to_a_shell(shell: str) -> None:
    words = [*"'\"\\$`!*?[]{}()<>|&;#~=%^ \t\n\r", "'\\''", "''", "\\'", "a\\\nb", "$(id)", "\x01\x7f", ""]
    assert back(shell, words) == words


def test_nul_is_refused() -> None:
    with pytest.raises(ValueError):
        quote("a\0b")
