"""The types of what redis commands answer, from the "Return" sections of the server's own documentation (redis 7).

Only commands whose answer has one type, whatever their arguments and whether or not the key is there: `GET` may answer
with nothing, and `SET` with the old value, so both stay open. Types are those that `redis-cli --json` prints.
"""

from __future__ import annotations

from ..expr.types import DYN, INT, STRING, ListType, MapType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.types import Type

_INTEGERS = frozenset(
    "append bitcount bitop bitpos copy dbsize decr decrby del exists expire expireat expiretime geoadd hdel hexists hincrby hlen hset "
    "hsetnx hstrlen incr incrby lastsave llen lpush lpushx lrem move msetnx persist pexpire pexpireat pexpiretime pfadd pfcount pttl "
    "publish renamenx rpush rpushx sadd scard sdiffstore setbit getbit setnx setrange sinterstore sismember smove spublish srem strlen "
    "sunionstore touch ttl unlink wait xack xdel xlen xtrim zcard zcount zdiffstore zinterstore zlexcount zrangestore zrem "
    "zremrangebylex zremrangebyrank zremrangebyscore zunionstore cluster|countkeysinslot cluster|keyslot command|count slowlog|len "
    "acl|deluser client|id client|unblock".split()
)
_TEXTS = frozenset(
    "ping echo flushall flushdb hmset lset ltrim mset psetex rename replicaof slaveof select setex swapdb type config|set "
    "config|rewrite config|resetstat client|setname acl|setuser acl|save acl|load acl|whoami script|flush script|load".split()
)
_LISTS = frozenset("hkeys hvals keys lrange smembers sdiff sinter sunion acl|list acl|users acl|cat pubsub|channels".split())
_MAPS = frozenset("hgetall config|get".split())


def reply_type(name: str) -> Type:
    """The type of a command's answer by its name (`config|get`); dyn where it depends."""
    if name in _INTEGERS:
        return INT
    if name in _TEXTS:
        return STRING
    if name in _LISTS:
        return ListType(STRING)
    return MapType(STRING, STRING) if name in _MAPS else DYN
