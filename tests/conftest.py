"""Rules for every test: on a build machine nothing is skipped.

With `RUNBOOK_NO_SKIP=1` a skipped test is a failed one, so that a server that didn't start or a
program that isn't there can't pass for a green build. Tests marked `shared` read reference files
that the repository doesn't hold; they are left out there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator

NO_SKIP = os.environ.get("RUNBOOK_NO_SKIP") == "1"
# How long one example takes says more about what else the machine does; time is measured by `make bench` and tests of CPU time.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
if NO_SKIP:  # a build tries the same examples each time; who looks for more runs the tests by hand, or `make long`
    settings.register_profile("build", settings.get_profile("any machine"), derandomize=True)
    settings.load_profile("build")
os.environ["RUNBOOK_KEYS"] = os.path.join(os.path.dirname(__file__), "no-keys")  # no key of the person who runs the tests signs


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-cases", action="store_true", help="write what happened into the case files as what is wanted")


def _fail_instead(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"RUNBOOK_NO_SKIP is set, and this was not run: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if NO_SKIP:
        _fail_instead(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if NO_SKIP:
        _fail_instead(report)
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not NO_SKIP:
        return
    left_out = [item for item in items if item.get_closest_marker("shared")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("shared")]
