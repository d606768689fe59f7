"""Database clusters: the two of PYMERP, and those that a restore makes."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pymerp_lab.api.deployments import timestamp
from pymerp_lab.api.errors import bad_request, conflict, not_found

POSTGRES_ID = "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30"
REDIS_ID = "3c1f2b0a-52d4-4a4e-9d0b-3f1f6f1d7c02"
APP_ID = "b6bdf840-2854-4f87-a36c-5f231c617c84"
DAY = 86400.0
SIZES = {"db-s-1vcpu-512mb": "64mb", "db-s-1vcpu-1gb": "128mb", "db-s-1vcpu-2gb": "256mb", "db-s-2vcpu-4gb": "512mb"}
"""Sizes of clusters, and the memory that the lab's Redis has with each: an eighth of the real one."""
POLICIES = ("noeviction", "allkeys_lru", "allkeys_random", "volatile_lru", "volatile_random", "volatile_ttl")
RULE_TYPES = ("droplet", "k8s", "ip_addr", "tag", "app")
BACKUPS = 7
ENGINES = ("pg", "mysql", "redis", "valkey", "mongodb", "kafka", "opensearch")


@dataclass
class Cluster:
    """`online_at`: when the cluster is ready, in seconds since the epoch; until then its status is `making`."""

    id: str
    name: str
    engine: str
    version: str
    size: str
    region: str
    nodes: int
    created: float
    online_at: float
    making: str = "creating"
    tags: list[str] = field(default_factory=list)
    connection: Mapping[str, Any] = field(default_factory=dict)
    rules: list[dict[str, str]] = field(default_factory=list)
    """Trusted sources: type and value, with a uuid."""


class Server(Protocol):
    """A real server of the lab that follows what the platform says."""

    def configure(self, settings: Mapping[str, str]) -> None: ...


class Databases:
    def __init__(self, clock: Callable[[], float], duration: float = 2.0, servers: Mapping[str, Server] | None = None) -> None:
        """`servers`: by engine, the real ones behind the clusters of the start."""
        self.clock, self.duration = clock, duration
        self.servers = servers or {}
        self.faults: set[str] = set()
        now = clock()
        postgres = Cluster(
            POSTGRES_ID, "pymerp-db-cluster", "pg", "16", "db-s-1vcpu-1gb", "nyc3", 1, now - 90 * DAY, 0, tags=["production"]
        )
        redis = Cluster(REDIS_ID, "pymerp-redis", "redis", "7", "db-s-1vcpu-512mb", "nyc3", 1, now - 90 * DAY, 0)
        self.clusters = {postgres.id: postgres, redis.id: redis}
        for cluster in self.clusters.values():
            self.set_rules(cluster.id, [{"type": "app", "value": APP_ID}])

    def connect(self, environment: Mapping[str, str]) -> None:
        """Says where the real servers of the lab are, as far as they run."""
        for id, prefix, user, scheme in ((POSTGRES_ID, "POSTGRES", "doadmin", "postgresql"), (REDIS_ID, "REDIS", "default", "rediss")):
            host, port = environment.get(f"{prefix}_HOST", f"{prefix.lower()}.example.invalid"), environment.get(f"{prefix}_PORT", "25060")
            user, password = environment.get(f"{prefix}_USER", user), environment.get(f"{prefix}_PASSWORD", "AVNS_lab")
            self.clusters[id].connection = _connection(scheme, host, int(port), user, password)

    def find(self, id: str) -> Cluster:
        try:
            return self.clusters[id]
        except KeyError:
            raise not_found("cluster not found") from None

    def create(self, wanted: Mapping[str, Any]) -> Cluster:
        for name in ("name", "engine", "region", "size"):
            if not wanted.get(name):
                raise bad_request(f"{name} is required")
        if wanted["engine"] not in ENGINES:
            raise bad_request("invalid cluster engine")
        if any(cluster.name == wanted["name"] for cluster in self.clusters.values()):
            raise conflict("cluster name is not available")
        restore, now = wanted.get("backup_restore"), self.clock()
        if restore and not any(cluster.name == restore.get("database_name") for cluster in self.clusters.values()):
            raise not_found("backup cluster not found")
        cluster = Cluster(
            str(uuid.uuid4()),
            wanted["name"],
            wanted["engine"],
            str(wanted.get("version") or "16"),
            wanted["size"],
            wanted["region"],
            int(wanted.get("num_nodes") or 1),
            now,
            now + (86_400 if "fork-stuck" in self.faults else self.duration),
            making="forking" if restore else "creating",
            tags=list(wanted.get("tags") or []),
            connection=self._new_connection(wanted["name"], restore is not None),
        )
        if restore is not None:
            cluster.rules = copy.deepcopy(self.clusters[POSTGRES_ID].rules) if POSTGRES_ID in self.clusters else []
        self.clusters[cluster.id] = cluster
        if restore is not None:
            self._tell("pg", {"restored": cluster.name})
        return cluster

    def _new_connection(self, name: str, restored: bool) -> Mapping[str, Any]:
        """A restored cluster is the lab's server again, by its address instead of its name: there is data in it to look at."""
        known = self.clusters[POSTGRES_ID].connection if POSTGRES_ID in self.clusters else {}
        if restored and known.get("host") == "localhost":
            return _connection("postgresql", "127.0.0.1", known["port"], known["user"], known["password"])
        return _connection("postgresql", f"{name}.example.invalid", 25060, "doadmin", f"AVNS_{uuid.uuid4().hex[:12]}")

    def delete(self, id: str) -> None:
        self.find(id)
        del self.clusters[id]

    def resize(self, id: str, size: object, nodes: object) -> None:
        """Takes a moment, during which the status is `resizing`; the server behind it gets the memory at once."""
        cluster = self.find(id)
        if size not in SIZES:
            raise bad_request("invalid size")
        if not isinstance(nodes, int) or nodes < 1:
            raise bad_request("num_nodes must be at least 1")
        cluster.size, cluster.nodes = str(size), nodes
        cluster.making, cluster.online_at = "resizing", self.clock() + self.duration
        if cluster.engine == "redis":
            self._tell("redis", {"maxmemory": SIZES[cluster.size]})

    def configure(self, id: str, config: object) -> None:
        cluster = self.find(id)
        if not isinstance(config, dict):
            raise bad_request("config is required")
        policy = config.get("redis_maxmemory_policy")
        if cluster.engine == "redis" and policy is not None:
            if policy not in POLICIES:
                raise bad_request(f'invalid value for redis_maxmemory_policy: "{policy}"')
            self._tell("redis", {"maxmemory-policy": str(policy).replace("_", "-")})

    def _tell(self, engine: str, settings: Mapping[str, str]) -> None:
        if engine in self.servers:
            self.servers[engine].configure(settings)

    def set_rules(self, id: str, rules: object) -> None:
        cluster = self.find(id)
        if not isinstance(rules, list):
            raise bad_request("rules is required")
        for rule in rules:
            if not isinstance(rule, dict) or rule.get("type") not in RULE_TYPES or not rule.get("value"):
                raise bad_request("invalid firewall rule")
        now = timestamp(self.clock())
        cluster.rules = [
            {
                "uuid": rule.get("uuid") or str(uuid.uuid4()),
                "cluster_uuid": id,
                "type": rule["type"],
                "value": rule["value"],
                "created_at": rule.get("created_at") or now,
            }
            for rule in rules
        ]
        self._guard()

    def set_fault(self, what: str, on: bool) -> None:
        (self.faults.add if on else self.faults.discard)(what)
        if what == "database-firewall" and POSTGRES_ID in self.clusters:
            self.set_rules(POSTGRES_ID, [{"type": "ip_addr", "value": "203.0.113.7"}] if on else [{"type": "app", "value": APP_ID}])

    def _guard(self) -> None:
        """With rules that leave the app out, the server behind the first cluster lets nobody in."""
        rules = self.clusters[POSTGRES_ID].rules
        open_ = not rules or any(rule["type"] == "app" and rule["value"] == APP_ID for rule in rules)
        self._tell("pg", {"trusted": "on" if open_ else "off"})

    def backups(self, id: str) -> list[dict[str, Any]]:
        """One a day, kept for a week, newest first; a backup has no id."""
        cluster, now = self.find(id), self.clock()
        if "backups" in self.faults or cluster.engine != "pg":
            return []
        last = now - now % DAY + 6 * 3600 + 240
        last -= DAY if last > now else 0
        moments = [last - DAY * count for count in range(BACKUPS)]
        return [{"created_at": timestamp(moment), "size_gigabytes": 0.03} for moment in moments if moment > cluster.created]

    def shown(self, cluster: Cluster) -> dict[str, Any]:
        status = "online" if self.clock() >= cluster.online_at else cluster.making
        if "database" in self.faults and cluster.id == POSTGRES_ID:
            status = "migrating"
        if "database-offline" in self.faults and cluster.id == POSTGRES_ID:
            status = "offline"
        if "redis-offline" in self.faults and cluster.id == REDIS_ID:
            status = "offline"
        shown = {
            "id": cluster.id,
            "name": cluster.name,
            "engine": cluster.engine,
            "version": cluster.version,
            "connection": dict(cluster.connection),
            "private_connection": dict(cluster.connection),
            "users": [{"name": cluster.connection.get("user", ""), "role": "primary", "password": cluster.connection.get("password", "")}],
            "db_names": ["pymerp"] if cluster.engine == "pg" else [],
            "num_nodes": cluster.nodes,
            "size": cluster.size,
            "region": cluster.region,
            "status": status,
            "maintenance_window": {"day": "tuesday", "hour": "05:00:00"},
            "created_at": timestamp(cluster.created),
            "private_network_uuid": "f2b6d1f0-51c5-4f80-9f35-6f2f6f0a3a11",
            "tags": cluster.tags,
            "storage_size_mib": 10240 if cluster.engine == "pg" else 0,
        }
        return {name: value for name, value in shown.items() if value not in ("", 0, [])}


def _connection(scheme: str, host: str, port: int, user: str, password: str) -> dict[str, Any]:
    database = "pymerp" if scheme == "postgresql" else ""
    suffix = f"/{database}?sslmode=require" if database else ""
    uri = f"{scheme}://{user}:{password}@{host}:{port}{suffix}"
    shown = {"uri": uri, "database": database, "host": host, "port": port, "user": user, "password": password, "ssl": True}
    return {name: value for name, value in shown.items() if value != ""}
