"""How pull requests, runs and deployments of a repository stand now, told as webhooks would have told it.

For what happened while nobody heard: whoever handles GitHub's webhooks handles these, and ends in the same state.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from provisioning.github import GitHub
from provisioning.github_deliveries import unless

Json = Mapping[str, Any]
Known = Callable[[str], datetime | None]
"""The newest state of an object (by its key) that was told of, None for one that was not."""

_MOST: Final = 30
_MOST_DEPLOYMENTS: Final = 10
# For how long a deployment may go on.
_IN_HAND: Final = timedelta(days=1)
# The conclusions that a card explains by the jobs that came to them.
_BAD: Final = frozenset({"failure", "timed_out"})
# An account that may not look, or a repository without pull requests, Actions or deployments.
_NOT_OURS: Final = (403, 404, 410)
# Parts of a webhook: what names each, and when it came to stand as it does.
_PARTS: Final = {
    "pull_request": ("number", ("updated_at",)),
    "review": ("id", ("submitted_at",)),
    "workflow_run": ("id", ("updated_at",)),
    "workflow_job": ("id", ("completed_at",)),
    "deployment": ("id", ("updated_at",)),
    "deployment_status": ("id", ("updated_at", "created_at")),
}

_SUBJECTS: Final = {"pull_request_review": "review"}
_RUN_ACTIONS: Final = {"completed": "completed", "queued": "requested", "requested": "requested"}


@dataclass(frozen=True, slots=True)
class Found:
    """What may have been missed. `kind` and `body` are those of a webhook.

    `key` names the object, `at` is when it came to stand so; `id` names both together.
    """

    kind: str
    key: str
    at: datetime
    body: Json

    @property
    def id(self) -> str:
        """The same for the same state of the same object."""
        return f"{self.key}:{self.at.isoformat()}"

    @property
    def subject(self) -> str:
        """What it is about, as of a webhook: a run, or a repository."""
        run = self.body.get("workflow_run") or {}
        job = self.body.get("workflow_job") or {}
        number = run.get("id") or job.get("run_id")
        return f"run:{number}" if number else str(self.body["repository"]["full_name"])


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a repository."""

    repository: str
    since: datetime
    known: Known

    def is_new(self, name: str, part: Json) -> bool:
        """Whether it came to stand so since then, and is newer than what is known of it."""
        at = _at(name, part)
        before = self.known(self._key(name, part))
        return at is not None and at >= self.since and (before is None or before < at)

    def last_known(self, name: str, part: Json) -> datetime:
        """Up to when it is known, or was looked at."""
        return self.known(self._key(name, part)) or self.since

    def found(self, kind: str, body: Json) -> Found:
        """As a webhook of this kind."""
        name = _SUBJECTS.get(kind, kind)
        return Found(kind, self._key(name, body[name]), _at(name, body[name]) or self.since, body)

    def _key(self, name: str, part: Json) -> str:
        return _key(self.repository, name, part[_PARTS[name][0]])


def told_of(body: Json) -> list[tuple[str, datetime]]:
    """The objects of which a webhook tells, by the keys that `Found` has, and the state that it tells."""
    repository = _part(body, "repository").get("full_name")
    parts = {name: _part(body, name) for name in _PARTS}
    issue = _part(body, "issue")
    if issue.get("pull_request"):
        parts["pull_request"] = issue
    found = []
    for name, part in parts.items():
        at = _at(name, part)
        number = part.get(_PARTS[name][0])
        if at is not None and isinstance(repository, str) and isinstance(number, int):
            found.append((_key(repository, name, number), at))
    return found


class GitHubState(GitHub):
    """Looks at repositories; what this account may not see, or is not there, is left out.

    Every method raises GitHubUnavailable, and GitHubRefused where all is refused.
    """

    def changed(self, repository: str, since: datetime, known: Known) -> Iterator[Found]:
        """What of a repository (owner/name) changed since then and is newer than what is known of it."""
        look = _Look(repository, since, known)
        yield from self._runs(look)
        yield from self._deployments(look)
        yield from self._pulls(look)

    def _pulls(self, look: "_Look") -> Iterator[Found]:
        path = f"/repos/{look.repository}/pulls"
        newest = {"state": "all", "sort": "updated", "direction": "desc", "per_page": str(_MOST)}
        for each in self._get(path, newest) or []:
            if not look.is_new("pull_request", each):
                continue
            # The list does not say who merged it, nor how large it is.
            pull = self._get(f"{path}/{each['number']}") or each
            about = {
                "repository": _part(_part(pull, "base"), "repo") or {"full_name": look.repository},
                "pull_request": pull,
            }
            action = _action(pull, look.last_known("pull_request", pull))
            yield look.found("pull_request", about | {"action": action, "sender": _part(pull, "merged_by")})
            for review in self._get(f"{path}/{each['number']}/reviews", {"per_page": str(_MOST)}) or []:
                if look.is_new("review", review):
                    told = {"action": "submitted", "review": review, "sender": _part(review, "user")}
                    yield look.found("pull_request_review", about | told)

    def _runs(self, look: "_Look") -> Iterator[Found]:
        path = f"/repos/{look.repository}/actions/runs"
        page = self._get(path, {"per_page": str(_MOST)}) or {}
        # The oldest first, as it happened.
        for run in reversed(page.get("workflow_runs", [])):
            if not look.is_new("workflow_run", run):
                continue
            about = {"repository": run["repository"], "sender": _part(run, "triggering_actor")}
            action = _RUN_ACTIONS.get(run["status"], "in_progress")
            yield look.found("workflow_run", about | {"action": action, "workflow_run": run})
            jobs = self._get(f"{path}/{run['id']}/jobs") if run["conclusion"] in _BAD else {}
            for job in (jobs or {}).get("jobs", []):
                if job["conclusion"] in _BAD and look.is_new("workflow_job", job):
                    yield look.found("workflow_job", about | {"action": "completed", "workflow_job": job})

    def _deployments(self, look: "_Look") -> Iterator[Found]:
        path = f"/repos/{look.repository}/deployments"
        newest = self._get(path, {"per_page": str(_MOST_DEPLOYMENTS)}) or []
        home: Json | None = None
        for each in reversed(newest):
            is_new = look.is_new("deployment", each)
            begun = moment(each.get("created_at"))
            # A status may leave the deployment's own date as it was.
            if not is_new and (begun is None or begun < look.since - _IN_HAND):
                continue
            home = home or self._get(f"/repos/{look.repository}") or {"full_name": look.repository}
            about = {"action": "created", "repository": home, "deployment": each}
            if is_new:
                yield look.found("deployment", about | {"sender": _part(each, "creator")})
            for status in reversed(self._get(f"{path}/{each['id']}/statuses") or []):
                if look.is_new("deployment_status", status):
                    told = {"deployment_status": status, "sender": _part(status, "creator")}
                    yield look.found("deployment_status", about | told)

    def _get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        with self._errors(f"looking at {path.partition('?')[0]}"), unless(*_NOT_OURS):
            return self._client().requester.requestJsonAndCheck("GET", path, parameters=parameters)[1]
        return None


def moment(text: Any) -> datetime | None:
    """A time as GitHub writes it; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _key(repository: str, name: str, number: int) -> str:
    return f"github:{repository}:{name}:{number}"


def _at(name: str, part: Json) -> datetime | None:
    return next((at for field in _PARTS[name][1] if (at := moment(part.get(field)))), None)


def _action(pull: Json, before: datetime) -> str:
    """What is worth news: that it was closed or opened since it was last heard of; else its card says it."""
    closed, opened = moment(pull.get("closed_at")), moment(pull.get("created_at"))
    if pull.get("state") == "closed" and closed and closed > before:
        return "closed"
    return "opened" if opened and opened > before else "edited"


def _part(body: Any, name: str) -> Any:
    found = body.get(name) if isinstance(body, Mapping) else None
    return found if isinstance(found, Mapping) else {}
