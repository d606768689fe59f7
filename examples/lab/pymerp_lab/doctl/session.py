"""What every command gets: its words, the API, the streams, and the waiting that doctl does."""

from __future__ import annotations

import os
import sys
import time

from pymerp_lab.doctl.client import Client
from pymerp_lab.doctl.display import Table, go_json
from pymerp_lab.doctl.problems import Failure, Panic
from pymerp_lab.doctl.words import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ATTEMPTS = 180


class Session:
    def __init__(self, call: Call, client: Client) -> None:
        self.call, self.client, self.flags = call, client, call.flags
        # `apps get` is `apps.get`; of longer paths only the last two words count.
        self.name = ".".join(call.command.split()[-2:])

    def arguments(self, count: int) -> list[Any]:
        if len(self.call.arguments) < count:
            raise Failure(f"({self.name}) command is missing required arguments")
        return self.call.arguments

    def required(self, flag: str) -> str:
        value = str(self.flags.get(flag) or "")
        if not value.strip():
            raise Failure(f"({self.name}.{flag}) command is missing required arguments")
        return value

    def show(self, table: Table, items: list[Any]) -> None:
        self.write(table.show(items, self.flags))

    def write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def notice(self, text: str) -> None:
        print(f"Notice: {text}", file=sys.stderr)

    def warn(self, text: str) -> None:
        print(f"Warning: {text}", file=sys.stderr)

    def confirm(self, question: str) -> None:
        """Raises Failure unless `--force` was given or the answer on stdin is yes."""
        if self.flags.get("force"):
            return
        print(f"Warning: {question} (y/N) ? ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in {"y", "ye", "yes"}:
            raise Failure("Operation aborted.")

    def wait(self, done: Callable[[], bool]) -> bool:
        """Asks `done()` until it says yes; False when time is up. LAB_DOCTL_POLL_SECONDS shortens the 10 s between."""
        pause = float(os.environ.get("LAB_DOCTL_POLL_SECONDS") or 10)
        dots = False
        try:
            for attempt in range(ATTEMPTS):
                if attempt:
                    print(".", end="", file=sys.stderr, flush=True)
                    dots = True
                if done():
                    return True
                time.sleep(pause)
            return False
        finally:
            if dots:
                print(file=sys.stderr)

    def wait_for_deployment(self, app: str, deployment: str) -> None:
        """Raises Failure when the deployment fails. An empty progress counts as done; none at all is a crash."""

        def done() -> bool:
            found = self.client.get(f"/v2/apps/{app}/deployments/{deployment}")["deployment"]
            if "progress" not in found:
                raise Panic
            progress = found["progress"]
            if progress.get("success_steps", 0) == progress.get("total_steps", 0):
                return True
            if progress.get("error_steps", 0) > 0:
                raise Failure(f"error deploying app ({app}) (deployment ID: {deployment}):\n{go_json(progress)}")
            return False

        if not self.wait(done):
            raise Failure(f"timeout waiting to app ({app}) deployment")


def several(*texts: str) -> Failure:
    """One or more errors in the layout of the library that doctl gathers them with."""
    count = "1 error" if len(texts) == 1 else f"{len(texts)} errors"
    return Failure(f"{count} occurred:\n" + "".join(f"\t* {text}\n" for text in texts) + "\n")
