"""From a program and the inputs that are known to its plan."""

from __future__ import annotations

from ..expr.tagged import dumps
from ..machine.names import Names
from ..machine.turn import Frame
from .as_json import sealed
from .digest import reviewed_digest
from .entry import FAILURE, NO, Entry, Given, Longest, Plan, Risk, SecretName
from .names import input_hole
from .place import Place
from .shown import word
from .texts import text_value
from .walk import Walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.values import Value
    from ..machine.core import Program
    from ..model.nodes import Input, Secret

EFFECTS = ("read", "change", "destroy")


def make_plan(program: Program, given: Mapping[str, Value]) -> Plan:
    """The plan of a program. `given` holds values of declared inputs that fit; the other inputs take their default or are holes.

    Pure: opens nothing, starts nothing, reads no environment, needs no secret. Linear in the size of the program.
    """
    walk = Walk(program)
    inputs = tuple(_given(declared, given) for declared in program.root.declared)
    values = {item.name: item.value for item in inputs}
    frame = Frame(Names(values), None, "", frozenset())
    locks = tuple(word(text_value(template, frame)) for template in program.locks)
    walk.open(list(values.values()), "inputs")
    way, outputs, handling = walk.scope(program.root, values, "", Place())
    entries = tuple(walk.entries)
    mains = [entry for entry in entries if entry.kind == "act" and entry.role == "main" and entry.reached != NO]
    not_undoable = tuple(entry.path for entry in mains if entry.effect != "read" and "undo" not in entry.roles and entry.reached != FAILURE)
    counts = _counts(mains, entries)
    plan = Plan(
        program.name,
        program.root.title,
        reviewed_digest(program),
        program.severity,
        inputs,
        tuple(_secret(secret, frame) for secret in program.secrets),
        locks,
        program.window,
        entries,
        tuple(outputs.items()),
        tuple(walk.waits),
        tuple(walk.named_holes()),
        Longest(way.time_us, handling, program.sla_us),
        counts,
        not_undoable,
        tuple(dict.fromkeys(target for entry in mains for target in entry.targets)),
        tuple((entry.path, entry.problem) for entry in entries if entry.problem and entry.reached != NO),
        _risk(mains, not_undoable),
        program.files,
        program.surfaces,
    )
    return sealed(plan, program)


def _secret(secret: Secret, frame: Frame) -> SecretName:
    return SecretName(secret.name.text, secret.source, secret.where, tuple(word(text_value(host, frame)) for host in secret.hosts))


def _given(declared: Input, given: Mapping[str, Value]) -> Given:
    name = declared.name.text
    value, origin = input_hole(declared), "open"
    if declared.has_default:
        value, origin = declared.default, "default"  # type: ignore[assignment]  # a constant of the declared type
    # A value that is the default's is the default, whoever gives it: equal values make equal plans.
    if name in given and (origin == "open" or dumps(given[name]) != dumps(value)):
        value, origin = given[name], "given"
    more = declared.format, declared.pattern, declared.choices
    return Given(name, declared.type, value, origin, declared.env, declared.description, *more)


def _counts(mains: list[Entry], entries: tuple[Entry, ...]) -> dict[str, int]:
    """How many steps of each effect there are; a loop's steps count once."""
    counts = {effect: sum(entry.effect == effect for entry in mains) for effect in EFFECTS}
    counts["escalate"] = sum(entry.kind == "escalate" for entry in entries if entry.reached != NO)
    counts["ask"] = sum(entry.kind == "ask" for entry in entries if entry.reached != NO)
    return counts


def _risk(mains: list[Entry], not_undoable: tuple[str, ...]) -> Risk:
    worst = max((entry.effect for entry in mains), key=EFFECTS.index, default="read")
    if worst == "read":
        return Risk(worst, True, "reads only")
    if worst == "destroy":
        return Risk(worst, not not_undoable, "destroys something")
    if not not_undoable:
        return Risk(worst, True, "changes something; every change can be undone")
    many = len(not_undoable)
    return Risk(worst, False, f"changes something; {many} change{'s' if many > 1 else ''} can't be undone")
