"""Writes the facts about redis commands: arity from a server, effects from the tables here.

    redis-server --port 7399 --save "" &
    redis-cli -p 7399 --json COMMAND | python scripts/redis_facts.py > runbook_lang/surfaces/data/redis_commands.json

The server's own flags say `readonly` or `write` for most commands. For the rest (administration,
connections, scripts), and for what can't be taken back, the tables decide. A command that is in
neither counts as a change.
"""

from __future__ import annotations

import json
import sys


def words(text: str) -> list[str]:
    return text.split()


DESTROY = words("""
 del unlink getdel flushall flushdb shutdown hdel srem zrem zremrangebylex zremrangebyrank zremrangebyscore lrem ltrim xdel xtrim
 xgroup|destroy xgroup|delconsumer function|delete function|flush acl|deluser cluster|reset cluster|flushslots cluster|delslots
 cluster|delslotsrange cluster|forget replicaof slaveof migrate debug module|unload
""")
READ = words("""
 ping echo info lastsave role time wait hello auth select quit reset readonly readwrite asking watch unwatch multi discard
 monitor subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe
 acl|cat acl|dryrun acl|genpass acl|getuser acl|help acl|list acl|users acl|whoami
 client|getname client|getredir client|help client|id client|info client|list client|trackinginfo
 cluster|count-failure-reports cluster|countkeysinslot cluster|getkeysinslot cluster|help cluster|info cluster|keyslot cluster|links
 cluster|myid cluster|nodes cluster|replicas cluster|shards cluster|slaves cluster|slots
 command command|count command|docs command|getkeys command|getkeysandflags command|help command|info command|list
 config|get config|help function|dump function|help function|list function|stats
 latency|doctor latency|graph latency|help latency|histogram latency|history latency|latest
 memory|doctor memory|help memory|malloc-stats memory|stats module|help module|list object|help
 pubsub|channels pubsub|help pubsub|numpat pubsub|numsub pubsub|shardchannels pubsub|shardnumsub
 script|exists script|help slowlog|get slowlog|help slowlog|len xgroup|help xinfo|help
""")
# Reads unless one of these words stands among the arguments.
READ_UNLESS = {
    "sort": ["store"],
    "georadius": ["store", "storedist"],
    "georadiusbymember": ["store", "storedist"],
    "bitfield": ["set", "incrby"],
    "getex": ["ex", "px", "exat", "pxat", "persist"],
    "acl|log": ["reset"],
}
# Doing it twice is doing it once, unless one of these words stands among the arguments.
REPEATABLE: dict[str, list[str]] = {
    "set": ["nx", "xx", "get"],
    "zadd": ["nx", "xx", "gt", "lt", "incr"],
    "expire": ["nx", "xx", "gt", "lt"],
    "expireat": ["nx", "xx", "gt", "lt"],
    "pexpire": ["nx", "xx", "gt", "lt"],
    "pexpireat": ["nx", "xx", "gt", "lt"],
    **{
        name: []
        for name in words("""
        setex psetex mset hset hmset sadd lset setbit setrange persist pfadd config|set config|resetstat config|rewrite
        script|load script|flush acl|setuser acl|save acl|load slowlog|reset latency|reset client|no-evict client|pause client|unpause
        sunionstore sinterstore sdiffstore zunionstore zinterstore zdiffstore zrangestore bitop pfmerge bgsave save
        """)
    },
}
# Replies that are text for people; redis-cli prints them as they are, whatever the output format.
TEXT = words("""
 info lolwut client|list client|info cluster|info cluster|nodes latency|doctor latency|graph memory|doctor memory|malloc-stats
 debug
""")
ENDLESS = ("monitor", "subscribe", "psubscribe", "ssubscribe", "sync", "psync")
SECRET = ("acl|getuser", "acl|list", "acl|genpass")


def facts_of(name: str, arity: int, flags: list[str]) -> dict[str, object]:
    """The facts of one command; fields that would say nothing are left out."""
    if name in DESTROY:
        effect = "destroy"
    elif name in READ or "readonly" in flags:
        effect = "read"
    else:
        effect = "change"
    facts: dict[str, object] = {"arity": arity, "effect": effect}
    for key, table in (("read_unless", READ_UNLESS), ("repeatable_unless", REPEATABLE)):
        if name in table:
            facts[key] = table[name]
    for key, names in (("text", TEXT), ("endless", ENDLESS), ("secret", SECRET)):
        if name in names:
            facts[key] = True
    return facts


def main() -> None:
    """Read the reply of COMMAND on stdin, write the facts to stdout, one command a line."""
    found: dict[str, dict[str, object]] = {}
    for name, arity, flags, _first, _last, _step, _acl, _tips, _keys, subcommands in json.load(sys.stdin):
        facts = facts_of(name, arity, flags)
        if subcommands:
            facts["group"] = True
        found[name] = facts
        for sub in subcommands:
            found[sub[0]] = facts_of(sub[0], sub[1], sub[2])
    named = {*DESTROY, *READ, *READ_UNLESS, *REPEATABLE, *TEXT, *ENDLESS, *SECRET}
    unknown = sorted(named - found.keys())
    if unknown:
        sys.exit(f"the tables name commands that the server doesn't have: {', '.join(unknown)}")
    lines = [f"  {json.dumps(name)}: {json.dumps(facts)}" for name, facts in sorted(found.items())]
    print('{\n "source": "COMMAND of redis 7.0.15; effects by scripts/redis_facts.py",\n "commands": {\n' + ",\n".join(lines) + "\n }\n}")


if __name__ == "__main__":
    main()
