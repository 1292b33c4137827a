"""Everything the embedded Sentry has, in one place for those who take events and answer requests."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sandbox.sentry import records
from sandbox.sentry.occurrences import Occurrences
from sandbox.tables import Database, Table

# As large as Sentry's own, so that nobody gets to think that they fit into 32 bits.
_FIRST = {
    "Organization": 4_500_000_000_001,
    "Project": 4_507_000_000_000_001,
    "Issue": 6_700_000_001,
    "Activity": 3_300_000_001,
    "User": 2_001,
    "Team": 301,
    "Release": 100_001,
}


class Post(Protocol):
    """Brings webhooks to integrations."""

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


@dataclass(frozen=True)
class Limits:
    """What is refused with 429: calls of one token on one endpoint within a second."""

    calls_per_second: int = 1000


class Realm:
    """The state of one embedded Sentry. `lock` is held while an issue changes."""

    def __init__(self, state: Path, clock: Callable[[], float], limits: Limits) -> None:
        self.clock = clock
        self.limits = limits
        self.url = ""
        self.post: Post
        # It holds client secrets in the clear, as signing needs them.
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database = Database(state / "sentry.sqlite", _FIRST)
        self.lock = self.database.lock
        self.occurrences = Occurrences(self.database)
        self.organizations = Table(self.database, records.Organization)
        self.users = Table(self.database, records.User)
        self.teams = Table(self.database, records.Team)
        self.tokens = Table(self.database, records.Token)
        self.integrations = Table(self.database, records.Integration)
        self.projects = Table(self.database, records.Project)
        self.keys = Table(self.database, records.Key)
        self.releases = Table(self.database, records.Release)
        self.issues = Table(self.database, records.Issue)
        self.activities = Table(self.database, records.Activity)
        self.workflows = Table(self.database, records.Workflow)
        self.detectors = Table(self.database, records.Detector)

    def organization(self, name: str) -> records.Organization | None:
        """By slug or id."""
        return self.organizations.find(lambda row: name in {row.slug, str(row.id)})

    def project(self, organization: int, name: str) -> records.Project | None:
        """By slug or id."""
        return self.projects.find(
            lambda row: row.organization == organization and name in {row.slug, str(row.id)}
        )

    def team(self, organization: int, name: str) -> records.Team | None:
        """By slug or id."""
        return self.teams.find(
            lambda row: row.organization == organization and name in {row.slug, str(row.id)}
        )

    def short_id(self, issue: records.Issue) -> str:
        """The id that people use: `ACME-AUDIT-1A`."""
        return f"{self.projects[issue.project].slug.upper()}-{base32(issue.number)}"

    def address(self, issue: records.Issue) -> str:
        """The page of an issue."""
        organization = self.organizations[self.projects[issue.project].organization]
        return f"{self.url}/organizations/{organization.slug}/issues/{issue.id}/"

    def note(self, issue: int, kind: str, user: int | None, **data: Any) -> records.Activity:
        """Write down what was done to an issue."""
        return self.activities.add(issue=issue, kind=kind, user=user, data=data, created_at=self.clock())

    def issue_token(self, user: records.User, scopes: tuple[str, ...]) -> str:
        """A new access token of that user."""
        token = f"sntrys_{secrets.token_hex(32)}"
        self.tokens.add(digest=digest(token), user=user.id, organization=user.organization, scopes=scopes)
        return token


def digest(token: str) -> str:
    """As which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def base32(number: int) -> str:
    """Crockford's base 32, in which Sentry writes the numbers of issues."""
    text = ""
    while number:
        number, rest = divmod(number, len(_DIGITS))
        text = _DIGITS[rest] + text
    return text or "0"


def from_base32(text: str) -> int | None:
    """The number; None for what is none."""
    number = 0
    for letter in text.upper():
        if letter not in _DIGITS:
            return None
        number = number * len(_DIGITS) + _DIGITS.index(letter)
    return number
