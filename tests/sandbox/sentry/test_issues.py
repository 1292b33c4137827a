"""The life of an issue by the REST API, and what the webhooks say of it."""

import hashlib
import hmac

from reporting_site import Caller, Clock, Hooks, Reporter

from sandbox.sentry import Sentry
from sandbox.sentry.server import Integration


def test_webhooks_are_signed_over_the_raw_body_and_name_who_did_it(
    sentry: Sentry, integration: Integration, hooks: Hooks, sdk: Reporter, api: Caller, person: Caller
) -> None:
    sdk.fail(ValueError("boom"))
    (issue,) = api.issues()
    api.put(issue["id"], status="resolved")
    person.put(issue["id"], status="unresolved")
    sentry.flush()
    assert hooks.kinds == ["issue.created", "issue.resolved", "issue.unresolved"]
    for headers, body in hooks.came:
        secret = integration.client_secret.encode()
        assert headers["Sentry-Hook-Signature"] == hmac.new(secret, body, hashlib.sha256).hexdigest()
        assert len(headers["Request-ID"]) == 32
        assert headers["Sentry-Hook-Timestamp"] == "1795482000"
    created, resolved, unresolved = (hooks.last(kind) for kind in hooks.kinds)
    assert created["actor"] == {"type": "application", "id": "sentry", "name": "Sentry"}
    assert resolved["actor"] == {"type": "application", "id": integration.app, "name": "STUF Bot"}
    assert unresolved["actor"]["type"] == "user"
    assert unresolved["actor"]["name"] == "Omar Ops"
    assert {one["installation"]["uuid"] for one in (created, resolved)} == {integration.installation}
    assert created["data"]["issue"]["shortId"] == "ACME-AUDIT-1"
    assert resolved["data"]["issue"]["status"] == "resolved"


def test_a_comment_is_not_taken_twice_within_an_hour(
    sentry: Sentry, hooks: Hooks, sdk: Reporter, api: Caller, clock: Clock
) -> None:
    sdk.fail(ValueError("boom"))
    path = f"/organizations/acme/issues/{api.issues()[0]['id']}/comments/"
    first = api("POST", path, json={"text": "looking at it"})
    assert (first.status_code, first.json()["type"]) == (201, "note")
    again = api("POST", path, json={"text": "looking at it"})
    assert (again.status_code, again.json()) == (400, {"detail": "You have already posted that comment."})
    clock.pass_by(3601)
    assert api("POST", path, json={"text": "looking at it"}).status_code == 201
    sentry.flush()
    assert hooks.kinds.count("comment.created") == 2
    assert hooks.last("comment.created")["data"]["comment"] == "looking at it"
    assert len(api("GET", path).json()) == 2
