"""The health check: each of the seven checks, broken in the real server, and the verdict that follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest_lab import RunningLab, need
from tests.runbooks.operator import RUNBOOKS, Operator

pytestmark = pytest.mark.lab

CHECKS = {"health_endpoint", "swagger_ui", "auth_protection", "database", "flyway_migrations", "redis", "s3_storage"}


@pytest.fixture
def operator(lab: RunningLab, tmp_path: Path) -> Operator:
    need(lab, "pg", "redis", "s3")
    return Operator(lab, tmp_path / "store")


def test_a_healthy_system_passes_all_seven(operator: Operator) -> None:
    code, result = operator.run("health-check.yml")
    assert code == 0
    outputs = result["outputs"]
    assert (outputs["status"], outputs["total"], outputs["passed"], outputs["failed"]) == ("healthy", 7, 7, 0)
    assert outputs["checks"] == dict.fromkeys(CHECKS, True)


@pytest.mark.parametrize(
    ("fault", "failing", "status"),
    [
        ("health", {"health_endpoint"}, "down"),
        ("swagger", {"swagger_ui"}, "degraded"),
        ("auth", {"auth_protection"}, "degraded"),
        ("postgres", {"database", "flyway_migrations"}, "down"),
        ("postgres-password", {"database", "flyway_migrations"}, "down"),
        ("flyway", {"flyway_migrations"}, "degraded"),
        ("redis", {"redis"}, "down"),
        ("redis-password", {"redis"}, "down"),
        ("redis-tls", {"redis"}, "down"),
        ("s3", {"s3_storage"}, "degraded"),
        ("s3-bucket", {"s3_storage"}, "degraded"),
        ("s3-denied", {"s3_storage"}, "degraded"),
        ("certificate-expired", {"health_endpoint", "swagger_ui", "auth_protection"}, "down"),
        ("certificate-name", {"health_endpoint", "swagger_ui", "auth_protection"}, "down"),
    ],
)
def test_one_fault_fails_its_check_and_all_others_are_still_tried(operator: Operator, fault: str, failing: set[str], status: str) -> None:
    operator.lab.broken(fault)
    code, result = operator.run("health-check.yml")
    outputs = result["outputs"]
    assert {name for name, ok in outputs["checks"].items() if not ok} == failing
    assert outputs["status"] == status
    assert code == (1 if status == "down" else 0)


def test_no_password_is_left_behind_or_shown(operator: Operator) -> None:
    operator.lab.broken("postgres-password", "redis-password", "s3-denied")
    done = operator.type("run", str(RUNBOOKS / "health-check.yml"), "--format", "json", "--verbose")
    run = json.loads(done.out)["run"]
    secrets = [operator.lab.env[name] for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "AWS_SECRET_ACCESS_KEY")]
    for secret in secrets:
        assert secret not in done.out + done.err
        for path in (operator.store / "runs" / run).rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path
