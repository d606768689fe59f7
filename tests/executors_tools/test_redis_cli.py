"""redis-cli against real servers with TLS and a password: typed replies, and what it leaves unchecked."""

from __future__ import annotations

import math
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runbook_lang.executors.conformance import FakeAttempt, check_cancel, check_outcome, check_secret_argv
from runbook_lang.executors.redis_cli import RedisExecutor
from runbook_lang.expr.types import DYN
from runbook_lang.expr.values import SecretRef, Unknown
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.redis_cli import RESULT, SURFACE, result_type
from runbook_lang.surfaces.redis_command import find

pytestmark = pytest.mark.lab
SECRETS = {"redis_password": "s3cr:et\\pa'ss", "wrong": "wrong"}

Run = Callable[..., Outcome]


def _attempt(words: list[str], **args: Any) -> FakeAttempt:
    limit_s = args.pop("limit_s", 20)
    request = SURFACE.request({"command": words, **args})
    return FakeAttempt(request, effect=request.data["effect"], secrets=SECRETS, limit_us=int(limit_s * 1e6))


@pytest.fixture
def run(redis: Any) -> Run:
    """Runs a command without TLS, with the right password."""

    def run(text: str | list[str], **args: Any) -> Outcome:
        words = text.split() if isinstance(text, str) else text
        outcome = RedisExecutor().run(_attempt(words, **{"port": redis.port, "password": SecretRef("redis_password"), **args}))
        check_outcome(outcome, RESULT)
        return outcome

    return run


def tls(redis: Any, authority: Any, **args: Any) -> Outcome:
    given = {
        "host": "localhost",
        "port": redis.tls_port,
        "tls": True,
        "cacert": str(authority.ca),
        "password": SecretRef("redis_password"),
        **args,
    }
    return RedisExecutor().run(_attempt(["PING"], **given))


REPLIES = [
    ("PING", "PONG"), ("GET nosuch", None), (["SET", "empty", ""], "OK"), ("GET empty", ""), ("SMEMBERS nosuch", []), ("HGETALL nosuch", {}),
    ("INCR counter:{}", 1), (["SET", "odd", "a\"b\\c\né"], "OK"), ("GET odd", "a\"b\\c\né"), ("EVAL return{1,'x',false} 0", [1, "x", None]),
]  # fmt: skip


def test_replies_keep_their_types(run: Run) -> None:
    assert run("FLUSHALL").ok
    for command, value in REPLIES:
        outcome = run(command)
        assert (outcome.ok, outcome.value.get("value")) == (True, value), (command, outcome.message)


TYPED = """
APPEND s x|BITCOUNT s|BITOP AND d s s|BITPOS s 1|COPY s s2|DBSIZE|DECR c|DECRBY c 2|DEL s|EXISTS s|EXPIRE c 100|EXPIRETIME c|GEOADD g 1 1 m
HDEL h f|HEXISTS h f|HSET h f 1|HINCRBY h f 1|HLEN h|HSETNX h f 2|HSTRLEN h f|INCR c|INCRBY c 2|LASTSAVE|LPUSH l a|LPUSHX l b|LLEN l
LREM l 0 zz|MSETNX q 1|PERSIST c|PEXPIRE c 1000|PFADD p a|PFCOUNT p|PTTL c|PUBLISH ch m|RPUSH l z|RPUSHX l y|SADD t a|SCARD t
SDIFFSTORE t2 t|SETBIT b 1 1|GETBIT b 1|SETNX u 1|SETRANGE v 0 x|SISMEMBER t a|SMOVE t t3 a|SREM t a|STRLEN v|TOUCH v|TTL v|UNLINK v
XADD x * f v|XLEN x|XDEL x 1-1|XTRIM x MAXLEN 10|ZADD z 1 m|ZCARD z|ZCOUNT z 0 1|ZLEXCOUNT z - +|ZREM z n|ZRANGESTORE z2 z 0 -1|COMMAND COUNT
SLOWLOG LEN|CLIENT ID
PING|PING m|ECHO m|HMSET h a 1|LSET l 0 x|LTRIM l 0 5|MSET a 1|PSETEX e 1000 v|SETEX e 10 v|RENAME a a2|SELECT 0|TYPE a2|TYPE nosuch
CONFIG SET maxmemory 0|CONFIG RESETSTAT|CLIENT SETNAME n|ACL WHOAMI|SCRIPT FLUSH
HKEYS h|HVALS h|KEYS *|LRANGE l 0 -1|SMEMBERS t|SDIFF t|SINTER t|SUNION t|ACL LIST|ACL USERS|ACL CAT|PUBSUB CHANNELS
HGETALL h|HGETALL nosuch|CONFIG GET maxmemory
INFO|CLIENT LIST
"""


def test_replies_have_the_types_that_a_check_counts_with(run: Run) -> None:
    """Each has a type, and what the server says is of it."""
    assert run("FLUSHALL").ok
    for command in TYPED.strip().replace("\n", "|").split("|"):
        words = command.split()
        type_ = result_type(find(words)).fields["value"]
        outcome = run(words)
        assert outcome.ok, (command, outcome.message)
        if words[0] not in ("XADD", "ZADD"):  # with options they answer otherwise
            assert type_ != DYN, command
        check_outcome(outcome, RESULT.replace(fields={**RESULT.fields, "value": type_}))
    assert run("FLUSHALL").ok


def test_collections_and_doubles(run: Run) -> None:
    for command in ("HSET h a 1 b 2", "ZADD z 1.5 m"):
        assert run(command).ok
    assert run("HGETALL h").value["value"] == {"a": "1", "b": "2"}
    assert run("ZSCORE z m").value["value"] == 1.5
    assert run("CONFIG GET maxmemory").value["value"] == {"maxmemory": "0"}


def test_doubles_that_json_does_not_have(run: Run) -> None:
    assert run("ZADD ends inf most -inf least").ok
    assert run("ZSCORE ends most").value["value"] == math.inf
    assert run("ZRANGE ends 0 -1 WITHSCORES").value["value"] == [["least", -math.inf], ["most", math.inf]]
    assert run("ZINCRBY ends inf most").value["value"] == math.inf
    assert run(["SET", "word", 'inf "inf" nan error:"x"']).ok
    assert run("GET word").value["value"] == 'inf "inf" nan error:"x"'


def test_an_error_inside_of_a_reply_is_named(run: Run) -> None:
    outcome = run(["EVAL", "redis.call('incr', 'tried'); return {1, redis.error_reply('ERR no \"room\"')}", "0"])
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, "exit", "unknown")
    assert outcome.message == 'redis: an error in the reply: ERR no "room"'


def test_fields_that_become_one_are_no_value(run: Run) -> None:
    """Names that aren't UTF-8 are shown with replacement characters."""
    fields = "'\\255', 'v1', '\\254', 'v2'"
    assert run(["EVAL", f"return redis.call('hset', 'odd', {fields})", "0"]).ok
    outcome = run("HGETALL odd")
    assert (outcome.ok, outcome.kind) == (False, "not_json")
    assert "two of its fields" in outcome.message


def test_a_server_without_maps_answers_with_a_map_all_the_same(old_server: int) -> None:
    """One of the protocol before refuses HELLO, and redis-cli goes on with that."""
    for command, value in (("HGETALL h", {"a": "1"}), ("CONFIG GET x", {"a": "1"}), ("LRANGE l 0 -1", ["a", "1"])):
        outcome = RedisExecutor().run(_attempt(command.split(), port=old_server))
        assert (outcome.ok, outcome.value.get("value")) == (True, value), outcome.message


@pytest.fixture
def old_server() -> Iterator[int]:
    """Answers every command but HELLO with a list of two texts."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2) for _ in range(int(line[1:]))]
                self.wfile.write(b"-ERR unknown command\r\n" if words[0].upper() == b"HELLO\r\n" else b"*2\r\n$1\r\na\r\n$1\r\n1\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_replies_for_people_stay_text(run: Run) -> None:
    assert "redis_version:" in run("INFO server").value["value"]
    assert run("CLIENT LIST").value["value"].startswith("id=")


def test_an_error_reply_is_a_failure_that_changed_nothing(run: Run) -> None:
    assert run("SET word x").ok
    outcome = run("INCR word")
    assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", "exit")
    assert "not an integer" in outcome.message


def test_an_error_inside_a_script_may_come_after_a_change(run: Run) -> None:
    outcome = run(["EVAL", "redis.call('set', 'half', 1); return redis.call('incr', 'word')", "0"])
    assert (outcome.ok, outcome.applied) == (False, "unknown")
    assert run("GET half").value["value"] == "1"


def test_a_wrong_password_stops_before_the_command(run: Run) -> None:
    outcome = run("SET never 1", password=SecretRef("wrong"))
    assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", "auth")
    assert "WRONGPASS" in outcome.message
    assert run("EXISTS never").value["value"] == 0
    assert run("GET never", password=SecretRef("wrong")).kind == "auth"


def test_only_the_command_s_own_output_is_shown(redis: Any) -> None:
    """The PING that tries the login before a change is no output of the step."""
    attempt = _attempt(["SET", "shown", "1"], port=redis.port, password=SecretRef("redis_password"))
    assert RedisExecutor().run(attempt).ok
    assert attempt.output.streams == {"stdout": b'"OK"\n'}


def test_no_password_is_a_refusal(run: Run) -> None:
    outcome = run("SET never 1", password=None)
    assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", "auth")


def test_a_user_without_a_password_is_a_refusal(run: Run) -> None:
    """redis-cli goes on as the default user, which here needs no password."""
    assert run("ACL SETUSER default nopass").ok
    try:
        for command, password in (("SET never 1", None), ("ACL WHOAMI", None), ("SET never 1", "")):
            outcome = run(command, user="ghost", password=password)
            assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", "auth")
            assert "nothing was sent" in outcome.message
        assert run("EXISTS never", password=None).value["value"] == 0
    finally:
        assert run(["ACL", "SETUSER", "default", "resetpass", ">" + SECRETS["redis_password"]], password=None).ok


def test_a_login_that_fails_is_told_where_the_server_would_serve_anyone(run: Run) -> None:
    """redis-cli goes on unauthenticated: with a default user that needs no password the command would run."""
    assert run("ACL SETUSER default nopass").ok
    try:
        outcome = run("SET never 1", user="ghost", password=SecretRef("wrong"))
        assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", "auth")
        read = run("GET nosuch", user="ghost", password=SecretRef("wrong"))
        assert (read.ok, read.kind) == (False, "auth")
        assert "in spite of it" in read.message
        assert run("EXISTS never", password=None).value["value"] == 0
    finally:
        assert run(["ACL", "SETUSER", "default", "resetpass", ">" + SECRETS["redis_password"]], password=None).ok


def test_a_database_that_is_not_there_is_no_silent_database_0(run: Run) -> None:
    outcome = run("SET wrong_db 1", db=99)
    assert (outcome.ok, outcome.applied, outcome.kind) == (False, "no", "exit")
    assert "99" in outcome.message
    assert run("EXISTS wrong_db").value["value"] == 0
    assert not run("GET wrong_db", db=99).ok
    assert run("SET right_db 1", db=1).ok
    assert run("EXISTS right_db").value["value"] == 0


def test_a_user_of_an_access_list(run: Run) -> None:
    assert run(["ACL", "SETUSER", "reader", "on", ">" + SECRETS["redis_password"], "~*", "+get", "+set", "-ping"]).ok
    assert run("SET by_user 1", user="reader").ok
    denied = run("DEL by_user", user="reader")
    assert (denied.kind, denied.applied) == ("auth", "no")


def test_refused_unknown_and_silent(run: Run) -> None:
    assert (run("PING", port=1).kind, run("PING", host="nosuch.invalid").kind) == ("refused", "dns")
    refused = run("SET a 1", port=1)
    assert (refused.kind, refused.applied) == ("refused", "no")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = run("PING", port=silent.getsockname()[1], limit_s=0.5)
        assert outcome.kind == "timeout"


def test_tls_with_the_right_name(redis: Any, authority: Any) -> None:
    outcome = tls(redis, authority)
    assert (outcome.ok, outcome.value.get("value")) == (True, "PONG"), outcome.message


def test_tls_checks_what_redis_cli_does_not(start_redis: Callable[..., Any], authority: Any) -> None:
    """redis-cli itself accepts any name that the authority signed."""
    other = start_redis("other")
    outcome = tls(other, authority)
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, "tls", "no")
    assert "localhost" in outcome.message


def test_tls_refuses_a_stranger_and_an_expired_certificate(redis: Any, start_redis: Callable[..., Any], authority: Any) -> None:
    stranger = tls(redis, authority, cacert=str(authority.folder / "stranger.crt"))
    expired = tls(start_redis("old"), authority)
    assert (stranger.kind, expired.kind) == ("tls", "tls")
    assert "expired" in expired.message


def test_tls_to_a_port_without_it(redis: Any, authority: Any) -> None:
    outcome = tls(redis, authority, port=redis.port, limit_s=1)
    assert (outcome.ok, outcome.applied) == (False, "no")
    assert outcome.kind in ("tls", "timeout")


def test_tls_with_a_file_that_is_not_there(redis: Any, authority: Any) -> None:
    outcome = tls(redis, authority, cacert="nosuch.pem")
    assert outcome.kind == "tls"
    assert "nosuch.pem" in outcome.message


def test_the_password_stands_in_no_argument(redis: Any) -> None:
    request = SURFACE.request({"command": ["PING"], "password": SecretRef("redis_password"), "port": redis.port})
    assert SECRETS["redis_password"] not in str(request)
    assert all(isinstance(word, str) for word in request.argv)
    assert request.env == (("REDISCLI_AUTH", SecretRef("redis_password")),)


def test_the_contract_of_executors(redis: Any) -> None:
    given = {"port": redis.port, "password": SecretRef("redis_password")}
    check_secret_argv(RedisExecutor(), SURFACE.request({"command": ["GET", "a"], **given}))
    check_cancel(RedisExecutor(), _attempt(["BLPOP", "nosuch", "0"], **given))


def test_an_argument_is_one_argument(run: Run) -> None:
    """Words that look like options or quotes reach the server as they are."""
    for word in ("-n", "--tls", "'", '"', "\\x41", "a b", "-"):
        assert run(["SET", "word", word]).ok
        assert run("GET word").value["value"] == word


def test_big_replies(run: Run) -> None:
    assert run(["SETRANGE", "big", "300000", "x"]).ok
    assert run("GET big").kind == "too_big"
    assert run("STRLEN big").value["value"] == 300001


def test_a_plan_and_a_run_have_the_same_shape() -> None:
    """A host, a database or a command that only the run knows changes words, never their number."""
    unknown = SURFACE.request({"command": ["GET", Unknown("k")], "host": Unknown("h"), "db": Unknown("d"), "tls": True})
    known = SURFACE.request({"command": ["GET", "k"], "host": "h", "db": "0", "tls": True})
    assert [word if isinstance(word, str) else word.text.replace("d", "0") for word in unknown.argv] == list(known.argv)
