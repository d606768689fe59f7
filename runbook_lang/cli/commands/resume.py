"""`runbook resume`: go on with a run."""

from __future__ import annotations

from ...adapters.store import summarise
from ...api.decide import check_choices
from ...api.places import find_run, stores
from ...api.runs import Choices, kept_program, resume
from ...api.waits import short_id
from ...base.diagnostics import RunbookError, fail
from ...base.text import clean
from ..console import REFUSED
from ..session import Seat, confirm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """Exit codes: docs/reference/exit-codes.md."""
    skip, because = args.text("skip"), args.text("because").strip()
    if bool(skip) != bool(because):
        raise fail("RB722", "--skip and --because go together.", help="Say why: runbook resume RUN --skip STEP --because '…'")
    retry = (args.text("retry"),) if args.text("retry") else ()
    choices = Choices(args.flag("as-recorded"), args.text("assume"), retry=retry, skip=((skip, because),) if skip else ())
    return go_on(args, console, choices, args.text("FILE"))


def go_on(args: Args, console: Console, choices: Choices, path: str = "", question: str = "") -> int:
    """Shared with `abort` and `undo`: they are resumes with a decision. `question`: how what is asked before goes on behind the run."""
    store, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    loaded = kept_program(folder)
    if loaded.program is None:
        raise RunbookError(*loaded.problems.sorted())
    check_choices(folder, loaded.program, choices)
    if question and summarise(folder).state in ("paused", "cut"):  # whatever else there is to say of it, `resume` says
        folder.check_writable()
        if not confirm(console, f"End run {short_id(folder.id)} of {clean(loaded.program.name)}{question}"):
            console.note("Nothing was done.")
            return REFUSED
    seat = Seat(loaded.program, console, plain=args.flag("plain"))
    seat.recall(folder)
    return seat.drive(lambda: resume(folder, path, seat.session(), store, choices), store, args.text("store"))
