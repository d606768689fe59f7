"""aws against an S3 that keeps its contract, and against servers that answer badly."""

from __future__ import annotations

import http.server
import os
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.executors.aws import AwsExecutor, judge
from runbook_lang.executors.conformance import FakeAttempt, check_outcome, check_secret_argv
from runbook_lang.executors.process import Finished
from runbook_lang.expr.types import DYN, INT, STRING, ListType, RecordType
from runbook_lang.expr.values import SecretRef
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.aws import SURFACE

SECRETS = {"key": "AKIAEXAMPLE", "secret": "wJalrXUtnFEMI/EXAMPLE"}
RESULT = RecordType("aws result", {"exit": INT, "stdout": STRING, "stderr": STRING, "lines": ListType(STRING), "json": DYN})
Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An S3 in this process, with the bucket `pymes` and the object `health/a.txt`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(command: str, endpoint: str, **more: Any) -> Outcome:
        args = {
            "command": command.split(),
            "endpoint_url": endpoint,
            "region": "us-east-1",
            "access_key_id": SecretRef("key"),
            "secret_access_key": SecretRef("secret"),
        }
        request = SURFACE.request({**args, **more.pop("args", {})})
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
        attempt = FakeAttempt(
            request,
            effect=request.data["effect"],
            secrets=SECRETS,
            env={"PATH": path, "HOME": str(tmp_path)},
            library=str(tmp_path),
            **more,
        )
        outcome = AwsExecutor().run(attempt)
        check_outcome(outcome, RESULT)
        return outcome

    return run


@pytest.fixture(scope="module")
def answers() -> Iterator[Callable[[int, str], str]]:
    """`answers(403, 'InvalidAccessKeyId')`: an endpoint that gives every request that S3 error."""
    servers: list[http.server.HTTPServer] = []

    def start(status: int, code: str) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_DELETE = do_POST = answer  # noqa: N815 - the names that the base class calls

            def log_message(self, *_: Any) -> None:
                return

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.lab
@pytest.mark.slow
def test_a_bucket_from_its_making_to_its_end(run: Run, endpoint: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ok")
    assert run("s3 mb s3://pymes", endpoint).ok
    copied = run("s3 cp a.txt s3://pymes/health/a.txt", endpoint)
    assert copied.ok, copied.message
    assert copied.value["lines"] == ["upload: ./a.txt to s3://pymes/health/a.txt"]
    assert run("s3 ls s3://pymes/health/", endpoint).value["lines"][0].endswith("a.txt")
    listed = run("s3api list-objects-v2 --bucket pymes", endpoint)
    assert listed.value["json"]["Contents"][0]["Key"] == "health/a.txt"
    nothing = run("s3 ls s3://pymes/nosuch", endpoint)
    assert (nothing.ok, nothing.kind, nothing.value["exit"]) == (False, "exit", 1)
    assert "nothing matches" in nothing.message
    missing = run("s3api head-object --bucket pymes --key nosuch", endpoint)
    assert (missing.ok, missing.kind) == (False, "status")
    assert "404" in missing.message
    gone = run("s3 cp s3://pymes/nosuch here", endpoint)
    assert (gone.kind, gone.applied) == ("status", "no"), gone.message
    removed = run("s3api delete-object --bucket pymes --key health/a.txt", endpoint, wants=frozenset({"exit"}))
    assert (removed.ok, removed.value["stdout"]) == (True, "")
    lost = run("s3 cp a.txt s3://nosuch/a.txt", endpoint)
    assert (lost.kind, lost.applied) == ("status", "no"), lost.message
    assert "NoSuchBucket" in lost.message


REFUSALS = [
    (403, "InvalidAccessKeyId", "auth", "no"),
    (403, "SignatureDoesNotMatch", "auth", "no"),
    (400, "ExpiredToken", "auth", "no"),
    (409, "BucketAlreadyExists", "status", "no"),
    (503, "SlowDown", "status", "unknown"),
]


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize(("status", "code", "kind", "applied"), REFUSALS)
def test_errors_of_the_service(run: Run, answers: Callable[[int, str], str], status: int, code: str, kind: str, applied: str) -> None:
    outcome = run("s3api create-bucket --bucket b", answers(status, code))
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, kind, applied), outcome.message
    assert code in outcome.message


@pytest.mark.lab
@pytest.mark.slow
def test_connections_that_fail(run: Run) -> None:
    refused = run("s3api create-bucket --bucket b", "http://127.0.0.1:1")
    assert (refused.kind, refused.applied) == ("refused", "no"), refused.message
    unknown = run("s3api create-bucket --bucket b", "http://nosuch.invalid")
    assert (unknown.kind, unknown.applied) == ("dns", "no"), unknown.message
    with socket.create_server(("127.0.0.1", 0)) as silent:
        waiting = run("s3api create-bucket --bucket b", f"http://127.0.0.1:{silent.getsockname()[1]}", limit_us=2_500_000)
    assert (waiting.kind, waiting.applied) == ("timeout", "unknown")


@pytest.mark.lab
@pytest.mark.slow
def test_without_credentials_nothing_is_sent(run: Run) -> None:
    given: dict[str, Any] = {"access_key_id": None, "secret_access_key": None, "profile": "nosuch"}
    outcome = run("s3api create-bucket --bucket b", "http://127.0.0.1:1", args=given)
    assert (outcome.kind, outcome.applied) == ("auth", "no"), outcome.message


@pytest.mark.lab
@pytest.mark.slow
def test_a_usage_error_changes_nothing(run: Run) -> None:
    outcome = run("s3api put-bucket-nothing --bucket b", "http://127.0.0.1:1")
    assert (outcome.kind, outcome.applied) == ("exit", "no")
    assert "usage: aws [options]" not in outcome.message


BY_TEXT = [
    # command, exit, stderr, kind, applied; version 2's exits as its manual has them
    ("ec2 create-vpc", 254, "An error occurred (UnauthorizedOperation) when calling the CreateVpc operation: no", "auth", "no"),
    ("ec2 create-vpc", 254, "An error occurred (InternalError) when calling the CreateVpc operation (reached max retries: 0): x", "status", "unknown"),
    ("ec2 create-vpc", 252, "aws: error: argument operation: Invalid choice", "exit", "no"),
    ("ec2 create-vpc", 253, "Unable to locate credentials. You can configure credentials by running \"aws configure\".", "auth", "no"),
    ("ec2 create-vpc", 255, "SSL validation failed for https://h/ [SSL: CERTIFICATE_VERIFY_FAILED]", "tls", "no"),
    ("ec2 create-vpc", 255, 'Connect timeout on endpoint URL: "http://h/"', "timeout", "no"),
    ("ec2 create-vpc", 255, 'Read timeout on endpoint URL: "http://h/"', "timeout", "unknown"),
    ("ec2 create-vpc", 255, 'Connection was closed before we received a valid response from endpoint URL: "http://h/".', "killed", "unknown"),
    ("s3 rm s3://b/ --recursive", 1, "delete failed: s3://b/k An error occurred (AccessDenied) when calling the DeleteObject operation: no", "auth", "unknown"),
    ("s3 rm s3://b/ --recurs", 1, "delete failed: s3://b/k An error occurred (AccessDenied) when calling the DeleteObject operation: no", "auth", "unknown"),
    ("s3 sync . s3://b", 1, "fatal error: An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: no", "status", "no"),
    ("s3 sync . s3://b", 2, "warning: Skipping file x. File does not exist.", "exit", "unknown"),
    ("s3 cp a s3://b --nope", 252, "Unknown options: --nope", "exit", "no"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "exit", "stderr", "kind", "applied"), BY_TEXT)
def test_errors_by_their_text(command: str, exit: int, stderr: str, kind: str, applied: str) -> None:
    request = SURFACE.request({"command": command.split()})
    outcome = judge(Finished("exit", exit=exit, stderr=stderr.encode() + b"\n"), FakeAttempt(request, effect="change"))
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, kind, applied)


def test_a_rehearsal_that_would_have_succeeded_is_well() -> None:
    request = SURFACE.request({"command": ["ec2", "create-vpc", "--dry-run"]})
    text = (
        b"An error occurred (DryRunOperation) when calling the CreateVpc operation: Request would have succeeded, but DryRun flag is set.\n"
    )
    outcome = judge(Finished("exit", exit=254, stderr=text), FakeAttempt(request))
    assert (outcome.ok, outcome.applied) == (True, "no")


def test_a_secret_among_the_arguments_is_refused() -> None:
    check_secret_argv(AwsExecutor(), SURFACE.request({"command": ["s3", "ls"]}))


def test_one_request_for_a_change_no_pager_and_no_token_of_other_keys() -> None:
    """AWS_PAGER empties version 2's pager where version 1 would refuse --no-cli-pager; a token belongs to its own keys."""
    change = SURFACE.request({"command": ["s3api", "create-bucket", "--bucket", "b"], "access_key_id": SecretRef("k")})
    read = SURFACE.request({"command": ["s3api", "list-buckets"]})
    assert {"AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1", "AWS_SESSION_TOKEN": ""}.items() <= dict(change.env).items()
    assert {"AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "3"}.items() <= dict(read.env).items()
    assert "AWS_SESSION_TOKEN" not in dict(read.env)
    assert "--no-cli-pager" not in (*change.argv, *read.argv)
