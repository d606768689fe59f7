"""Servers that the tests of one module share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.executors.certificates import Authority
from tests.executors.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.stop()


@pytest.fixture
def secure_web(authority: Authority) -> Iterator[Web]:
    made = Web(authority.issue("localhost", "127.0.0.1"))
    yield made
    made.stop()
