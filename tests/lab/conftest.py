"""The lab's package is found, and its fixtures are there."""

from __future__ import annotations

import sys
from pathlib import Path

# The lab is no part of the distribution; its package lies beside its program.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "lab"))

from tests.conftest_lab import _platform_lab, _whole_lab, lab, platform

__all__ = ["_platform_lab", "_whole_lab", "lab", "platform"]
