"""The real servers of the lab: that they serve, and that every fault shows and is mended."""

from __future__ import annotations

import http.client

import pytest

from tests.conftest_lab import Done, RunningLab, need

pytestmark = pytest.mark.lab


def psql(lab: RunningLab, statement: str, *, user: str = "", password: str = "", mode: str = "verify-full") -> Done:
    env = {name: lab.env[f"POSTGRES_{name[2:]}"] for name in ("PGHOST", "PGPORT")}
    env |= {"PGUSER": user or lab.env["POSTGRES_USER"], "PGPASSWORD": password or lab.env["POSTGRES_PASSWORD"]}
    env |= {"PGDATABASE": lab.env["POSTGRES_DB"], "PGSSLMODE": mode, "PGCONNECT_TIMEOUT": "2"}
    return RunningLab(lab.env | env).run("psql", "-XAtwc", statement)


def redis(lab: RunningLab, *words: str) -> Done:
    where = ["-h", lab.env["REDIS_HOST"], "-p", lab.env["REDIS_PORT"], "--tls"]
    return lab.run("timeout", "2", "redis-cli", *where, *words, REDISCLI_AUTH=lab.env["REDIS_PASSWORD"])


def ssh(lab: RunningLab, command: str) -> Done:
    return lab.run("ssh", "-F", lab.env["LAB_SSH_CONFIG"], "lab", command)


def storage(lab: RunningLab, method: str, path: str) -> tuple[int, str]:
    scope = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    link = http.client.HTTPConnection(lab.env["S3_ENDPOINT"].removeprefix("http://"), timeout=5)
    try:
        link.request(method, path, headers={"Authorization": scope})
        answer = link.getresponse()
        return answer.status, answer.read().decode()
    finally:
        link.close()


def test_the_history_of_migrations(lab: RunningLab) -> None:
    need(lab, "pg")
    done = psql(lab, "select count(*) < 46, max(version::int), min(installed_rank), bool_and(success) from flyway_schema_history")
    assert done.out == "t|46|1|t\n"
    assert psql(lab, "select count(*) from companies").out == "3\n"


def test_the_database_takes_no_plain_connection_and_its_reader_writes_nothing(lab: RunningLab) -> None:
    need(lab, "pg")
    assert psql(lab, "select 1", mode="disable").code == 2
    reader = {"user": lab.env["POSTGRES_READ_USER"], "password": lab.env["POSTGRES_READ_PASSWORD"]}
    assert psql(lab, "select count(*) from companies", **reader).out == "3\n"
    assert "permission denied" in psql(lab, "delete from companies", **reader).err


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        ("postgres", 2, "Connection refused"),
        ("postgres-hang", 2, "timeout expired"),
        ("postgres-password", 2, "password authentication failed"),
        ("flyway", 0, "f\n"),
    ],
)
def test_postgres_breaks_and_mends(lab: RunningLab, fault: str, code: int, text: str) -> None:
    need(lab, "pg")
    statement = "select success from flyway_schema_history order by installed_rank desc limit 1"
    lab.broken(fault)
    done = psql(lab, statement)
    assert done.code == code
    assert text in done.out + done.err
    lab.mend(fault)
    assert psql(lab, statement).out == "t\n"


@pytest.mark.parametrize(("fault", "said"), [("postgres", "PostgreSQL is stopped"), ("postgres-hang", "PostgreSQL is frozen")])
def test_nothing_in_a_server_that_does_not_answer_can_be_broken(lab: RunningLab, fault: str, said: str) -> None:
    need(lab, "pg")
    lab.broken(fault)
    done = lab.run("lab", "break", "flyway")
    lab.mend(fault)
    assert (done.code, said in done.err) == (1, True)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("redis", "Connection refused"),
        ("redis-hang", ""),
        ("redis-password", "WRONGPASS"),
        ("redis-tls", "certificate verify failed"),
    ],
)
def test_redis_breaks_and_mends(lab: RunningLab, fault: str, text: str) -> None:
    need(lab, "redis")
    lab.broken(fault)
    done = redis(lab, "PING")
    assert "PONG" not in done.out
    assert text in done.err
    lab.mend(fault)
    assert redis(lab, "PING").out == "PONG\n"


def test_redis_keeps_nothing_in_the_process_table(lab: RunningLab) -> None:
    need(lab, "redis")
    assert lab.env["REDIS_PASSWORD"] not in lab.run("ps", "-eo", "args").out
    assert redis(lab, "CONFIG", "GET", "maxmemory-policy").out.split() == ["maxmemory-policy", "allkeys-lru"]


def test_the_bucket_is_there_and_versioned(lab: RunningLab) -> None:
    need(lab, "s3")
    assert "facturas/" in storage(lab, "GET", f"/{lab.env['STORAGE_S3_BUCKET']}")[1]
    assert "Enabled" in storage(lab, "GET", f"/{lab.env['STORAGE_S3_BUCKET']}?versioning")[1]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("s3-bucket", 404, "NoSuchBucket"), ("s3-denied", 403, "AccessDenied"), ("s3-slow-down", 503, "SlowDown")],
)
def test_storage_breaks_and_mends(lab: RunningLab, fault: str, status: int, code: str) -> None:
    need(lab, "s3")
    path = f"/{lab.env['STORAGE_S3_BUCKET']}"
    lab.broken(fault)
    found, text = storage(lab, "GET", path)
    assert found == status
    assert code in text
    assert storage(lab, "HEAD", path) == (status, "")
    lab.mend(fault)
    assert storage(lab, "GET", path)[0] == 200


def test_storage_that_refuses_connections_keeps_its_objects(lab: RunningLab) -> None:
    need(lab, "s3")
    lab.broken("s3")
    with pytest.raises(ConnectionRefusedError):
        storage(lab, "GET", f"/{lab.env['STORAGE_S3_BUCKET']}")
    lab.mend("s3")
    assert "facturas/" in storage(lab, "GET", f"/{lab.env['STORAGE_S3_BUCKET']}")[1]


@pytest.mark.ssh
def test_a_command_by_ssh(lab: RunningLab) -> None:
    need(lab, "ssh")
    done = ssh(lab, "echo $((6 * 7)); exit 5")
    assert (done.code, done.out) == (5, "42\n")


@pytest.mark.ssh
@pytest.mark.parametrize(("fault", "text"), [("ssh", "Connection refused"), ("ssh-host-key", "Host key verification failed")])
def test_ssh_breaks_and_mends(lab: RunningLab, fault: str, text: str) -> None:
    need(lab, "ssh")
    lab.broken(fault)
    done = ssh(lab, "true")
    assert done.code == 255
    assert text in done.err
    lab.mend(fault)
    assert ssh(lab, "true").code == 0


def test_the_api_shows_where_the_real_servers_are(lab: RunningLab) -> None:
    need(lab, "pg")
    shown = lab.run("doctl", "databases", "get", lab.env["DB_CLUSTER_ID"], "--format", "URI", "--no-header").out
    assert f":{lab.env['POSTGRES_PASSWORD']}@localhost:{lab.env['POSTGRES_PORT']}/" in shown
