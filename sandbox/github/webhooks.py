"""Delivers events to the hooks of a repository: signed, one after the other, and recorded."""

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from sandbox.courier import Courier
from sandbox.github import records, shapes
from sandbox.github.realm import Realm

_ANSWER_SECONDS = 10.0
_MOST_KEPT = 500
_MOST_BODY = 65_536
_FIRST_BAD_STATUS = 400


@dataclass(frozen=True)
class _Letter:
    hook: int
    repository: int
    guid: str
    event: str
    action: str | None
    payload: dict[str, Any]
    redelivery: bool


class Webhooks:
    """Takes events from anywhere and sends them from a thread of its own."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._courier = Courier("webhooks", self._deliver, answer_seconds=_ANSWER_SECONDS)

    def start(self) -> None:
        self._courier.start()

    def stop(self) -> None:
        """Deliver what is waiting, for a moment, then end."""
        self._courier.stop()

    def announce(
        self, repository: records.Repository, event: str, action: str | None, sender: str, **content: Any
    ) -> None:
        """Tell the active hooks of a repository that want this event."""
        apps = {app.id: app for app in self._realm.apps.where(owner=repository.owner)}
        told = [*self._realm.hooks.where(repository=repository.id), *map(self._hook_of, apps)]
        hooks = [hook for hook in told if hook is not None and _wants(hook, event)]
        if not hooks:
            return
        payload = self._payload(repository, action, sender, content)
        for hook in hooks:
            app = apps.get(hook.app) if hook.app else None
            more = (
                {"installation": {"id": app.installation, "node_id": f"I{app.installation}"}} if app else {}
            )
            self._put(hook, repository, event, action, payload | more)

    def send(self, hook: records.Hook, event: str, sender: str, content: dict[str, Any]) -> None:
        """Tell one hook, whether it wants the event or not."""
        repository = self._realm.repositories[hook.repository]
        self._put(hook, repository, event, None, self._payload(repository, None, sender, content))

    def repeat(self, delivery: records.Delivery) -> None:
        """Deliver once more, under the same `X-GitHub-Delivery`."""
        self._courier.put(
            _Letter(
                hook=delivery.hook,
                repository=delivery.repository,
                guid=delivery.guid,
                event=delivery.event,
                action=delivery.action,
                payload=delivery.payload,
                redelivery=True,
            )
        )

    def _hook_of(self, app: int) -> records.Hook | None:
        return self._realm.hooks.find(lambda row: row.app == app)

    def _put(
        self,
        hook: records.Hook,
        repository: records.Repository,
        event: str,
        action: str | None,
        payload: dict[str, Any],
    ) -> None:
        guid = str(uuid.uuid4())
        self._courier.put(_Letter(hook.id, repository.id, guid, event, action, payload, redelivery=False))

    def _payload(
        self, repository: records.Repository, action: str | None, sender: str, content: dict[str, Any]
    ) -> dict[str, Any]:
        url = self._realm.url
        payload = {"action": action, **content} if action else dict(content)
        payload["repository"] = shapes.repository(self._realm, url, repository)
        owner = self._realm.account(repository.owner)
        if owner is not None and owner.kind == "Organization":
            payload["organization"] = shapes.account(url, owner)
        payload["sender"] = shapes.user(self._realm, url, sender)
        return payload

    def _deliver(self, client: httpx.Client, letter: _Letter) -> None:
        hook = self._realm.hooks.get(letter.hook)
        if hook is None:
            return
        body, headers = _request(hook, letter)
        started, at = time.monotonic(), self._realm.clock()
        response: httpx.Response | None = None
        try:
            response = client.post(hook.url, content=body, headers=headers)
            code, status = response.status_code, "OK" if response.is_success else response.reason_phrase
        except httpx.TimeoutException:
            code, status = 0, "timed out"
        except (httpx.HTTPError, httpx.InvalidURL):
            code, status = 0, "failed to connect to host"
        self._realm.deliveries.add(
            hook=hook.id,
            repository=letter.repository,
            guid=letter.guid,
            event=letter.event,
            action=letter.action,
            delivered_at=at,
            duration=time.monotonic() - started,
            redelivery=letter.redelivery,
            status=status or str(code),
            status_code=code,
            request_headers=headers,
            payload=letter.payload,
            response_headers=dict(response.headers) if response is not None else {},
            response_body=response.text[:_MOST_BODY] if response is not None else "",
        )
        for old in self._realm.deliveries.where(hook=hook.id)[:-_MOST_KEPT]:
            self._realm.deliveries.remove(old.id)
        fine = 0 < code < _FIRST_BAD_STATUS
        if self._realm.hooks.get(hook.id) is not None:
            self._realm.hooks.change(
                hook.id,
                last_code=code or None,
                last_status="active" if fine else "failed",
                last_message="OK" if fine else status,
            )


def _wants(hook: records.Hook, event: str) -> bool:
    return hook.active and ("*" in hook.events or event in hook.events)


def _request(hook: records.Hook, letter: _Letter) -> tuple[bytes, dict[str, str]]:
    text = json.dumps(letter.payload, separators=(",", ":"))
    as_json = hook.content_type == "json"
    body = (text if as_json else urlencode({"payload": text})).encode()
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json" if as_json else "application/x-www-form-urlencoded",
        "User-Agent": f"GitHub-Hookshot/{letter.guid[:7]}",
        "X-GitHub-Delivery": letter.guid,
        "X-GitHub-Event": letter.event,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(hook.app or letter.repository),
        "X-GitHub-Hook-Installation-Target-Type": "integration" if hook.app else "repository",
    }
    if hook.secret:
        key = hook.secret.encode()
        headers["X-Hub-Signature"] = "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest()
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return body, headers
