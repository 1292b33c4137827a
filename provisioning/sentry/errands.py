"""What the bot asks of Sentry, one function an errand: (payload) -> result, both JSON, each may be repeated.

| Kind | Payload | Result |
| --- | --- | --- |
| `sentry.update` | `issue` (its number), `change` (`provisioning.sentry.changes`) | `issue`: as it is then |
| `sentry.comment` | `issue`, `text`, `asked_at` (a moment with its zone, ISO) | `issue` (its number), `comment` (number, may be empty), `at` |
| `sentry.comments` | `issue` | `issue`, `comments`: `id`, `text`, `at`, `user_id`, `user_name`, the newest first |
| `sentry.details` | `issue`, `user` (a number, may be left out) | `issue`; `event` (or null); `frames`: those of ours, the innermost first; `events_24h`; `users_24h` (or null); `people`: user names of `user` and of whom it is assigned to, by number, where known |
| `sentry.reconcile` | none | `since`, `until`, `changed`: issues with events since then, `unresolved`: the numbers of all that are open, `complete`: whether both are whole |
| `sentry.trends` | `projects`: slug of the STUF to the number of its project; `hours` (1,008 when left out) | `until`, `series`: slug to `errors`, `throughput`, `latency`, each a list of `[seconds since 1970, value or null]`, an hour each |

An issue, an event and a frame are the dictionaries of `provisioning.sentry.models`. Moments are ISO texts.
Every function raises SentryRefused (for good), SentryBusy (again in so many seconds) and SentryUnavailable.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from provisioning.sentry.client import SentryApi
from provisioning.sentry.http import SentryBusy, SentryRefused
from provisioning.sentry.models import Frame, Issue, IssueEvent
from provisioning.sentry.timeseries import Kind, timeseries

Json = dict[str, Any]
Run = Callable[[Json], Json]

# Sentry counts an event seconds after it came in; what lies so far back is looked at again.
_OVERLAP: Final = timedelta(minutes=5)
# Sentry calls an interval complete 90 s after its end.
_COUNTED: Final = timedelta(minutes=2)
_FIRST_LOOK: Final = timedelta(hours=24)
_MOST_PROJECTS: Final = 50
_MOST_FRAMES: Final = 5
_WEEKS: Final = 24 * 7 * 6
# Who is not among the members is not asked for again at once.
_NAMES_GOOD_FOR: Final = timedelta(minutes=10)


class SentryErrands:
    """The errands of one organization.

    `projects`: the numbers of all projects that are STUFs'. `looked`: when the last `sentry.reconcile` that
    succeeded began, None before the first.
    """

    def __init__(
        self,
        api: SentryApi,
        *,
        projects: Callable[[], Sequence[str]],
        looked: Callable[[], datetime | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._api, self._projects, self._looked, self._clock = api, projects, looked, clock
        self._names: dict[str, str] = {}
        self._named_at = datetime.min.replace(tzinfo=UTC)

    def kinds(self) -> Mapping[str, Run]:
        """Every function by the kind of its errand."""
        return {
            "sentry.update": self.update,
            "sentry.comment": self.comment,
            "sentry.comments": self.comments,
            "sentry.details": self.details,
            "sentry.reconcile": self.reconcile,
            "sentry.trends": self.trends,
        }

    def update(self, payload: Json) -> Json:
        """Change an issue. Payload and result: see above."""
        return {"issue": _json(self._api.update(str(payload["issue"]), dict(payload["change"])))}

    def comment(self, payload: Json) -> Json:
        """Comment on an issue, once. Payload and result: see above."""
        issue = str(payload["issue"])
        asked_at = datetime.fromisoformat(payload["asked_at"]) if payload.get("asked_at") else None
        said = self._api.comment(issue, str(payload["text"]), asked_at=asked_at)
        return {"issue": issue, "comment": said.id, "at": said.at.isoformat() if said.at else None}

    def comments(self, payload: Json) -> Json:
        """Read the comments of an issue. Payload and result: see above."""
        issue = str(payload["issue"])
        return {"issue": issue, "comments": [_json(one) for one in self._api.comments(issue)]}

    def details(self, payload: Json) -> Json:
        """All that a card shows of an issue. Payload and result: see above."""
        issue = self._api.issue(str(payload["issue"]))
        event = self._api.latest_event(issue.id)
        # The same list as by its short id, for what the counts of one day are.
        day = self._api.issues(
            f"issue:{issue.short_id}", projects=(issue.project_id,) if issue.project_id else (), period="24h"
        )
        users = next((one.user_count for one in day.issues if one.id == issue.id), None)
        return {
            "issue": _json(issue),
            "event": _json(event) if event else None,
            "frames": [frame.model_dump(mode="json") for frame in own_frames(event)],
            "events_24h": sum(issue.hours),
            "users_24h": users,
            "people": self._people(issue, str(payload.get("user") or "")),
        }

    def reconcile(self, payload: Json) -> Json:
        """What has happened since the last look, and what is open. Payload and result: see above."""
        del payload
        until = self._clock()
        since = (self._looked() or until - _FIRST_LOOK) - _OVERLAP
        changed: dict[str, Issue] = {}
        unresolved: list[str] = []
        complete = True
        projects = list(self._projects())
        for first in range(0, len(projects), _MOST_PROJECTS):
            some = projects[first : first + _MOST_PROJECTS]
            recent, whole = self._api.all_issues(f"lastSeen:>={_search_moment(since)}", projects=some)
            still_open, all_open = self._api.all_issues("is:unresolved", projects=some)
            changed |= {issue.id: issue for issue in recent}
            unresolved += [issue.id for issue in still_open]
            complete = complete and whole and all_open
        return {
            "since": since.isoformat(),
            "until": until.isoformat(),
            "changed": [_json(issue) for issue in changed.values()],
            "unresolved": unresolved,
            "complete": complete,
        }

    def trends(self, payload: Json) -> Json:
        """How STUFs do over time. Payload and result: see above."""
        now = self._clock()
        until = now.replace(minute=0, second=0, microsecond=0)
        if now < until + _COUNTED:
            raise SentryBusy("reading the last hour", (until + _COUNTED - now).total_seconds())
        since = until - timedelta(hours=int(payload.get("hours") or _WEEKS))
        series = {}
        for slug, project_id in dict(payload["projects"]).items():
            series[str(slug)] = {
                kind.value: [
                    [int(point.at.timestamp()), point.value]
                    for point in timeseries(
                        self._api.http,
                        self._api.organization,
                        project_id=str(project_id),
                        kind=kind,
                        since=since,
                        until=until,
                    )
                ]
                for kind in Kind
            }
        return {"until": until.isoformat(), "series": series}

    def _people(self, issue: Issue, user: str) -> dict[str, str]:
        wanted = {user} if user else set()
        if issue.assigned is not None and issue.assigned.kind == "user":
            wanted.add(issue.assigned.id)
        if not wanted:
            return {}
        now = self._clock()
        if not wanted <= self._names.keys() and now - self._named_at >= _NAMES_GOOD_FOR:
            self._named_at = now
            try:
                self._names = self._api.usernames()
            except SentryRefused:
                # A token that may not see the members: names are an extra.
                self._names = {}
        return {number: self._names[number] for number in wanted if number in self._names}


def own_frames(event: IssueEvent | None, most: int = _MOST_FRAMES) -> list[Frame]:
    """The innermost frames of ours of what was raised, the innermost first; where none is ours, of all."""
    if event is None or not event.raised:
        return []
    frames = list(reversed(event.raised[-1].frames))
    return ([frame for frame in frames if frame.ours] or frames)[:most]


def _json(told: Any) -> Json:
    shown: Json = told.model_dump(mode="json")
    return shown


def _search_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
