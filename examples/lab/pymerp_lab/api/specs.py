"""App specs: the one of PYMERP, and what the server says of a spec that is handed in."""

from __future__ import annotations

import re
from typing import Any

from pymerp_lab.api.errors import ApiError, bad_request

APP_NAME = "pymerp-backend"
MONTHLY = {
    "basic-xxs": 5.0,
    "basic-xs": 10.0,
    "basic-s": 20.0,
    "basic-m": 40.0,
    "professional-xs": 12.0,
    "professional-s": 25.0,
    "professional-m": 50.0,
    "apps-s-1vcpu-0.5gb": 5.0,
    "apps-s-1vcpu-1gb": 12.0,
    "apps-s-1vcpu-2gb": 25.0,
    "apps-s-2vcpu-4gb": 50.0,
    "apps-d-1vcpu-2gb": 39.0,
    "apps-d-2vcpu-4gb": 78.0,
}
"""US dollars a month for one instance."""
MEMORY = {
    "basic-xxs": 512 * 1024**2,
    "basic-xs": 1024**3,
    "basic-s": 2 * 1024**3,
    "basic-m": 4 * 1024**3,
    "professional-xs": 1024**3,
    "professional-s": 2 * 1024**3,
    "professional-m": 4 * 1024**3,
    "apps-s-1vcpu-0.5gb": 512 * 1024**2,
    "apps-s-1vcpu-1gb": 1024**3,
    "apps-s-1vcpu-2gb": 2 * 1024**3,
    "apps-s-2vcpu-4gb": 4 * 1024**3,
    "apps-d-1vcpu-2gb": 2 * 1024**3,
    "apps-d-2vcpu-4gb": 4 * 1024**3,
}
"""Bytes of one instance."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_SCOPED = {"scope": "RUN_AND_BUILD_TIME"}


def pymerp_spec() -> dict[str, Any]:
    plain = {"POSTGRES_DB": "pymerp", "POSTGRES_PORT": "25060", "REDIS_SSL_ENABLED": "true", "STORAGE_S3_BUCKET": "pymes-prod"}
    hidden = (
        "POSTGRES_HOST",
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "REDIS_HOST",
        "REDIS_PASSWORD",
        "STORAGE_S3_ACCESS_KEY",
        "STORAGE_S3_SECRET_KEY",
    )
    envs = [{"key": key, "value": value, **_SCOPED} for key, value in plain.items()]
    envs += [{"key": key, "value": f"EV[1:lab:{key.lower()}]", **_SCOPED, "type": "SECRET"} for key in hidden]
    service = {
        "name": "backend",
        "image": {"registry_type": "DOCR", "registry": "pymerp", "repository": "backend", "tag": "latest"},
        "envs": envs,
        "instance_size_slug": "basic-xs",
        "instance_count": 1,
        "http_port": 8081,
        "health_check": {"initial_delay_seconds": 60, "http_path": "/actuator/health"},
    }
    return {
        "name": APP_NAME,
        "services": [service],
        "domains": [
            {"domain": "pymerp.cl", "type": "PRIMARY"},
            {"domain": "www.pymerp.cl", "type": "ALIAS"},
            {"domain": "app.pymerp.cl", "type": "ALIAS"},
        ],
        "region": "nyc3",
        "alerts": [
            {"rule": "DEPLOYMENT_FAILED"},
            {"rule": "CPU_UTILIZATION", "operator": "GREATER_THAN", "value": 85, "window": "FIVE_MINUTES"},
        ],
    }


def broken(spec: dict[str, Any], what: str) -> dict[str, Any]:
    """The spec with something not as it should be; without a fault, its first service and its parts are as at the start."""
    start = pymerp_spec()
    service = spec["services"][0] | {name: start["services"][0][name] for name in ("envs", "instance_count")}
    service.pop("autoscaling", None)
    envs = service["envs"]
    if what == "app-redis-tls":
        service["envs"] = [env | {"value": "false"} if env["key"] == "REDIS_SSL_ENABLED" else env for env in envs]
    elif what == "app-variables":
        service["envs"] = [env for env in envs if env["key"] != "POSTGRES_PASSWORD"]
    elif what == "app-scaled":
        service["instance_count"] = 2
    elif what == "app-database":
        moved = {"POSTGRES_HOST": "EV[1:lab:postgres_host:moved]", "POSTGRES_PORT": "25999"}
        service["envs"] = [env | {"value": moved.get(env["key"], env["value"])} for env in envs]
    elif what == "app-parts":
        del service["instance_count"]
        service["autoscaling"] = {"min_instance_count": 1, "max_instance_count": 3, "metrics": {"cpu": {"percent": 80}}}
    whole = {name: part for name, part in spec.items() if name not in {"workers", "envs"}} | {"services": [service, *spec["services"][1:]]}
    if what == "app-parts":
        whole["workers"] = [{"name": "cola", "image": service["image"], "instance_count": 1, "instance_size_slug": "basic-xs"}]
        whole["envs"] = [{"key": "TZ", "value": "America/Santiago", "scope": "RUN_TIME"}]
    return whole


def encrypted(spec: dict[str, Any]) -> dict[str, Any]:
    """Values of secrets as the API keeps and shows them."""
    for service in spec.get("services") or []:
        for env in service.get("envs") or []:
            if env.get("type") == "SECRET" and not str(env.get("value", "")).startswith("EV["):
                env["value"] = f"EV[1:lab:{env['key'].lower()}:{len(str(env.get('value', '')))}]"
    return spec


def sizes() -> list[dict[str, Any]]:
    """What can be bought, as the API lists it."""
    return [
        {
            "slug": slug,
            "name": slug,
            "cpus": "1",
            "memory_bytes": str(MEMORY[slug]),
            "usd_per_month": f"{price:.2f}",
            "single_instance_only": False,
        }
        for slug, price in MONTHLY.items()
    ]


def validate(spec: object) -> dict[str, Any]:
    """The spec, or the API's refusal of it."""
    if not isinstance(spec, dict):
        raise bad_request("app spec is required")
    name = spec.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _field("name", "must be 2 to 32 lower-case letters, digits and dashes, starting with a letter")
    components = [item for kind in ("services", "workers", "jobs", "static_sites", "functions") for item in spec.get(kind) or []]
    if not components:
        raise _field("components", "at least one component is required")
    for component in spec.get("services") or []:
        _validate_service(component)
    return spec


def _validate_service(service: dict[str, Any]) -> None:
    size, count = service.get("instance_size_slug", "basic-xxs"), service.get("instance_count", 1)
    if size not in MONTHLY:
        raise _field("services.instance_size_slug", f'invalid instance size "{size}"')
    if not isinstance(count, int) or not 1 <= count <= 20:
        raise _field("services.instance_count", "must be between 1 and 20")


def cost(spec: dict[str, Any]) -> float:
    """US dollars a month for all instances of all services."""
    services = spec.get("services") or []
    return float(sum(MONTHLY[item.get("instance_size_slug", "basic-xxs")] * item.get("instance_count", 1) for item in services))


def _field(path: str, message: str) -> ApiError:
    return bad_request(f'error validating app spec field "{path}": {message}')
