"""The TLS executor: certificates good and bad, and all that is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.executors import conformance as kit
from runbook_lang.executors.conformance import SECOND, FakeAttempt
from runbook_lang.executors.tls import TlsExecutor
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.tls import RESULT, SURFACE
from tests.executors.certificates import DAY, NOW, Authority
from tests.executors.web import Web, free_port, raw_server, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TLS = TlsExecutor()


def look(**args: Any) -> Outcome:
    return kit.check_executor(TLS, FakeAttempt(SURFACE.request(args)), RESULT)


@pytest.fixture
def serve() -> Iterator[Callable[[Path], int]]:
    servers: list[Web] = []

    def start(certificate: Path) -> int:
        servers.append(Web(certificate))
        return servers[-1].port

    yield start
    for server in servers:
        server.stop()


def ns(days: float) -> int:
    return int((NOW + days * DAY).timestamp()) * 10**9


def test_a_good_certificate(authority: Authority, serve: Callable[[Path], int]) -> None:
    port = serve(authority.issue("shop.example", "localhost", "127.0.0.1", start=-1, days=31))
    out = look(address=f"localhost:{port}", ca=str(authority.file))
    assert out.ok
    value = out.value
    assert (value["trusted"], value["reason"]) == (True, "")
    assert (value["not_before"].ns, value["not_after"].ns, value["days_left"]) == (ns(-1), ns(30), 29)
    assert (value["subject"], value["issuer"]) == ("CN=shop.example", "CN=test authority")
    assert value["names"] == ["shop.example", "localhost", "127.0.0.1"]
    assert value["chain"] == ["CN=shop.example", "CN=test authority"]


def test_another_name_can_be_asked_for_and_checked(authority: Authority, serve: Callable[[Path], int]) -> None:
    port = serve(authority.issue("shop.example"))
    assert look(host="127.0.0.1", port=port, server_name="shop.example", ca=str(authority.file)).value["trusted"]
    assert not look(host="127.0.0.1", port=port, ca=str(authority.file)).value["trusted"]


EXPIRED = "the certificate has expired"
EARLY = "the certificate isn't valid yet"
NAME = "the certificate is for another name than localhost"
AUTHORITY = "the certificate's authority is not among the trusted ones"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", ["localhost", "other.example"])
@pytest.mark.parametrize(("start", "days", "age"), [(-1, 5, ""), (-10, 5, EXPIRED), (3, 5, EARLY)])
def test_everything_that_is_wrong_is_told(
    authority: Authority, serve: Callable[[Path], int], known: bool, name: str, start: float, days: float, age: str
) -> None:
    port = serve(authority.issue(name, start=start, days=days))
    out = look(address=f"localhost:{port}", **({"ca": str(authority.file)} if known else {}))
    assert out.ok
    wanted = [age, "" if name == "localhost" else NAME, "" if known else AUTHORITY]
    assert out.value["reason"] == "; ".join(filter(None, wanted))
    assert out.value["trusted"] is (not out.value["reason"])
    assert out.value["days_left"] == start + days - 1


def test_why_it_is_not_trusted_is_shown_beside_the_result(authority: Authority, serve: Callable[[Path], int]) -> None:
    port = serve(authority.issue("localhost"))
    for ca, shown in (("", f"localhost:{port}: {AUTHORITY}\n"), (str(authority.file), "")):
        attempt = FakeAttempt(SURFACE.request({"address": f"localhost:{port}", **({"ca": ca} if ca else {})}))
        assert TLS.run(attempt).ok
        assert attempt.output.text("reason") == shown


def test_the_environment_names_what_is_trusted(authority: Authority, serve: Callable[[Path], int]) -> None:
    port = serve(authority.issue("localhost"))
    request = SURFACE.request({"address": f"localhost:{port}"})
    assert TLS.run(FakeAttempt(request, env={"SSL_CERT_FILE": str(authority.file)})).value["trusted"]


def test_no_certificate_no_result(web: Web) -> None:
    for address, kind in ((f"127.0.0.1:{web.port}", "tls"), (f"127.0.0.1:{free_port()}", "refused"), ("no-such-host.invalid", "dns")):
        out = look(address=address)
        assert (out.ok, out.kind) == (False, kind), address
        assert out.message.startswith(address)


def test_limit_and_cancel() -> None:
    sock, port = raw_server(None)
    request = SURFACE.request({"address": f"127.0.0.1:{port}"})
    kit.check_limit(TLS, FakeAttempt(request, limit_us=SECOND // 4), SECOND)
    kit.check_cancel(TLS, FakeAttempt(request), slack_us=SECOND)
    stop(sock)
