"""The bounds that keep every expression cheap, whoever wrote it. All are documented in the reference."""

from __future__ import annotations

MAX_LENGTH = 20_000
"""Characters of one expression."""

MAX_DEPTH = 128
"""Height of the tree, with room to spare on the stack for whoever calls: nested parentheses, chained operators, selections of one path."""

MAX_NODES = 4_000
"""Nodes of one tree."""

MAX_TEMPLATE = 200_000
"""Characters of one template or word list."""

MAX_PARTS = 2_000
"""Pieces of one template, words of one word list."""

MAX_STRING = 4_000_000
"""Characters of a string that an evaluation makes."""

BUDGET = 1_000_000
"""Work units of one evaluation: an element of a macro costs one, an element or eight characters made or compared about one."""

INT_MIN = -(2**63)
INT_MAX = 2**63 - 1
