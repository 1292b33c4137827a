"""Issues, comments and people of an organization in Sentry.

Paths and fields: https://docs.sentry.io/api/ and, where the published description is silent (comments),
the endpoints of the open-source server (github.com/getsentry/sentry, src/sentry/issues/endpoints).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import SecretStr, ValidationError

from provisioning.sentry.changes import Change
from provisioning.sentry.http import Answer, Query, SentryHttp, SentryRefused, SentryUnavailable
from provisioning.sentry.models import (
    Comment,
    Installation,
    Issue,
    IssueEvent,
    Member,
    Page,
    Team,
    person_name,
)

# How long the lists look back; Sentry itself keeps events for 90 days.
_PERIOD: Final = "90d"
_PAGE: Final = 100
_MOST_PAGES: Final = 20
_TWICE: Final = "already posted that comment"
_BAD_REQUEST: Final = 400
_SKEW: Final = timedelta(minutes=2)
T = TypeVar("T")


class SentryApi:
    """What is done to issues. Every method raises SentryRefused, SentryBusy, SentryUnavailable."""

    def __init__(self, url: str, organization: str, token: SecretStr, **options: Any) -> None:
        self.organization = organization
        self.http = SentryHttp(url, token, **options)
        self._root = f"/organizations/{quote(organization, safe='')}"

    # Issues

    def issue(self, issue_id: str) -> Issue:
        """One issue, with its first and last release."""
        answer = self.http.call("GET", self._issue(issue_id), "reading an issue")
        return _told(Issue.told, answer.body, "reading an issue")

    def issues(
        self,
        query: str,
        *,
        projects: Sequence[str] = (),
        cursor: str | None = None,
        period: str = _PERIOD,
        sort: str = "date",
    ) -> Page:
        """A page of issues that fit `query` (Sentry's search; empty: all, not only the unresolved ones).

        `projects`: their numbers; none: all that the token may see. `period` such as 24h: what the counts cover.
        """
        asked: list[tuple[str, str]] = [
            ("query", query),
            ("statsPeriod", period),
            ("groupStatsPeriod", "24h"),
            ("sort", sort),
            ("limit", str(_PAGE)),
            *(("project", project) for project in projects),
        ]
        if cursor:
            asked.append(("cursor", cursor))
        answer = self.http.call("GET", f"{self._root}/issues/", "listing issues", query=asked)
        issues = tuple(_told(Issue.told, one, "listing issues") for one in _list(answer, "listing issues"))
        return Page(issues=issues, cursor=answer.cursor)

    def all_issues(
        self, query: str, *, projects: Sequence[str] = (), most: int = _PAGE * _MOST_PAGES
    ) -> tuple[list[Issue], bool]:
        """The issues of all pages up to about `most`, and whether that is all of them."""
        found: list[Issue] = []
        cursor: str | None = None
        while True:
            page = self.issues(query, projects=projects, cursor=cursor)
            found += page.issues
            cursor = page.cursor
            if cursor is None or len(found) >= most:
                return found, cursor is None

    def update(self, issue_id: str, change: Change) -> Issue:
        """Change one issue (`provisioning.sentry.changes`); as it is then.

        Never several at once: without ids Sentry's form for many changes every issue there is.
        """
        self.http.call("PUT", self._issue(issue_id), "changing an issue", body=self._resolved(change))
        return self.issue(issue_id)

    def latest_event(self, issue_id: str) -> IssueEvent | None:
        """Its newest event, with the frames; None when Sentry keeps none any more."""
        what = "reading the latest event of an issue"
        try:
            answer = self.http.call("GET", f"{self._issue(issue_id)}events/latest/", what)
        except SentryRefused as refused:
            if refused.code == "sentry-not-found":
                return None
            raise
        return _told(IssueEvent.told, answer.body, what)

    # Comments

    def comments(self, issue_id: str) -> list[Comment]:
        """Its comments, the newest first."""
        what = "reading comments"
        answer = self.http.call("GET", f"{self._issue(issue_id)}comments/", what)
        return [_told(Comment.told, one, what) for one in _list(answer, what)]

    def comment(self, issue_id: str, text: str, *, asked_at: datetime | None = None) -> Comment:
        """Say `text` at an issue, once: the one that is there is given back.

        `asked_at`: when it was asked for. The same words since then are this comment, whose answer got lost.
        Sentry itself refuses the same words within an hour; that is success too.
        """
        if asked_at is not None:
            said = self._said(issue_id, text, asked_at - _SKEW)
            if said is not None:
                return said
        what = "commenting on an issue"
        try:
            answer = self.http.call("POST", f"{self._issue(issue_id)}comments/", what, body={"text": text})
        except SentryRefused as refused:
            if refused.status != _BAD_REQUEST or _TWICE not in str(refused):
                raise
            said = self._said(issue_id, text, None)
            return said or Comment(id="", text=text)
        return _told(Comment.told, answer.body, what)

    def _said(self, issue_id: str, text: str, since: datetime | None) -> Comment | None:
        for comment in self.comments(issue_id):
            recent = since is None or (comment.at is not None and comment.at >= since)
            if recent and comment.text.strip() == text.strip():
                return comment
        return None

    # People

    def member(self, account: str) -> Member | None:
        """Who is called so: by number, user name, address or full name; None for nobody or several."""
        wanted = account.strip().lower()
        fitting = {
            str(user["id"]): Member(user_id=str(user["id"]), name=person_name(user))
            for user in self._users()
            if user.get("id")
            and wanted
            in {str(user.get(name) or "").lower() for name in ("id", "username", "email", "name")} - {""}
        }
        return next(iter(fitting.values())) if len(fitting) == 1 else None

    def usernames(self) -> dict[str, str]:
        """The user names of everybody who has joined, by their numbers; without those that are addresses."""
        named = {str(user["id"]): str(user.get("username") or "") for user in self._users() if user.get("id")}
        return {number: name for number, name in named.items() if name and "@" not in name}

    def teams(self) -> list[Team]:
        """The organization's teams."""
        what = "listing teams"
        return [
            Team(id=str(one["id"]), slug=str(one["slug"]), name=person_name(one))
            for one in self.pages(f"{self._root}/teams/", what)
        ]

    def team(self, called: str) -> Team | None:
        """The team with this slug or number; None when there is none."""
        return next((team for team in self.teams() if called.lower() in (team.slug, team.id)), None)

    def installations(self) -> list[Installation]:
        """The integrations that the organization has.

        Source: https://docs.sentry.io/api/integration/ (list an organization's installations).
        """
        found = []
        for one in self.pages(f"{self._root}/sentry-app-installations/", "listing integrations"):
            app = one.get("app") or {}
            found.append(
                Installation(id=str(one["uuid"]), app_id=str(app["uuid"]), slug=str(app.get("slug") or ""))
            )
        return found

    # Lists

    def pages(self, path: str, what: str, query: Query = ()) -> Iterator[Mapping[str, Any]]:
        """Every entry of a list that comes in pages; `what` says in words what is being done."""
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            asked = [*query, ("cursor", cursor)] if cursor else query
            answer = self.http.call("GET", path, what, query=asked)
            yield from _list(answer, what)
            cursor = answer.cursor
            if cursor is None:
                return

    # Inside

    def _issue(self, issue_id: str) -> str:
        if not issue_id.isdigit():
            raise SentryRefused("sentry-not-found", "An issue is named by its number.")
        return f"{self._root}/issues/{issue_id}/"

    def _resolved(self, change: Change) -> Change:
        """The change with names of people and teams looked up. Raises SentryRefused for an empty one."""
        if not change:
            raise SentryRefused("sentry-no-change", "Nothing was asked to be changed.")
        kind, colon, name = str(change.get("assignedTo", "")).partition(":")
        if colon and kind == "member":
            member = self.member(name)
            if member is None:
                raise SentryRefused("sentry-unknown-member", "Nobody in Sentry is known by that name.")
            return {**change, "assignedTo": f"user:{member.user_id}"}
        if colon and kind == "team":
            team = self.team(name)
            if team is None:
                raise SentryRefused("sentry-unknown-team", "Sentry has no team of that name.")
            return {**change, "assignedTo": f"team:{team.id}"}
        return change

    def _users(self) -> Iterator[Mapping[str, Any]]:
        for one in self.pages(f"{self._root}/members/", "listing members"):
            user = one.get("user")
            if isinstance(user, Mapping):
                yield {**user, "name": user.get("name") or one.get("name")}


def _told(read: Callable[[Any], T], body: Any, what: str) -> T:
    """What `read` makes of a body. Raises SentryUnavailable where it is not of the known form."""
    try:
        return read(body)
    except (ValidationError, KeyError, TypeError, AttributeError):
        raise SentryUnavailable(f"Sentry's answer is not of the known form while {what}") from None


def _list(answer: Answer, what: str) -> list[Mapping[str, Any]]:
    if not isinstance(answer.body, list):
        raise SentryUnavailable(f"Sentry's answer is not of the known form while {what}")
    return answer.body
