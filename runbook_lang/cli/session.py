"""One run at this terminal: who watches, who is asked, and what signals mean."""

from __future__ import annotations

import os
import shlex
import signal
import sys

from ..adapters.terminal import Interrupt, Keyboard, Screen
from ..adapters.terminal_lines import LineView
from ..adapters.terminal_person import TerminalPerson
from ..api.places import stores
from ..api.runs import Session, operator_name
from ..api.waits import approved_by, barred, waits_of
from ..base.diagnostics import RunbookError
from ..base.text import clean
from .outcome import block, document, exit_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from ..adapters.store import RunFolder, Store
    from ..api.runs import Finished
    from ..machine.core import Program
    from ..runtime.live import LiveDriver
    from .console import Console

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NEEDS_PERSON = 8


class Seat:
    """Puts a view, a person and signal handlers together. With `--format json` standard output holds the document alone."""

    def __init__(self, program: Program, console: Console, *, plain: bool) -> None:
        self.console = console
        self.program = program
        stream = sys.stderr if console.is_json else sys.stdout
        self.screen = Screen(stream, console.style(stream))
        keyboard = Keyboard() if interactive() else None
        self.view = self._view(plain or not stream.isatty() or console.environ.get("TERM") == "dumb")
        self.person = TerminalPerson(self.screen, self.view, keyboard, operator_name())
        self.person.leaving = lambda: self._presses > 0
        self.driver: LiveDriver | None = None
        self._opened = False
        self._presses = 0

    def _view(self, plain: bool) -> LineView:
        kind = LineView
        if not plain and not self.console.quiet:
            from ..adapters.terminal_live import LiveView

            kind = LiveView
        return kind(self.program, self.screen, verbose=self.console.verbose, quiet=self.console.quiet)

    def recall(self, folder: RunFolder) -> None:
        """The steps that are done already, for the live view of a run that goes on."""
        if type(self.view) is not LineView:
            from ..api.history import tell

            self.view.story.rows = tell(folder).story.rows

    def session(self) -> Session:
        return Session(self.person, self.view, self.console.environ, self.person.name, self.person.secret, self._follow, self._opening)

    def _opening(self) -> None:
        self._opened = True

    def _follow(self, driver: LiveDriver) -> None:
        self.driver = driver
        self.view.follow(driver)
        self.person.approved_by = lambda path: approved_by(driver.state, path)
        self.person.barred = lambda wait: barred(self.program, driver.state, wait, self.person.name)
        self.person.may_waive = lambda: self.program.severity in self.program.consent.waive
        run = getattr(driver.world, "run", None)
        self.person.inbox = run.inbox if run is not None else ""
        if self._presses:  # somebody wanted it to stop before there was a driver to be told
            driver.cancel(self._presses, self.person.name)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C counts: once, twice, three times. The others ask once for an orderly pause."""
        if not self._opened:
            raise KeyboardInterrupt
        keyboard = self.person.keyboard
        if number == signal.SIGINT and keyboard is not None and keyboard.asking:
            keyboard.interrupted = True
            return
        self._presses = min(3, self._presses + 1) if number == signal.SIGINT else max(1, self._presses)
        driver, level = self.driver, self._presses
        if driver is None:  # `_follow` hands it over
            return
        self.screen.lock.when_free(lambda: driver.cancel(level, self.person.name))

    def drive(self, work: Callable[[], Finished], store: Store, given_store: str) -> int:
        """Run it, tell what came of it; returns the exit code."""
        before = {number: signal.signal(number, self._signalled) for number in SIGNALS}
        try:
            finished = work()
        except RunbookError as error:
            self.view.stop()
            code = self.console.report(error)
            return NEEDS_PERSON if self.driver is not None else code
        finally:
            self.view.stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return self._tell(finished, store_option(store, given_store, self.console.environ))

    def _tell(self, finished: Finished, option: str) -> int:
        self.console.ran = True
        if finished.warning:
            self.console.warn(f"Warning: {clean(finished.warning)}")
        if finished.missed:
            self.console.warn(_missed(clean(finished.missed), finished))
        waits = waits_of(self.program, finished.state, finished.run.id, option) if finished.state.closed is None else ()
        if self.console.is_json:
            self.console.json(document(self.program, finished, waits))
        elif not self.console.quiet or finished.exit:
            self.screen.put(block(self.program, finished, option, self.screen.style))
        if finished.warning:
            self.console.warn(finished.warning)
        self._stay(finished, option)
        return exit_of(finished)

    def _stay(self, finished: Finished, option: str) -> None:
        """Where nothing ticks the escalations that the run leaves, the person here may do it."""
        if not finished.untended or self.console.quiet or not interactive():
            return
        if confirm(self.console, "Stay here and tell whoever is next? [y/N]"):
            from .commands.escalations import watch

            watch(self.console, shlex.split(option)[-1] if option else "")


def _missed(step: str, finished: Finished) -> str:
    """That the run is over, or pauses for another reason, without the stop that was asked for."""
    if finished.state.closed is not None:
        return f"Warning: the run didn't stop before {step}: it ended without coming to it."
    return f"Warning: the run pauses without having come to {step}. A resume doesn't stop before it."


def store_option(store: Store, given: str, environ: Mapping[str, str]) -> str:
    """What commands about a run of this store need, typed here: nothing where they find it by themselves."""
    if not given and any(one.root == store.root for one in stores("", environ)):
        return ""
    return f"--store {shlex.quote(given or os.path.relpath(store.root))}"


def interactive() -> bool:
    """A person is here: what they type and what they are asked both go through a terminal."""
    try:
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    except ValueError:
        return False


def confirm(console: Console, question: str) -> bool:
    """Ask before something starts; True without a terminal, where the call itself is the decision."""
    if not interactive():
        return True
    try:  # from the moment at which the question can be seen
        sys.stderr.write(f"{console.style(sys.stderr).paint('bold', question)} ")
        sys.stderr.flush()
        line = Keyboard().line()
    except (Interrupt, KeyboardInterrupt):
        line = None
    if line is None:  # what comes next doesn't go on behind the question
        sys.stderr.write("\n")
    return line is not None and line.strip().lower() in ("y", "yes", "s", "si", "sí")
