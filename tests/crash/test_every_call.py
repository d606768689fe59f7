"""The process stops at the k-th call to the system, for every k, in every way that calls can fail: then the run goes on, and nothing is lost.

After each fault the run is taken up and ends as if nothing had been, and the invariants hold: no effect without a durable intent (1), no
change twice (2), no finished step again and the same decisions (3, by the audit of the signed journal), no secret anywhere (4), a plan that
reaches out to nothing (5), and never a traceback (6: a child that raised ends with another code).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.keys import KeyRing
from tests.crash import everything
from tests.crash.conftest import Driver
from tests.crash.faults import DIES, ERRORS, MEETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WAYS = [*DIES, *ERRORS]
STRIDE = 29
"""The quick tests look at each so many-th call only."""


class Stage:
    """Makes scenes, plays them with a fault, and goes on with them."""

    def __init__(self, driver: Driver, folder: Path) -> None:
        self.driver = driver
        self.folder = folder
        KeyRing(str(folder / "keys")).new("ops")
        self.made = 0
        for name in everything.BOOKS:
            warm = self.driver.say({"do": "warm", "plans": True, **self.scene(name)})
            assert warm["result"]["broken"] == []

    def scene(self, name: str, **more: Any) -> dict[str, Any]:
        folder = self._next()
        folder.mkdir()
        (folder / f"{name}.yml").write_text(everything.BOOKS[name], encoding="utf-8")
        for file, text in everything.FILES.items():
            (folder / file).write_text(text, encoding="utf-8")
        return {"folder": str(folder), "name": name, "silent": ["hand"], **more}

    def copy(self, scene: dict[str, Any]) -> dict[str, Any]:
        folder = self._next()
        shutil.copytree(scene["folder"], folder)
        return {**scene, "folder": str(folder)}

    def _next(self) -> Path:
        self.made += 1
        return self.folder / str(self.made)

    def die(self, scene: dict[str, Any], at: int, how: str) -> dict[str, Any] | None:
        """What came back; None when the process is dead. Anything else, a traceback above all, fails."""
        ended = self.driver.wait(self.driver.send({"do": "die", "at": at, "how": how, **scene}))
        assert ended["code"] == 0 or (ended["code"] == -9 and how in DIES), (at, how, ended)
        result: dict[str, Any] | None = ended["result"]
        return result

    def finish(self, scene: dict[str, Any], **more: Any) -> None:
        ended = self.driver.wait(self.driver.send({"do": "finish", "by_inbox": "hand", **scene, **more}))
        assert ended["code"] == 0, scene
        assert ended["result"]["broken"] == [], (scene, ended["result"]["trail"])
        shutil.rmtree(scene["folder"])

    def calls(self, scene: dict[str, Any], how: str) -> list[str]:
        """The calls of the scene without a fault."""
        scene = self.copy(scene)
        whole = self.die(scene, 0, how)
        assert whole is not None
        shutil.rmtree(scene["folder"])
        calls: list[str] = whole["calls"]
        return calls

    def play(self, scene: dict[str, Any], how: str, step: int = 1) -> None:
        """The scene with a fault at each call, or at each `step`-th, and each time to its end."""
        every = points(self.calls(scene, how), how)
        assert every
        for at in every[::step]:
            one = self.copy(scene)
            self.die(one, at, how)
            self.finish(one, plans=at % 10 == 0)


@pytest.fixture(scope="module")
def stage(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    return Stage(driver, tmp_path_factory.mktemp("stage"))


def points(calls: Sequence[str], how: str) -> list[int]:
    """The k at which something can go wrong in this way."""
    return [k for k, name in enumerate(calls, 1) if name in MEETS.get(how, (name,))]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("name", ["steps", "flow"])
def test_a_fault_at_some_calls_breaks_no_promise(stage: Stage, name: str, how: str) -> None:
    stage.play(stage.scene(name), how, STRIDE)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("name", ["steps", "flow"])
def test_a_fault_at_every_call_breaks_no_promise(stage: Stage, name: str, how: str) -> None:
    scene = stage.scene(name)
    calls = stage.calls(scene, how)
    assert len(calls) > 100
    assert set(calls) >= {"open", "write", "fdatasync", "fsync", "rename", "mkdir", "allocate", "try_lock", "unlink"}
    stage.play(scene, how)


@pytest.mark.parametrize("how", ["kill", "EROFS"])
def test_a_rendered_file_is_there_in_the_end_whatever_happened(stage: Stage, how: str) -> None:
    stage.play(stage.scene("page"), how, 12)


@pytest.mark.parametrize("how", ["kill", "power", "EIO"])
@pytest.mark.parametrize("mid", [90, 140])
def test_a_resume_that_dies_is_resumed(stage: Stage, how: str, mid: int) -> None:
    """A run that died in the middle, and whose taking up dies again."""
    scene = stage.scene("flow")
    assert stage.die(scene, mid, "kill") is None
    stage.play({**scene, "resumed": True}, how, 11)


def test_a_message_is_taken_once_wherever_its_taker_dies(stage: Stage) -> None:
    scene = stage.scene("flow", drop="hand")
    paused = stage.die(scene, 0, "kill")
    assert paused is not None
    assert paused["exit"] == 8
    stage.play({**scene, "resumed": True}, "kill", 3)
    stage.play({**scene, "resumed": True}, "power", 5)
