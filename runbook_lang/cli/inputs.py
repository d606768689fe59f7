"""Values of inputs as the command line gives them."""

from __future__ import annotations

from ..api.files import read_data
from ..base.diagnostics import fail
from ..model.kinds import constant_of
from ..syntax.tree import Mapping as MappingNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.values import Value
    from .args import Args


def given_inputs(args: Args) -> tuple[dict[str, Value | str], frozenset[str]]:
    """(values by name, the names whose value came as text). Raises RunbookError RB725, or what is wrong in a file."""
    values: dict[str, Value | str] = {}
    for path in args.list("inputs"):
        values.update(read_values(path))
    texts: set[str] = set()
    for pair in args.list("input"):
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise fail("RB725", f"An input is given as NAME=VALUE, not {pair!r}.", help="For example: --input replicas=3")
        values[name.strip()] = text
        texts.add(name.strip())
    return values, frozenset(texts)


def read_values(path: str) -> dict[str, Value]:
    """The mapping in a YAML or JSON file, by the rules of runbooks: `on` and `1.10` stay texts."""
    _, tree = read_data(path)
    if not isinstance(tree, MappingNode):
        raise fail("RB725", f"{path} holds no mapping of names to values.", tree.span, "Write lines like: replicas: 3")
    value = constant_of(tree)
    assert isinstance(value, dict)
    return value
