"""What the repository holds: its files, their syntax trees and their comments. Read once a test process."""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "runbook_lang"


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that git has or would add; without git (an unpacked archive) every file that isn't hidden."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        found = (ROOT / name for name in listed.stdout.split("\0") if name)
    else:
        found = (path for path in ROOT.rglob("*") if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))
    return tuple(sorted(path for path in found if path.is_file() and not path.is_symlink()))


@cache
def modules() -> tuple[Path, ...]:
    """The package's own modules."""
    return tuple(path for path in kept_files() if path.suffix == ".py" and PACKAGE in path.parents)


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(path for path in kept_files() if path.suffix == ".py")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def comments(path: Path) -> dict[int, str]:
    """Line number -> the comment on it, with its `#`. Strings that look like comments are none."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def none_of(findings: Iterable[str]) -> None:
    """Fails with one finding a line."""
    found = "\n".join(findings)
    assert not found, f"\n{found}"


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
