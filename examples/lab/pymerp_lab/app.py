"""An HTTPS stand-in of PYMERP's application whose health and certificate can be broken and mended."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any

from pymerp_lab.certs import APP_NAMES, Authority, Pair
from pymerp_lab.part import Place
from pymerp_lab.web import Answer, Handler, WebServer

BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
OFFLINE = b"<html><head><title>Mantenimiento</title></head><body><h1>Volvemos pronto</h1></body></html>\n"
DOCUMENTATION = b"<!DOCTYPE html><html><head><title>Swagger UI</title></head><body></body></html>\n"
SLOW_SECONDS = 2.0
CERTIFICATES: Mapping[str, tuple[tuple[str, ...], tuple[float, float]]] = {
    "certificate-expired": (APP_NAMES, (-90, -1)),
    "certificate-expiring": (APP_NAMES, (-85, 5)),
    "certificate-name": (("shop.example.org",), (-1, 30)),
    "certificate-untrusted": (APP_NAMES, (-1, 30)),
}


class App:
    """`bad_deployment()` says whether the platform runs a deployment that can't get healthy, `rolled_back()` whether
    the one it runs came from a rollback, `gone()` why nothing answers (`paused`: maintenance mode). Without the platform
    all are taken as no."""

    name = "app"
    breaks: Mapping[str, str] = {
        "health": "/actuator/health answers 503 and DOWN",
        "health-502": "every page answers 502 with HTML, as the platform does while the app is down",
        "health-slow": f"every page takes {SLOW_SECONDS:g} s",
        "health-hang": "a connection opens and no answer comes",
        "health-after-rollback": "health stays DOWN while a rolled-back deployment is active",
        "swagger": "/swagger-ui.html answers 404",
        "auth": "/api/v1/companies answers 200 without a token",
        "certificate-expired": "the certificate ran out yesterday",
        "certificate-expiring": "the certificate runs out in 5 days",
        "certificate-name": "the certificate is for another host",
        "certificate-stuck": "a domain that is added again gets no new certificate",
        "certificate-untrusted": "the certificate is of an authority that nobody trusts",
    }

    def __init__(
        self,
        bad_deployment: Callable[[], bool] = lambda: False,
        rolled_back: Callable[[], bool] = lambda: False,
        gone: Callable[[], str] = lambda: "",
    ) -> None:
        self.faults: dict[str, None] = {}
        self.requests: list[str] = []
        self._bad_deployment, self._rolled_back, self.gone = bad_deployment, rolled_back, gone

    def missing(self) -> str | None:
        return None

    def start(self, place: Place) -> None:
        self._place = place
        self._contexts = {"": _context(place.authority.issue("app", APP_NAMES))}
        self._server = AppServer(self, self._contexts[""])
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def environment(self) -> dict[str, str]:
        url = f"https://localhost:{self._server.port}"
        return {"PYMERP_URL": url, "PYMERP_HEALTH_URL": f"{url}/actuator/health", "PYMERP_ADDRESS": f"localhost:{self._server.port}"}

    def set_fault(self, what: str, on: bool) -> None:
        self.faults.pop(what, None)
        if on:
            self.faults[what] = None
        shown = next((fault for fault in reversed(self.faults) if fault in CERTIFICATES), "")
        if shown not in self._contexts:
            self._contexts[shown] = _context(self._issue(shown))
        self._server.context = self._contexts[shown]

    def renew(self) -> None:
        """A new certificate, unless the platform's authority is what is broken."""
        if "certificate-stuck" not in self.faults:
            for fault in CERTIFICATES:
                self.set_fault(fault, False)

    def _issue(self, fault: str) -> Pair:
        authority = self._place.authority
        if fault == "certificate-untrusted":
            authority = Authority(self._place.make("stranger"), "Unknown CA")
        names, valid = CERTIFICATES[fault]
        return authority.issue(fault, names, valid)

    def healthy(self) -> bool:
        if "health" in self.faults:
            return False
        if self.gone():
            return False
        if "health-after-rollback" in self.faults and self._rolled_back():
            return False
        return not self._bad_deployment()


class AppServer(WebServer):
    def __init__(self, app: App, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self.app = app

    def respond(self, request: Handler, body: bytes) -> Answer | None:
        path = request.path.partition("?")[0]
        self.app.requests.append(f"{request.command} {path}")
        faults = self.app.faults
        if "health-hang" in faults:
            self.hang()
            return None
        if "health-slow" in faults:
            self.stopping.wait(SLOW_SECONDS)
        if "health-502" in faults:
            return Answer(502, BAD_GATEWAY, media_type="text/html")
        gone = self.app.gone()
        if gone:
            return Answer(503, OFFLINE, media_type="text/html") if gone == "paused" else Answer(502, BAD_GATEWAY, media_type="text/html")
        return self._page(request, path, body)

    def _page(self, request: Handler, path: str, body: bytes) -> Answer:
        if path == "/actuator/health":
            healthy = self.app.healthy()
            return Answer(
                200 if healthy else 503, {"status": "UP" if healthy else "DOWN"}, media_type="application/vnd.spring-boot.actuator.v3+json"
            )
        if path in {"/", "/swagger-ui.html"}:
            return _error(404, path) if "swagger" in self.app.faults else Answer(200, DOCUMENTATION, media_type="text/html")
        if path.startswith("/api/"):
            allowed = "auth" in self.app.faults or request.headers.get("Authorization", "").startswith("Bearer ")
            return Answer(200, _companies()) if allowed else _error(401, path)
        if request.command == "POST":
            return Answer(200, {"received": len(body)})
        return _error(404, path)


def _companies() -> list[dict[str, Any]]:
    return [{"id": 1, "name": "Ferretería Ñuñoa"}, {"id": 2, "name": "Panadería Sur"}]


def _error(status: int, path: str) -> Answer:
    """The shape of Spring Boot's error page."""
    return Answer(status, {"status": status, "error": {401: "Unauthorized", 404: "Not Found"}[status], "path": path})


def _context(pair: Pair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context
