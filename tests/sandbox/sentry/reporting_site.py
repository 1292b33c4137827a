"""What the tests of the embedded Sentry work with: a clock, a place for webhooks, the API, the real SDK."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
import sentry_sdk

from sandbox.sentry import Sentry
from sandbox.tables import Table

NOON = 1_795_482_000.0


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def empty(sentry: Sentry) -> None:
    """Let it forget all that it knows, as if it were new."""
    sentry.flush()
    realm = sentry._realm
    for table in vars(realm).values():
        if isinstance(table, Table):
            for row in list(table):
                table.remove(row.id)
    for name in ("occurrence", "event"):
        realm.database.query(f"DELETE FROM {name}")
    sentry._webhooks._done.clear()


class Hooks:
    """Takes webhooks: (headers, raw body), in order."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        hooks = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hooks.came.append((dict(self.headers), body))
                self.send_response(hooks.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/sentry"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def kinds(self) -> list[str]:
        """`issue.created` and so on."""
        return [
            f"{headers['Sentry-Hook-Resource']}.{json.loads(body)['action']}" for headers, body in self.came
        ]

    def last(self, kind: str) -> dict[str, Any]:
        """The newest body of that kind."""
        found = [
            json.loads(body) for (_, body), one in zip(self.came, self.kinds, strict=True) if one == kind
        ]
        return dict(found[-1])


class Caller:
    """The REST API with a token."""

    def __init__(self, base: str, token: str) -> None:
        self.base = f"{base}/api/0"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=10, **more)

    def issues(self, **query: Any) -> list[dict[str, Any]]:
        answer = self("GET", "/organizations/acme/issues/", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def issue(self, number: str) -> dict[str, Any]:
        return dict(self("GET", f"/organizations/acme/issues/{number}/").json())

    def put(self, number: str, **body: Any) -> requests.Response:
        return self("PUT", f"/organizations/acme/issues/{number}/", json=body)


class Reporter:
    """The real SDK, reporting to one project without any global state."""

    def __init__(self, dsn: str, **options: Any) -> None:
        given = {"release": "v1", "environment": "demo", "default_integrations": False, **options}
        self.client = sentry_sdk.Client(dsn, **given)

    def fail(self, error: Exception, user: str = "", transaction: str = "", **tags: str) -> None:
        """Raise, catch and report, and wait until it is taken."""
        scope = sentry_sdk.Scope()
        scope.set_client(self.client)
        if user:
            scope.set_user({"id": user})
        if transaction:
            scope.set_transaction_name(transaction)
        for name, value in tags.items():
            scope.set_tag(name, value)
        try:
            _work(error)
        except type(error) as caught:
            event, hint = sentry_sdk.utils.event_from_exception(caught, client_options=self.client.options)
            self.client.capture_event(event, hint, scope=scope)
        self.client.flush(timeout=5)


def _work(error: Exception) -> None:
    raise error
