"""Delivers events to the integrations of an organization: signed, in order, each tried once."""

import hashlib
import hmac
import json
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import httpx

from sandbox.courier import Courier
from sandbox.sentry import records
from sandbox.sentry.realm import Realm

# Sentry waits no longer for an answer.
_ANSWER_SECONDS: Final = 1.0
_MOST_KEPT: Final = 500


@dataclass(frozen=True)
class Delivery:
    """What came of one webhook; `status` is 0 when nobody answered in time."""

    integration: int
    resource: str
    action: str
    at: float
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class _Letter:
    integration: int
    resource: str
    body: bytes
    action: str


class Webhooks:
    """Takes events from anywhere and sends them from a thread of its own."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._done: deque[Delivery] = deque(maxlen=_MOST_KEPT)
        self._courier = Courier("sentry-webhooks", self._deliver, answer_seconds=_ANSWER_SECONDS)

    @property
    def deliveries(self) -> list[Delivery]:
        """The last ones, oldest first."""
        return list(self._done)

    def start(self) -> None:
        self._courier.start()

    def stop(self) -> None:
        """Deliver what is waiting, for a moment, then end."""
        self._courier.stop()

    def flush(self) -> None:
        """Wait until everything that was put before was tried."""
        self._courier.flush()

    def send(
        self,
        organization: int,
        actor: records.User | None,
        kind: str,
        data: dict[str, Any],
        *,
        only: int | None = None,
    ) -> None:
        """Tell the integrations that want `kind` (`issue.created`), or one; `actor` None is Sentry itself."""
        resource, _, action = kind.partition(".")
        for row in self._realm.integrations.where(organization=organization):
            if not row.webhook_url or not {resource, kind} & set(row.events) or only not in {None, row.id}:
                continue
            body = {
                "action": action,
                "installation": {"uuid": row.installation},
                "data": data,
                "actor": self._actor(actor),
            }
            self._courier.put(_Letter(row.id, resource, json.dumps(body).encode(), action))

    def _actor(self, user: records.User | None) -> dict[str, Any]:
        if user is None:
            return {"type": "application", "id": "sentry", "name": "Sentry"}
        app = self._realm.integrations.find(lambda row: row.user == user.id)
        if app is not None:
            return {"type": "application", "id": app.app, "name": app.name}
        return {"type": "user", "id": user.id, "name": user.name}

    def _deliver(self, client: httpx.Client, letter: _Letter) -> None:
        row = self._realm.integrations.get(letter.integration)
        if row is None:
            return
        headers = {
            "Content-Type": "application/json",
            "Request-ID": uuid.uuid4().hex,
            "Sentry-Hook-Resource": letter.resource,
            "Sentry-Hook-Timestamp": str(int(self._realm.clock())),
            "Sentry-Hook-Signature": signature(row.client_secret, letter.body),
        }
        try:
            status = client.post(row.webhook_url, content=letter.body, headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            status = 0
        at = self._realm.clock()
        self._done.append(Delivery(row.id, letter.resource, letter.action, at, status, headers, letter.body))


def signature(secret: str, body: bytes) -> str:
    """As which Sentry signs: HMAC-SHA256 of the raw body, in hex."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
