"""What the demo's Sentry begins with: an organization, its people and a team, and the bot's integration."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

from sandbox.sentry.server import Integration, Sentry

ORGANIZATION = "acme"
TEAM = "stuf"


def seed(sentry: Sentry, people: Mapping[str, str], keep: Callable[[Callable[[], str]], str]) -> Integration:
    """Fill a Sentry; again does no harm. Gives the bot's integration, which is made once.

    `people` are full names by user name. `keep` remembers what a function gave when it was called first.
    """
    sentry.create_organization(ORGANIZATION, "Acme")
    members = [
        sentry.create_user(ORGANIZATION, username, name, f"{username}@example.org")
        for username, name in people.items()
    ]
    sentry.create_team(ORGANIZATION, TEAM, tuple(members))
    made = keep(lambda: json.dumps(asdict(sentry.create_integration(ORGANIZATION, "STUF Bot", ""))))
    return Integration(**json.loads(made))
