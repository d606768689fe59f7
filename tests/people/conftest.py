"""The command line in an empty folder, as the tests of the command line have it."""

from __future__ import annotations

from tests.cli.conftest import here, runbook

__all__ = ["here", "runbook"]
