"""The data files beside the surfaces, each read once."""

from __future__ import annotations

import json
import os
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@cache
def facts_file(name: str) -> Any:
    """The content of `data/NAME.json`. Callers must not change it."""
    path = os.path.join(os.path.dirname(__file__), "data", name + ".json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)
