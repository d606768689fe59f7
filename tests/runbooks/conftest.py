"""PYMERP's runbooks against the lab, through the command that an operator types."""

from __future__ import annotations

from tests.conftest_lab import _platform_lab, _whole_lab, lab, platform

__all__ = ["_platform_lab", "_whole_lab", "lab", "platform"]
