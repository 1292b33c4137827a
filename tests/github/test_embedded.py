"""What the embedded GitHub tells of a commit made through its API is read like the real one's."""

import threading
from typing import Any

import httpx
from github_hearing import Hearing

from sandbox.github import GitHub as Hub

NOWHERE = "http://127.0.0.1:9/hooks/github"


def told(api: httpx.Client, hook: int) -> list[dict[str, Any]]:
    """What a hook was told but for its ping, the oldest first; waits until there is something."""
    pause = threading.Event()
    for _ in range(200):
        deliveries = api.get(f"hooks/{hook}/deliveries").json()
        found = [one for one in reversed(deliveries) if one["event"] != "ping"]
        if found:
            return [api.get(f"hooks/{hook}/deliveries/{one['id']}").json() for one in found]
        pause.wait(0.05)
    raise AssertionError("nothing was told")


def test_a_commit_through_the_api_is_told_as_a_push(hub: Hub, hearing: Hearing) -> None:
    headers = {"Authorization": f"Bearer {hub.create_token('acme')}"}
    with httpx.Client(base_url=f"{hub.url}/repos/acme/stuf-acme-audit/", headers=headers) as api:
        config = {"url": NOWHERE, "content_type": "json", "secret": "made up"}
        hook = api.post("hooks", json={"name": "web", "events": ["*"], "config": config}).json()["id"]
        change = {"message": "Deploy v2\n\nAs asked.", "content": "eA==", "branch": "main"}
        assert api.put("contents/new.txt", json=change).status_code == 201
        (push,) = [one for one in told(api, hook) if one["event"] == "push"]
    hearing.stuf = "acme-audit"
    (relay,) = hearing.hear("push", push["request"]["payload"])
    assert relay.subject.topic == "main commits"
    assert "pushed [1 commit](http://127.0.0.1" in relay.news[0].text
    assert "`Deploy v2`" in relay.news[0].text
    assert "As asked" not in relay.news[0].text
    assert relay.card.startswith("🌿 Branch `main` of [`acme/stuf-acme-audit`](http://127.0.0.1")
