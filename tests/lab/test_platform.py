"""The stand-in of App Platform by itself, with a clock that the test moves."""

from __future__ import annotations

import pytest
from pymerp_lab.api import rollback, specs
from pymerp_lab.api.apps import APP_ID, HISTORY, AppRecord, Platform
from pymerp_lab.api.databases import POSTGRES_ID, REDIS_ID, Databases
from pymerp_lab.api.deployments import TOTAL, Deployment
from pymerp_lab.api.errors import ApiError
from pymerp_lab.lab import Lab

NOON = 1_767_268_800.0


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform(clock: Clock) -> Platform:
    return Platform(clock, duration=10.0)


def phases(platform: Platform) -> list[str]:
    return [item.phase(platform.clock()) for item in platform.app(APP_ID).deployments]


def in_phase(platform: Platform, phase: str, *, whole: bool = True) -> Deployment:
    """The newest deployment in a phase that finished all its steps, or did not."""
    return next(item for item in platform.app(APP_ID).deployments if item.final == phase and (item.success == TOTAL) == whole)


def refused(status: int, action: object, *arguments: object) -> str:
    assert callable(action)
    with pytest.raises(ApiError) as caught:
        action(*arguments)
    assert caught.value.status == status
    return caught.value.message


def test_the_start_has_one_active_deployment_and_traps_before_the_good_ones(platform: Platform) -> None:
    assert phases(platform) == [phase for phase, *_ in HISTORY]
    assert phases(platform).count("ACTIVE") == 1
    newest = next(item for item in platform.app(APP_ID).deployments if item.final == "SUPERSEDED")
    assert newest.success < TOTAL


def test_a_deployment_goes_through_the_phases_and_supersedes_the_active_one(platform: Platform, clock: Clock) -> None:
    before = platform.app(APP_ID).active
    assert before is not None
    deployment = platform.create_deployment(APP_ID, force_build=False)
    seen: list[str] = []
    for _ in range(101):
        phase = deployment.phase(clock.now)
        seen += [phase] if not seen or seen[-1] != phase else []
        assert [item.final for item in platform.app(APP_ID).deployments].count("ACTIVE") == 1
        clock.now += 0.1
    platform.app(APP_ID)
    assert [*seen, deployment.phase(clock.now)][-5:] == ["PENDING_BUILD", "BUILDING", "PENDING_DEPLOY", "DEPLOYING", "ACTIVE"]
    assert before.final == "SUPERSEDED"
    assert deployment.previous == before.id


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        (0.0, {"pending_steps": 6}),
        (3.0, {"success_steps": 1, "running_steps": 1, "pending_steps": 4}),
        (9.9, {"success_steps": 5, "running_steps": 1}),
        (10.0, {"success_steps": 6}),
    ],
)
def test_progress_leaves_out_counts_of_zero(platform: Platform, clock: Clock, after: float, counts: dict[str, int]) -> None:
    deployment = platform.create_deployment(APP_ID, force_build=False)
    clock.now += after
    platform.app(APP_ID)
    progress = deployment.progress(clock.now)
    assert {name: value for name, value in progress.items() if name != "steps"} == counts | {"total_steps": 6}
    assert len(progress["steps"]) == 6


def test_a_deployment_that_fails_leaves_the_active_one(platform: Platform, clock: Clock) -> None:
    before = platform.app(APP_ID).active
    platform.faults.add("deployment-fails")
    deployment = platform.create_deployment(APP_ID, force_build=False)
    clock.now += 10
    assert platform.app(APP_ID).active is before
    assert deployment.shown(clock.now)["progress"]["error_steps"] == 1
    assert deployment.phase(clock.now) == "ERROR"


def test_a_second_deployment_waits_for_the_first(platform: Platform, clock: Clock) -> None:
    first = platform.create_deployment(APP_ID, force_build=False)
    second = platform.create_deployment(APP_ID, force_build=False)
    clock.now += 9
    assert (first.phase(clock.now), second.phase(clock.now)) == ("DEPLOYING", "PENDING_BUILD")
    shown = platform.shown(platform.app(APP_ID))
    assert shown["in_progress_deployment"]["id"] == first.id
    assert shown["pending_deployment"]["id"] == second.id
    clock.now += 11
    assert platform.app(APP_ID).active is second
    assert first.final == "SUPERSEDED"


def test_a_rollback_pins_the_app_and_takes_the_old_image(platform: Platform, clock: Clock) -> None:
    platform.break_deploy(bad=True)
    assert platform.active() is not None
    assert platform.active().bad  # type: ignore[union-attr]  # the line above has said so
    app, target = platform.app(APP_ID), in_phase(platform, "SUPERSEDED")
    deployment = rollback.roll_back(platform, app, target.id, skip_pin=False)
    assert deployment.image == target.image
    refused(409, platform.create_deployment, APP_ID, False)
    refused(409, platform.update, APP_ID, specs.pymerp_spec())
    assert platform.shown(app)["pinned_deployment"]["id"] == deployment.id
    clock.now += 10
    active = platform.active()
    assert active is deployment
    assert not active.bad
    rollback.commit(platform, app)
    assert "pinned_deployment" not in platform.shown(app)
    platform.create_deployment(APP_ID, force_build=False)


def test_a_revert_brings_back_the_spec_and_the_image_from_before(platform: Platform, clock: Clock) -> None:
    platform.break_deploy(bad=True)
    app, target = platform.app(APP_ID), in_phase(platform, "SUPERSEDED")
    app.spec["services"][0]["instance_count"] = 3
    rollback.roll_back(platform, app, target.id, skip_pin=False)
    clock.now += 10
    assert app.spec["services"][0]["instance_count"] == 1
    rollback.revert(platform, app)
    clock.now += 10
    active = platform.active()
    assert active is not None
    assert active.bad
    assert active.spec["services"][0]["instance_count"] == 3
    assert not app.pinned


def test_skip_pin_commits_at_once(platform: Platform) -> None:
    app = platform.app(APP_ID)
    rollback.roll_back(platform, app, in_phase(platform, "SUPERSEDED").id, skip_pin=True)
    assert not app.pinned
    refused(409, rollback.commit, platform, app)
    refused(409, rollback.revert, platform, app)


def test_a_commit_that_is_refused_leaves_the_app_pinned(platform: Platform) -> None:
    app = platform.app(APP_ID)
    pin(platform, app)
    platform.faults |= {"commit-busy", "commit-fails"}
    refused(429, rollback.commit, platform, app)
    refused(500, rollback.commit, platform, app)
    assert app.pinned
    platform.faults.clear()
    rollback.commit(platform, app)
    assert not app.pinned


def test_an_app_can_be_left_pinned_and_let_go(platform: Platform) -> None:
    app = platform.app(APP_ID)
    rollback.leave_pinned(platform, True)
    assert app.active is not None
    assert app.pinned == app.active.id
    rollback.leave_pinned(platform, False)
    assert not app.pinned


def pin(platform: Platform, app: AppRecord) -> None:
    rollback.roll_back(platform, app, in_phase(platform, "SUPERSEDED").id, skip_pin=False)


@pytest.mark.parametrize(
    ("phase", "whole", "code"),
    [("ERROR", False, "incompatible_phase"), ("CANCELED", False, "incompatible_phase"), ("SUPERSEDED", False, "incompatible_result")],
)
def test_validation_says_what_stands_against_a_rollback(platform: Platform, phase: str, whole: bool, code: str) -> None:
    app, target = platform.app(APP_ID), in_phase(platform, phase, whole=whole)
    answer = rollback.validate(platform, app, target.id)
    assert (answer["valid"], answer["error"]["code"]) == (False, code)
    assert code in refused(400, rollback.roll_back, platform, app, target.id, False)


def test_validation_changes_nothing_and_refuses_a_pinned_app(platform: Platform) -> None:
    app, target = platform.app(APP_ID), in_phase(platform, "SUPERSEDED")
    before = platform.shown(app)
    assert rollback.validate(platform, app, target.id) == {"valid": True}
    assert platform.shown(app) == before
    pin(platform, app)
    assert rollback.validate(platform, app, target.id)["error"]["code"] == "app_pinned"


def test_a_rollback_reaches_ten_good_deployments_back(platform: Platform, clock: Clock) -> None:
    for _ in range(10):
        platform.create_deployment(APP_ID, force_build=False)
        clock.now += 10
    app = platform.app(APP_ID)
    good = [item for item in app.deployments if item.success == TOTAL]
    assert rollback.validate(platform, app, good[9].id) == {"valid": True}
    assert rollback.validate(platform, app, good[10].id)["error"]["code"] == "exceeded_revision_limit"


@pytest.mark.parametrize("id", [None, "", 7])
def test_a_rollback_wants_the_id_of_a_deployment(platform: Platform, id: object) -> None:
    refused(400, rollback.validate, platform, platform.app(APP_ID), id)
    refused(404, rollback.validate, platform, platform.app(APP_ID), "nobody")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Not A Name"}, "name"),
        ({"services": []}, "components"),
        ({"services": [{"name": "a", "instance_size_slug": "huge"}]}, "instance_size_slug"),
        ({"services": [{"name": "a", "instance_count": 0}]}, "instance_count"),
    ],
)
def test_a_wrong_spec_is_refused_with_its_field(change: dict[str, object], field: str) -> None:
    assert field in refused(400, specs.validate, specs.pymerp_spec() | change)


def test_two_apps_cannot_have_one_name(platform: Platform) -> None:
    refused(409, platform.create, specs.pymerp_spec())
    assert platform.propose(specs.pymerp_spec(), None)["app_name_suggestion"] == "pymerp-backend-2"
    assert platform.propose(specs.pymerp_spec(), APP_ID) | {"spec": 0} == {
        "existing_static_apps": "0",
        "max_free_static_apps": "3",
        "app_cost": 10.0,
        "app_name_available": True,
        "spec": 0,
    }


def test_a_fork_is_online_after_a_while_and_has_no_backup_yet(clock: Clock) -> None:
    databases = Databases(clock, duration=10.0)
    databases.connect({})
    wanted = {"name": "copy", "engine": "pg", "region": "nyc3", "size": "s", "backup_restore": {"database_name": "pymerp-db-cluster"}}
    fork = databases.create(wanted)
    assert databases.shown(fork)["status"] == "forking"
    refused(409, databases.create, wanted)
    clock.now += 10
    assert databases.shown(fork)["status"] == "online"
    assert databases.backups(fork.id) == []


def test_a_week_of_backups_one_a_day_none_of_the_future(clock: Clock) -> None:
    databases = Databases(clock)
    for hour in range(24):
        clock.now = NOON + hour * 3600
        moments = [item["created_at"] for item in databases.backups(POSTGRES_ID)]
        assert len(moments) == 7
        assert moments == sorted(moments, reverse=True)
        assert {moment[10:] for moment in moments} == {"T06:04:00Z"}
    assert databases.backups(REDIS_ID) == []
    refused(404, databases.backups, "list")


def test_a_user_without_a_name_gets_what_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs with some number: PostgreSQL and sshd want a name, the rest of the lab doesn't."""

    def nameless(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", nameless)
    left = Lab().left_out
    assert {name: reason for name, reason in left.items() if "a name for the user" in reason}.keys() == {"pg", "ssh"}
