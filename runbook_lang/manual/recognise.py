"""What in a manual is a command, and which sentences say how to see that it worked."""

from __future__ import annotations

from ..base.pattern import lazy

SHELLS = frozenset(
    "bash sh shell zsh ksh dash console shell-session shellsession terminal sh-session bash-session command cmd fish".split()
)
SQL = frozenset("sql pgsql postgresql psql postgres plpgsql".split())
REDIS = frozenset({"redis", "redis-cli"})
PROGRAMS = frozenset(
    "ansible ansible-playbook apt apt-get argocd aws az bash brew bundle bzip2 cargo cat cd certbot chgrp chmod chown cp "
    "createdb cron crontab curl cut date dd df dig dnf docker docker-compose doctl dropdb du echo env etcdctl export find "
    "flyway free gcloud gh git go gpg grep gunzip gzip helm heroku host hostname hostnamectl htop http ifconfig ip iptables "
    "java jobs journalctl jq kill killall kubectl launchctl less ln logger ls lsof make mc mkdir mongo mongodump mongorestore "
    "mongosh mount mv mvn mysql mysqladmin mysqldump nc netcat netstat nginx ngrok nmap node nohup npm npx nslookup openssl "
    "passwd pg_ctl pg_dump pg_isready pg_restore pgrep php ping pip pip3 pkill pnpm podman printf ps psql pwd python python3 "
    "rabbitmqctl rails rake reboot redis-benchmark redis-cli redis-server rm rsync ruby runbook s3cmd scp screen sed sentry- "
    "cli service sftp sh shutdown skopeo sleep source sqlite3 ss ssh ssh-keygen stat stern sudo supervisorctl swapoff swapon "
    "sysctl systemctl tail tar tee telnet terraform test timedatectl timeout tmux top touch traceroute truncate ufw umount "
    "unzip uptime vacuumdb vault vi vim vmstat watch wget which xargs yarn yum zcat zip zsh".split()
)
"""First words that tell a command from a file's name or a value. In a block that says `bash` every line is one."""

_SQL_START = lazy(
    r"(?is)\s*(?:select\b.+|insert\s+into\b.+|update\s+\S+\s+set\b.+|delete\s+from\b.+|(?:create|alter|drop|truncate)\s+(?:unlogged\s+|unique\s+|temp\w*\s+)?"
    r"(?:table|index|database|role|user|view|schema|sequence|extension|materialized|function|type)\b.+|truncate\s+\w.*|vacuum\b.*|analyze\s+\w.*|"
    r"explain\s.+|grant\s.+\sto\s.+|revoke\s.+\sfrom\s.+|reindex\s.+|with\s+\w+\s+as\s*\(.+)"
)
_PATH = lazy(r"(?:\./|\.\./|/)[\w./<>{}-]+")
_SCRIPT = lazy(r"[\w./-]+/[\w.-]+\.(?:sh|py|bash|pl|rb)")
_ASSIGNMENT = lazy(r"(?:export[ \t]+)?[A-Za-z_]\w*=(?:\S|$)")
_PROMPT = lazy(r"(?:[\w.-]+@[\w.-]+\S*)?\$[ \t]+(?=\S)")
_WORD = lazy(r"[A-Za-z0-9_][\w.+-]*")
_NUMBERED = lazy(r"(?:(?:paso|step|schritt|étape)[ \t]+)?\d+(?:\.\d+)*[.):][ \t]+(?=\S)|(?:paso|step)[ \t]+\d+[ \t]*[-–—:][ \t]*(?=\S)", 2)
_SUCCESS = lazy(
    r"(?i)[\s*_>•-]*(?:✅|✔️?|☑️?|🟢)?[\s*_`]*(?:"
    r"(?:criterios?\s+de\s+)?[ée]xito\b|resultado\s+esperado|salida\s+esperada|se\s+espera|deber[íi]as?\s+(?:ver|aparecer|mostrar|responder|devolver|obtener|dar)|"
    r"debe\s+(?:ver|aparecer|mostrar|responder|devolver)|respuesta\s+esperada|verificaci[óo]n\s+esperada|esperado\b|"
    r"expected\b|expect\b|success(?:\s+criteri(?:on|a))?\s*:|you\s+should\s+(?:see|get|now\s+see)|should\s+(?:return|print|show|see|respond)|"
    r"the\s+(?:output|result|response)\s+should\b|output\s*:|desired\s+result)"
)
_MARK = lazy(r"[\s*_>•-]*(?:✅|✔️?|☑️?|🟢)")


def is_shell_block(language: str, lines: list[str]) -> bool:
    """Whether a code block holds commands: its fence says so, or it says nothing and the first line is one."""
    if language in SHELLS:
        return True
    if language not in ("", "text", "txt", "none", "plain", "plaintext", "code"):
        return False
    said = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    if any(_PROMPT.match(line) for line in said):
        return True
    return bool(said) and is_command(said[0], alone=True)


def is_command(text: str, alone: bool = False) -> bool:
    """Whether inline code is a command and no name. `alone`: it has a line of its own, so one word may be enough."""
    text = text.strip()
    if not text:
        return False
    if _PROMPT.match(text):
        return True
    first, _, rest = text.partition(" ")
    if _PATH.fullmatch(first) and (first.startswith("./") or rest.strip()):
        return first.startswith(".") or "." in first.rpartition("/")[2] or alone or "/bin/" in first
    if _SCRIPT.fullmatch(first) and rest.strip():
        return True
    if alone and _ASSIGNMENT.match(text):
        return True
    return first in PROGRAMS and (bool(rest.strip()) or alone) and not _is_prose(first, rest, alone)


_ALSO_WORDS = frozenset("host test service date free find make time watch screen env go top less http node stat source".split())


def _is_prose(first: str, rest: str, alone: bool) -> bool:
    """`test.txt is …`, `host name`: words that happen to begin with a program's name."""
    if first in (
        "host",
        "test",
        "service",
        "date",
        "free",
        "find",
        "make",
        "time",
        "watch",
        "screen",
        "env",
        "go",
        "top",
        "less",
        "http",
        "node",
        "stat",
        "source",
        "split",
    ):
        words = rest.split()
        return not alone and not any(word[:1] in "-./$<\"'" or "/" in word or "." in word for word in words)
    return False


def is_sql(text: str) -> bool:
    return _SQL_START.fullmatch(text) is not None


def without_prompt(text: str) -> str:
    found = _PROMPT.match(text.strip())
    return text.strip()[found.end() :] if found else text.strip()


def unnumbered(text: str) -> str:
    """A title without the number of its step."""
    found = _NUMBERED.match(text)
    return text[found.end() :] if found else text


def says_success(text: str) -> bool:
    """Whether a line of prose says how to see that a step worked."""
    return _SUCCESS.match(text) is not None or _MARK.match(text) is not None
