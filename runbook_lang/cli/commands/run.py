"""`runbook run`: a new run, live or dry."""

from __future__ import annotations

import sys

from ...adapters.secrets import look_for
from ...adapters.terminal_rows import nodes_by_path, static_path
from ...api.binding import bind, check_inputs, unbound
from ...api.inputs import resolve_inputs
from ...api.load import load
from ...api.places import store_for
from ...api.plain import shown
from ...api.plan_file import read_plan
from ...api.runs import check_place, start
from ...base.diagnostics import RunbookError, fail
from ...base.suggest import did_you_mean
from ...base.text import clean
from ...machine.consent import passes_policy
from ...machine.core import End, Fan, If, Let, Try
from ..console import REFUSED
from ..inputs import given_inputs
from ..render import count, render_all
from ..session import Seat, confirm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...api.binding import Bound
    from ...api.load import Loaded
    from ...api.plan_file import PlanFile
    from ...base.diagnostics import Diagnostic
    from ...expr.values import Value
    from ...machine.core import Node, Program
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """Exit codes: docs/reference/exit-codes.md."""
    plan = read_plan(args.text("plan")) if args.text("plan") else None
    path = _path(args, plan)
    loaded = load(path)
    if loaded.program is None or loaded.runbook is None:
        raise RunbookError(*loaded.problems.sorted())
    program = loaded.program
    given, texts = given_inputs(args)
    bound = None if plan is None else bind(plan, loaded, console.environ)
    # What the plan knows goes before the environment; what is given on the command line is compared with it.
    known = {} if bound is None else bound.known()
    inputs = _all_there(loaded, {**known, **given}, texts, console.environ)
    if bound is not None:
        check_inputs(bound, inputs)
    if args.text("until"):
        _check_until(program, args.text("until"))
    store = store_for(path, args.text("store"), console.environ)
    check_place(store, console.environ)
    if bound is not None:
        _doubts(bound, console)
    if loaded.problems.items and not console.quiet:
        console.warn(render_all(loaded.problems.sorted(), console.style(sys.stderr)) + "\n")
    if args.text("dry-run"):
        from ..dry import dry_run

        return dry_run(loaded, inputs, console, store, args)
    seat = Seat(program, console, plain=args.flag("plain"))
    if not console.quiet:
        seat.screen.put(plan_lines(program, inputs, seat))
    if not args.flag("yes") and not confirm(console, "Start? [y/N]"):
        console.note("Nothing was started.")
        return REFUSED
    return seat.drive(
        lambda: start(loaded, inputs, seat.session(), store, until=args.text("until"), bound=bound), store, args.text("store")
    )


def _all_there(loaded: Loaded, given: Mapping[str, Value | str], texts: frozenset[str], environ: Mapping[str, str]) -> dict[str, Value]:
    """The inputs. Raises one RunbookError for all that is missing, secrets included, before anything is shown or asked."""
    assert loaded.runbook is not None
    assert loaded.program is not None
    problems: list[Diagnostic] = []
    inputs: dict[str, Value] = {}
    try:
        inputs = resolve_inputs(loaded.runbook, given, texts, environ)
    except RunbookError as error:
        problems += error.diagnostics
    try:
        look_for(loaded.program.secrets, folder=loaded.library, environ=environ)
    except RunbookError as error:
        problems += error.diagnostics
    if problems:
        raise RunbookError(*problems)
    return inputs


def _path(args: Args, plan: PlanFile | None) -> str:
    """The runbook's file: as named, else as the plan knows it."""
    if args.text("dry-run"):
        if plan is not None:
            raise fail("RB722", "A dry run makes a plan; it isn't bound to one.", help="Leave --plan or --dry-run away.")
        if args.text("until"):
            raise fail("RB722", "A dry run changes nothing and goes to its end.", help="Leave --until or --dry-run away.")
    elif args.text("output") or args.text("ttl"):
        raise fail(
            "RB722", "--output and --ttl are for the plan of a dry run.", help="Add --dry-run, or use: runbook plan FILE -o plan.json"
        )
    path = args.text("FILE") or (plan.runbook if plan is not None else "")
    if not path and plan is not None:
        raise unbound(plan)
    if not path:
        raise fail("RB723", "FILE is missing: the runbook's file", help="Usage: runbook run FILE, or: runbook run --plan plan.json")
    return path


def _doubts(bound: Bound, console: Console) -> None:
    for one in bound.approvals:
        if one.doubt:
            console.warn(f"The plan's approval by {clean(one.by)} doesn't count: {clean(one.doubt)}.")


def _check_until(program: Program, step: str) -> None:
    """`--until` names a step by its path, of a loop's turn with its key or without. Raises RunbookError RB726."""
    steps: dict[str, bool] = {}  # by path as written, whether a run can stop before it
    loops: set[str] = set()
    for path, node in nodes_by_path(program):
        if not _ends_the_run(node):
            steps[path] = steps.get(path, False) or _holds_up(node)
        if isinstance(node, Fan) and node.over is not None:
            loops.add(path)
    parts = step.split("/")
    turns = {static_path("/".join(parts[: number + 1])) for number, part in enumerate(parts) if "[" in part}
    written = static_path(step)
    if written not in steps or turns - loops:
        help = did_you_mean(step, steps) or f"Its steps: {', '.join(steps)}."
        raise fail("RB726", f"{program.name} has no step {step!r}.", help=help)
    if not steps[written]:
        help = "Name the step that comes after it."
        raise fail("RB726", f"{step!r} starts nothing, asks nothing and waits for nothing: no run can stop before it.", help=help)


def _ends_the_run(node: Node) -> bool:
    """Whether it is no step: the runbook's `success`."""
    return (isinstance(node, If) and node.what == "success") or (isinstance(node, End) and node.outcome == "unsuccessful")


def _holds_up(node: Node) -> bool:
    """Whether a run is at this node for a while; a `set` and a `stop` are passed in a moment, and so are conditions and guards."""
    if isinstance(node, If):
        return node.what == "choose"
    return node.names if isinstance(node, Try) else not isinstance(node, (Let, End))


def plan_lines(program: Program, inputs: dict[str, Value], seat: Seat) -> str:
    """What is going to run, in a few lines: name, steps by effect, what wants people, the inputs."""
    paint = seat.screen.style.paint
    main = {part.id: part for part in reversed(program.acts)}
    by_effect = [(effect, sum(act.effect == effect for act in main.values())) for effect in ("read", "change", "destroy")]
    effects = ", ".join(f"{number} {effect}" for effect, number in by_effect if number)
    approvals = [act.id for act in main.values() if act.approval is not None and not passes_policy(program, act)]
    title = program.root.title
    lines = [paint("title", clean(program.name)) + (f"  {clean(title)}" if title else "")]
    lines.append(
        f"  {count(len(main), 'action')}{f' ({effects})' if effects else ''}"
        + (f", approval for {', '.join(approvals)}" if approvals else "")
    )
    for name, value in inputs.items():
        text = clean(shown(value))
        lines.append(paint("dim", f"  {name} = {text if len(text) <= 100 else text[:99] + '…'}"))
    return "\n".join(lines)
