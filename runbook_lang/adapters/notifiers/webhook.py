"""Any webhook: a JSON document, signed with HMAC-SHA256 where RUNBOOK_WEBHOOK_SECRET (or RUNBOOK_WEBHOOK_SECRET_<HOST>) is set.

`X-Runbook-Signature: sha256=<hex>` is over `<X-Runbook-Timestamp>.<body>`; `Idempotency-Key` is the same in every attempt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from urllib.parse import urlsplit

from .contract import MANY, Answer, Notice, Settings, cut
from .exchange import answer_of, exchange


class Webhook:
    name = "webhook"

    def send(self, notice: Notice, settings: Settings) -> Answer:
        url = notice.to
        if "://" not in url:  # a name: its URL is a setting
            url, variable = settings.of("WEBHOOK", notice.to)
            if not url:
                return Answer(ok=False, why=f"{variable} isn't set")
        body = json.dumps(document(notice), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": notice.key}
        secret, _ = settings.of("WEBHOOK_SECRET", urlsplit(url).hostname or "")
        if secret:
            stamp = str(int(time.time()))
            headers["X-Runbook-Timestamp"] = stamp
            headers["X-Runbook-Signature"] = "sha256=" + signature(secret, stamp, body)
        return answer_of(exchange("POST", url, settings, body=body, headers=headers))


def document(notice: Notice) -> dict[str, object]:
    """Every field of the notice but for the channel's own."""
    fields = {name: getattr(notice, name) for name in notice.__fields__ if name not in ("channel", "to", "text")}
    return {**fields, "text": cut(notice.text, MANY if notice.kind == "grouped" else 8000)}


def signature(secret: str, stamp: str, body: bytes) -> str:
    """What a receiver computes, to compare."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


NOTIFIER = Webhook()
