"""The stand-in of PYMERP's application and the API by HTTP: what breaks, what mends, what a rollback does."""

from __future__ import annotations

import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, cast

import pytest
from pymerp_lab.api.apps import HISTORY

if TYPE_CHECKING:
    from tests.conftest_lab import RunningLab

LIMIT = 1.0


def page(lab: RunningLab, path: str = "/actuator/health", method: str = "GET") -> tuple[int, str]:
    context = ssl.create_default_context(cafile=lab.env["SSL_CERT_FILE"])
    request = urllib.request.Request(lab.env["PYMERP_URL"] + path, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def call(lab: RunningLab, method: str, path: str, body: object = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {lab.env['DIGITALOCEAN_ACCESS_TOKEN']}"}
    data = None if body is None else json.dumps(body).encode()
    path = path.replace("APP", lab.env["DO_APP_ID"])
    request = urllib.request.Request(f"{lab.env['DIGITALOCEAN_API_URL']}/v2{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def settle(lab: RunningLab) -> None:
    """Until no deployment is in flight."""
    deadline = time.monotonic() + 10
    while any(item["phase"].startswith(("PENDING", "BUILD", "DEPLOY")) for item in lab.state()["api"]["deployments"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def target(lab: RunningLab) -> str:
    """The newest superseded deployment that finished all its steps."""
    _, answer = call(lab, "GET", "/apps/APP/deployments")
    whole = [item for item in answer["deployments"] if item["progress"].get("success_steps") == item["progress"]["total_steps"]]
    return next(str(item["id"]) for item in whole if item["phase"] == "SUPERSEDED")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/actuator/health", 200),
        ("HEAD", "/swagger-ui.html", 200),
        ("GET", "/swagger-ui.html", 200),
        ("HEAD", "/api/v1/companies", 401),
        ("GET", "/nothing", 404),
        ("POST", "/hook", 200),
    ],
)
def test_the_pages_of_the_application(platform: RunningLab, method: str, path: str, status: int) -> None:
    assert page(platform, path, method)[0] == status


def test_health_has_no_space_in_its_json(platform: RunningLab) -> None:
    assert page(platform) == (200, '{"status":"UP"}')


@pytest.mark.parametrize(
    ("fault", "path", "status", "text"),
    [
        ("health", "/actuator/health", 503, '"status":"DOWN"'),
        ("health-502", "/", 502, "<h1>502 Bad Gateway</h1>"),
        ("deploy", "/actuator/health", 503, '"status":"DOWN"'),
        ("swagger", "/swagger-ui.html", 404, ""),
        ("auth", "/api/v1/companies", 200, ""),
    ],
)
def test_a_fault_shows_and_is_mended(platform: RunningLab, fault: str, path: str, status: int, text: str) -> None:
    before = page(platform, path)
    platform.broken(fault)
    found = page(platform, path)
    assert found[0] == status
    assert text in found[1]
    platform.mend(fault)
    assert page(platform, path) == before


@pytest.mark.parametrize("fault", ["health-hang", "health-slow"])
def test_a_client_with_a_limit_gives_up(platform: RunningLab, fault: str) -> None:
    platform.broken(fault)
    with pytest.raises(OSError, match="timed out"):
        page(platform)
    platform.mend(fault)
    assert page(platform)[0] == 200


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("certificate-expired", "certificate has expired"),
        ("certificate-name", "Hostname mismatch"),
        ("certificate-untrusted", "unable to get local issuer certificate"),
    ],
)
def test_a_client_refuses_a_broken_certificate(platform: RunningLab, fault: str, text: str) -> None:
    platform.broken(fault)
    with pytest.raises(urllib.error.URLError, match=text):
        page(platform)
    platform.mend(fault)
    assert page(platform)[0] == 200


def test_the_certificate_carries_the_names_of_production(platform: RunningLab) -> None:
    context = ssl.create_default_context(cafile=platform.env["SSL_CERT_FILE"])
    host, _, port = platform.env["PYMERP_URL"].removeprefix("https://").partition(":")
    with (
        socket.create_connection((host, int(port)), timeout=LIMIT) as plain,
        context.wrap_socket(plain, server_hostname="pymerp.cl") as link,
    ):
        shown = link.getpeercert()
    assert shown
    names = cast("tuple[tuple[str, str], ...]", shown["subjectAltName"])
    assert {name for _, name in names} == {"localhost", "127.0.0.1", "pymerp.cl", "www.pymerp.cl", "app.pymerp.cl"}


def test_a_rollback_mends_a_bad_deployment_and_a_revert_undoes_that(platform: RunningLab) -> None:
    platform.broken("deploy")
    wanted = {"deployment_id": target(platform), "skip_pin": False}
    assert call(platform, "POST", "/apps/APP/rollback/validate", wanted) == (200, {"valid": True})
    assert call(platform, "POST", "/apps/APP/rollback", wanted)[0] == 200
    settle(platform)
    assert page(platform)[0] == 200
    assert call(platform, "POST", "/apps/APP/deployments", {})[0] == 409
    assert call(platform, "POST", "/apps/APP/rollback/revert")[0] == 200
    settle(platform)
    assert page(platform)[0] == 503


def test_health_can_stay_down_after_a_rollback(platform: RunningLab) -> None:
    platform.broken("deploy", "health-after-rollback")
    call(platform, "POST", "/apps/APP/rollback", {"deployment_id": target(platform)})
    settle(platform)
    assert page(platform)[0] == 503
    platform.mend("health-after-rollback")
    assert page(platform)[0] == 200


def test_a_rollback_can_be_refused_and_can_fail(platform: RunningLab) -> None:
    platform.broken("deploy", "rollback-refused")
    wanted = {"deployment_id": target(platform)}
    assert call(platform, "POST", "/apps/APP/rollback/validate", wanted)[1]["valid"] is False
    assert call(platform, "POST", "/apps/APP/rollback", wanted)[0] == 400
    platform.mend("rollback-refused")
    platform.broken("rollback-fails")
    assert call(platform, "POST", "/apps/APP/rollback", wanted)[0] == 200
    settle(platform)
    assert platform.state()["api"]["deployments"][0]["phase"] == "ERROR"
    assert page(platform)[0] == 503


@pytest.mark.parametrize(
    ("fault", "status", "id"),
    [
        ("api-401", 401, "Unauthorized"),
        ("api-403", 403, "forbidden"),
        ("api-404", 404, "not_found"),
        ("api-429", 429, "too_many_requests"),
        ("api-500", 500, "server_error"),
    ],
)
def test_the_api_can_fail_as_a_whole(platform: RunningLab, fault: str, status: int, id: str) -> None:
    platform.broken(fault)
    found, answer = call(platform, "GET", "/apps")
    assert (found, answer["id"]) == (status, id)
    platform.mend(fault)
    assert call(platform, "GET", "/apps")[0] == 200


def test_the_api_can_hang(platform: RunningLab) -> None:
    platform.broken("api-hang")
    with pytest.raises(OSError, match="timed out"):
        call(platform, "GET", "/apps")


@pytest.mark.parametrize("path", ["/apps/nobody", "/apps/APP/deployments/nobody", "/databases/nobody/backups", "/no/such/thing"])
def test_what_is_not_there_is_404_with_the_id_of_the_request(platform: RunningLab, path: str) -> None:
    status, answer = call(platform, "GET", path)
    assert status == 404
    assert set(answer) == {"id", "message", "request_id"}


def test_lists_come_in_pages(platform: RunningLab) -> None:
    _, first = call(platform, "GET", "/apps/APP/deployments?page=1&per_page=8")
    _, second = call(platform, "GET", "/apps/APP/deployments?page=2&per_page=8")
    assert (len(first["deployments"]), len(second["deployments"]), first["meta"]["total"]) == (8, len(HISTORY) - 8, len(HISTORY))
    assert "next" in first["links"]["pages"]
    assert second["links"] == {}


def test_the_state_tells_what_was_asked_for(platform: RunningLab) -> None:
    call(platform, "POST", "/apps/APP/deployments", {})
    page(platform)
    state = platform.state()
    assert state["api"]["requests"] == [f"POST /v2/apps/{platform.env['DO_APP_ID']}/deployments 200"]
    assert state["app"]["requests"] == ["GET /actuator/health"]
