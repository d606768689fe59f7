"""The TLS executor: certificates good and bad, and all that is wrong with them."""

from __future__ import annotations

import ssl
import warnings
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
def serve() -> Iterator[Callable[..., int]]:
    servers: list[Web] = []

    def start(certificate: Path, settings: Callable[[ssl.SSLContext], None] = lambda _: None) -> int:
        servers.append(Web(certificate, settings))
        return servers[-1].port

    yield start
    for server in servers:
        server.stop()


def ns(days: float) -> int:
    return int((NOW + days * DAY).timestamp()) * 10**9


def test_a_good_certificate(authority: Authority, serve: Callable[..., int]) -> None:
    port = serve(authority.issue("shop.example", "localhost", "127.0.0.1", start=-1, days=31))
    out = look(address=f"localhost:{port}", ca=str(authority.file))
    assert out.ok
    value = out.value
    assert (value["trusted"], value["reason"]) == (True, "")
    assert (value["not_before"].ns, value["not_after"].ns, value["days_left"]) == (ns(-1), ns(30), 29)
    assert (value["subject"], value["issuer"]) == ("CN=shop.example", "CN=test authority")
    assert value["names"] == ["shop.example", "localhost", "127.0.0.1"]
    assert value["chain"] == ["CN=shop.example", "CN=test authority"]


def test_another_name_can_be_asked_for_and_checked(authority: Authority, serve: Callable[..., int]) -> None:
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
    authority: Authority, serve: Callable[..., int], known: bool, name: str, start: float, days: float, age: str
) -> None:
    port = serve(authority.issue(name, start=start, days=days))
    out = look(address=f"localhost:{port}", **({"ca": str(authority.file)} if known else {}))
    assert out.ok
    wanted = [age, "" if name == "localhost" else NAME, "" if known else AUTHORITY]
    assert out.value["reason"] == "; ".join(filter(None, wanted))
    assert out.value["trusted"] is (not out.value["reason"])
    assert out.value["days_left"] == start + days - 1


def speaks(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    def settings(context: ssl.SSLContext) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what this is about
            context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")

    return settings


OLD = "no TLS connection: the server speaks only older versions than TLS 1.2"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.parametrize(
    ("name", "days", "faults"), [("localhost", 5, []), ("localhost", 0.5, [EXPIRED]), ("other.example", 0.5, [EXPIRED, NAME, AUTHORITY])]
)
def test_an_old_server_shows_its_certificate(
    authority: Authority, serve: Callable[..., int], version: ssl.TLSVersion, name: str, days: float, faults: list[str]
) -> None:
    port = serve(authority.issue(name, start=-1, days=days), speaks(version))
    out = look(address=f"localhost:{port}", **({} if AUTHORITY in faults else {"ca": str(authority.file)}))
    assert out.ok
    assert (out.value["subject"], out.value["trusted"]) == (f"CN={name}", False)
    assert out.value["reason"] == "; ".join([OLD, *faults])


def wants_one_too(authority: Authority, version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    def settings(context: ssl.SSLContext) -> None:
        context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.file)

    return settings


@pytest.mark.parametrize(("days", "faults"), [(5, []), (0.5, [EXPIRED])])
def test_a_server_that_wants_a_certificate_of_the_client_shows_its_own(
    authority: Authority, serve: Callable[..., int], days: float, faults: list[str]
) -> None:
    path = authority.issue("localhost", start=-1, days=days)
    out = look(address=f"localhost:{serve(path, wants_one_too(authority, ssl.TLSVersion.TLSv1_3))}", ca=str(authority.file))
    assert (out.ok, out.value["trusted"], out.value["reason"]) == (True, not faults, "; ".join(faults))
    out = look(address=f"localhost:{serve(path, wants_one_too(authority, ssl.TLSVersion.TLSv1_2))}", ca=str(authority.file))
    assert (out.ok, out.value["trusted"], out.value["subject"]) == (True, False, "CN=localhost")
    *first, last = out.value["reason"].split("; ", len(faults))
    assert first == faults
    assert "after the server had shown its certificate; it may want one of the client" in last


def anonymous(ciphers: str) -> Callable[[ssl.SSLContext], None]:
    def settings(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)

    return settings


def test_ciphers_without_a_certificate_are_not_asked_for(authority: Authority, serve: Callable[..., int]) -> None:
    path = authority.issue("localhost")
    assert look(address=f"localhost:{serve(path, anonymous('AECDH:ADH:ECDHE:@SECLEVEL=0'))}").ok
    out = look(address=f"localhost:{serve(path, anonymous('AECDH:ADH:@SECLEVEL=0'))}")
    assert (out.ok, out.kind, out.applied) == (False, "tls", "no")


LOCALHOST = b"\x82\x09localhost"
PARTY = b"\xa5\x05\xa1\x03\x0c\x01x"  # an ediPartyName


@pytest.mark.parametrize(
    "alternative", [b"\x30\x12" + PARTY + LOCALHOST, b"\x30\x04\x87\x02\x7f\x01"], ids=["another kind of name", "half an address"]
)
def test_names_that_cannot_be_read_are_none(authority: Authority, serve: Callable[..., int], alternative: bytes) -> None:
    out = look(address=f"localhost:{serve(authority.issue('localhost', file='odd.pem', alternative=alternative))}", ca=str(authority.file))
    assert (out.ok, out.value["names"], out.value["subject"]) == (True, [], "CN=localhost")


def test_a_subject_that_cannot_be_read_is_empty(authority: Authority, serve: Callable[..., int]) -> None:
    latin = (b"\x0c\x08odd-name", b"\x14\x08odd\xf1name")
    names = b"\x30\x0b" + LOCALHOST
    out = look(address=f"localhost:{serve(authority.issue('odd-name', file='odd.pem', alternative=names, spoilt=latin))}")
    assert (out.ok, out.value["names"], out.value["subject"], out.value["chain"]) == (True, ["localhost"], "", ["", "CN=test authority"])


def test_why_it_is_not_trusted_is_shown_beside_the_result(authority: Authority, serve: Callable[..., int]) -> None:
    port = serve(authority.issue("localhost"))
    for ca, shown in (("", f"localhost:{port}: {AUTHORITY}\n"), (str(authority.file), "")):
        attempt = FakeAttempt(SURFACE.request({"address": f"localhost:{port}", **({"ca": ca} if ca else {})}))
        assert TLS.run(attempt).ok
        assert attempt.output.text("reason") == shown


def test_the_environment_names_what_is_trusted(authority: Authority, serve: Callable[..., int]) -> None:
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
