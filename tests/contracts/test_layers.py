"""Which layer may touch the outside world. That imports point down is import-linter's part (pyproject.toml)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.contracts.tree import PACKAGE, modules, none_of, parsed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The machine decides, the checker reads, the runtime loops: none of them may know a process, a socket, a clock or chance.
PURE = ("base", "syntax", "expr", "model", "surfaces", "machine", "people", "check", "plan", "manual", "runtime")
WORLD = (
    "asyncio",
    "fcntl",
    "getpass",
    "http",
    "logging",
    "multiprocessing",
    "plumbum",
    "pty",
    "random",
    "requests",
    "rich",
    "secrets",
    "select",
    "shutil",
    "signal",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "termios",
    "time",
    "urllib.request",
    "uuid",
)
WORLD_CALLS = (
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "datetime.date.today",
    "os.environ",
    "os.getenv",
    "os.popen",
    "os.system",
)

# A library -> the packages that may know it.
ONLY = {
    "yaml": ("syntax",),
    "lark": ("syntax",),
    "markdown_it": ("manual",),
    "jinja2": ("reports", "executors", "adapters"),
    "jsonschema": ("check", "plan", "runtime", "executors", "adapters", "reports", "api"),
    "cryptography": ("executors", "adapters", "api"),
    "plumbum": ("executors", "adapters"),
    "rich": ("reports", "adapters", "cli"),
    "importlib.metadata": ("surfaces", "executors", "adapters", "api", "cli"),  # entry points of plugins, for a name the core doesn't know
    "threading": ("runtime", "executors", "adapters", "api", "cli"),
}


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every absolute import of a module, also those inside functions and for the type checker alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def within(name: str, library: str) -> bool:
    return name == library or name.startswith(library + ".")


PURE_MODULES = [path for path in modules() if layer(path) in PURE]


def test_a_pure_layer_does_not_import_the_outside_world() -> None:
    none_of(
        f"{shown(path)}:{line}: {name}"
        for path in PURE_MODULES
        for name, line in imports(parsed(path))
        if any(within(name, outside) for outside in WORLD)
    )


def test_a_pure_layer_reads_no_clock_and_no_environment() -> None:
    none_of(
        f"{shown(path)}:{node.lineno}: {name}"
        for path in PURE_MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and (name := ast.unparse(node)).replace("datetime.datetime.", "datetime.") in WORLD_CALLS
    )


def test_a_pure_layer_opens_no_file() -> None:
    """`syntax` and `surfaces` may read what lies beside them in the package: a grammar, facts about a tool."""
    none_of(
        f"{shown(path)}:{node.lineno}"
        for path in PURE_MODULES
        if layer(path) not in {"syntax", "surfaces"}
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "input", "print"}
    )


def test_a_library_is_known_only_where_it_belongs() -> None:
    none_of(
        f"{shown(path)}:{line}: {name}"
        for path in modules()
        for name, line in imports(parsed(path))
        for library, allowed in ONLY.items()
        if within(name, library) and layer(path) not in allowed
    )
