"""A runbook's text to its tree, whichever of the two forms it is written in."""

from __future__ import annotations

from .yaml_reader import read_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Problems
    from ..base.source import Source
    from .tree import Node

TEXT_SUFFIX = ".runbook"
"""How the name of a file in the text form ends."""


def read_tree(source: Source, problems: Problems) -> Node | None:
    """The tree of a file: the text form where its name says so, else YAML. Never raises, whatever the text."""
    if source.name.endswith(TEXT_SUFFIX):
        from .text.reader import read_text

        return read_text(source, problems)
    return read_yaml(source, problems)
