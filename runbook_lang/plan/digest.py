"""The digests by which programs and plans are known.

`reviewed_digest` names what a review of a program covers: its files, the policy, the versions of its executors. The program's own
digest, which journals have, is over the files alone: a newer version of an executor goes on with the runs of an older one.
`plan_digest` names a plan: what it was made from. A run records the same digest in its journal's first line, so it costs no plan.
`content_digest` is over all that the plan says, so that nobody can change a word of it unseen.
"""

from __future__ import annotations

from ..expr.tagged import dumps
from ..expr.values import Unknown
from ..surfaces.canonical import canonical_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..expr.values import Value
    from ..machine.core import Program


def reviewed_digest(program: Program) -> str:
    """sha256 over the program's digest and the versions of its executors."""
    return canonical_digest({"program": program.digest, "surfaces": dict(program.surfaces)})


def plan_digest(program: Program, inputs: Mapping[str, Value], assumptions: object = None) -> str:
    """sha256 over the program's digest, the versions of its executors, the inputs that are known (a hole is none), and what a dry
    run found, if it did."""
    known = dumps({name: value for name, value in inputs.items() if not isinstance(value, Unknown)})
    return canonical_digest({"program": program.digest, "surfaces": dict(program.surfaces), "inputs": known, "assumptions": assumptions})


def content_digest(plan: Mapping[str, Any]) -> str:
    """sha256 over a plan's JSON in canonical form: sorted keys, no spaces, UTF-8."""
    return canonical_digest(plan)
