"""The whole way with the embedded Sentry: a real error of the real SDK, real answers, real webhooks."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from little_sentry import Webhook
from pydantic import SecretStr
from sentry_room import Room
from talk import OMAR, TESS

from provisioning.sentry.client import SentryApi
from provisioning.sentry.errands import SentryErrands
from provisioning.sentry.http import SentryRefused
from sandbox.sentry import Sentry
from stuf_bot.errands import ErrandRefused

sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox" / "sentry"))

from reporting_site import Caller, Hooks, Reporter


@dataclass
class Embedded:
    """In the place of the small Sentry."""

    server: Sentry
    errands: SentryErrands
    hooks: Hooks
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def runs(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        """An errand, as the bot runs it."""
        try:
            result = self.errands.kinds()[kind](json.loads(json.dumps(payload)))
        except SentryRefused as refused:
            raise ErrandRefused(refused.code, str(refused)) from None
        return dict(json.loads(json.dumps(result)))

    @property
    def sent(self) -> list[Webhook]:
        """The webhooks that came."""
        self.server.flush()
        return [
            Webhook(
                f"{headers['Sentry-Hook-Resource']}.{json.loads(body)['action']}",
                json.loads(body),
                headers["Request-ID"],
            )
            for headers, body in self.hooks.came
        ]


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    hooks = Hooks()
    yield hooks
    hooks.server.shutdown()
    hooks.server.server_close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sentry]:
    server = Sentry(tmp_path / "sentry")
    server.create_organization("acme")
    tess = server.create_user("acme", "tess", "Tess Architect", "tess@example.org")
    server.create_team("acme", "stufs", (tess,))
    server.start()
    yield server
    server.stop()


def test_an_error_goes_to_chat_and_back(room: Room, server: Sentry, hooks: Hooks) -> None:
    app = server.create_integration("acme", "STUF Bot", hooks.url)
    # The bot is not told its id there: what it wrote is known by its words.
    dsn = server.create_project("acme", "stufs", "stuf-acme-audit")
    api = SentryApi(server.url, "acme", SecretStr(app.token))
    errands = SentryErrands(api, projects=list, looked=lambda: None, clock=lambda: datetime.now(UTC))
    room.sentry = Embedded(server, errands, hooks)  # type: ignore[assignment]
    room.knows(TESS, "tess")
    sdk = Reporter(dsn, release="stuf-api@1.4.2", environment="production")

    sdk.fail(KeyError("ana@example.org"), user="1", transaction="POST /uploads")
    room.settle()
    created = next(each for each in room.sentry.sent if each.kind == "issue.created")
    issue = str(created.body["data"]["issue"]["id"])
    card = room.card(issue)
    assert "KeyError" in card
    assert "release `stuf-api@1.4.2` · `production`" in card
    assert "uploads are affected" in card
    assert "ana@" not in card + str(room.record(issue)) + room.topic(issue)

    room.says(TESS, "comment looking at it", issue, mentioned=False)
    room.says(OMAR, "assign @**Tess Architect**", issue)
    room.says(OMAR, "resolve in next release", issue)
    room.settle()
    assert "Assigned to @_**|9**" in room.card(issue)
    assert room.news(issue)[-1].startswith("@**|9** this is assigned to you now by @_**|10**")
    assert "✅ resolved in the next release" in room.card(issue)
    assert room.done(issue)
    assert len(room.reactions) == 3
    assert [one.text for one in api.comments(issue)] == ["Tess Architect (in Zulip): looking at it"]

    person = Caller(server.url, server.create_token("acme", "tess"))
    person("POST", f"/organizations/acme/issues/{issue}/comments/", json={"text": "it was the policy"})
    person.put(issue, status="unresolved")
    person.put(issue, status="ignored", substatus="archived_until_escalating")
    room.settle()
    assert "@_**|9** in Sentry" in room.news(issue)[-1]
    assert "🗄️ archived until it escalates" in room.card(issue)
    assert not room.done(issue)
    assert "archived" in room.says(TESS, "errors acme-audit")

    person.put(issue, status="resolved")
    sdk.fail(KeyError("again"), user="2", transaction="POST /uploads")
    room.settle()
    assert "🔁 regressed" in room.card(issue)
    assert "It is back" in room.news(issue)[-1]
    sdk.client.close()
