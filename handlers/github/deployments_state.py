"""What is remembered of one deployment of GitHub's: the same whatever the order in which its events come."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from handlers.github.operation_runs import TitledRun
from handlers.github.reading import Account, Facts, Json, Moment
from handlers.github.runs_state import furthest

ENDED: Final = frozenset({"success", "failure", "error", "inactive"})
BROKEN: Final = frozenset({"failure", "error"})

_MOST_STATUSES: Final = 40
_MOST_NAMES: Final = 10


class Deployment(Facts):
    """A deployment. `payload` is whatever its maker put there."""

    id: int = 0
    sha: str = ""
    ref: str = ""
    task: str = ""
    environment: str = ""
    original_environment: str = ""
    description: str = ""
    creator: Account = Account()
    created_at: Moment = None
    updated_at: Moment = None
    payload: Any = None


class Status(Facts):
    """How a deployment stands."""

    id: int = 0
    state: str = ""
    description: str = ""
    environment: str = ""
    creator: Account = Account()
    created_at: Moment = None
    log_url: str = ""
    target_url: str = ""
    environment_url: str = ""


class Run(TitledRun):
    """The run of a workflow that makes the deployment."""

    html_url: str = ""
    run_attempt: int = 1


def taken(facts: Json, deployment: Deployment, status: Status | None = None, run: Run | None = None) -> Json:
    """The facts with what one event says."""
    statuses = dict(facts.get("statuses", {}))
    if status is not None and status.id:
        statuses[str(status.id)] = furthest(statuses.get(str(status.id)), _status(status))
    newest = sorted(statuses, key=lambda name: (statuses[name]["at"], int(name)))[-_MOST_STATUSES:]
    # Events that come from elsewhere than Actions do not name the run; one that does settles it.
    known_run = facts.get("run", [0, ""])
    return {
        **facts,
        "deployment": furthest(facts.get("deployment"), _deployment(deployment)),
        "statuses": {name: statuses[name] for name in newest},
        "run": max(known_run, [run.id, run.html_url]) if run else known_run,
    }


@dataclass(frozen=True, slots=True)
class History:
    """The states of a deployment, the oldest first. `ended` is the first at which it was over since it last ran."""

    states: tuple[Json, ...]
    ended: Json | None

    @property
    def now(self) -> str:
        """GitHub's word for how it stands; `created` where nothing has been said of it."""
        return str(self.states[-1]["state"]) if self.states else "created"

    @property
    def outcome(self) -> str:
        """How it went, also after another has taken its place."""
        return str(self.ended["state"]) if self.ended else self.now

    def last(self, name: str) -> str:
        """The newest value that was given for `log`, `target`, `address` or `text`; empty for none."""
        return next((str(one[name]) for one in reversed(self.states) if one[name]), "")


def history(facts: Json) -> History:
    """The history that the facts hold."""
    statuses = facts.get("statuses", {})
    states = [statuses[name] for name in sorted(statuses, key=lambda name: (statuses[name]["at"], int(name)))]
    ended = None
    for state in states:
        if state["state"] not in ENDED:
            ended = None
        elif ended is None or state["state"] != "inactive":
            ended = state
    return History(tuple(states), ended)


def seconds(facts: Json, story: History) -> float | None:
    """How long it took, None while it is not over or its times are not known."""
    begun = facts["deployment"]["begun"]
    if story.ended is None or not begun or not story.ended["at"]:
        return None
    return (datetime.fromisoformat(story.ended["at"]) - datetime.fromisoformat(begun)).total_seconds()


def _deployment(deployment: Deployment) -> Json:
    payload = _payload(deployment.payload)
    return {
        "at": deployment.updated_at.isoformat() if deployment.updated_at else "",
        "begun": deployment.created_at.isoformat() if deployment.created_at else "",
        "environment": deployment.environment or deployment.original_environment,
        "ref": deployment.ref,
        "sha": deployment.sha,
        "task": deployment.task,
        "description": deployment.description,
        "actor": deployment.creator.login,
        "components": _names(payload.get("components")),
        "changes": _names(payload.get("changes")),
    }


def _status(status: Status) -> Json:
    return {
        "at": status.created_at.isoformat() if status.created_at else "",
        "state": status.state,
        "text": status.description,
        "actor": status.creator.login,
        "log": status.log_url,
        "target": status.target_url,
        "address": status.environment_url,
    }


def _payload(given: Any) -> Json:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return given if isinstance(given, dict) else {}


def _names(given: Any) -> list[str]:
    return (
        [str(one)[:100] for one in given if isinstance(one, str)][:_MOST_NAMES]
        if isinstance(given, list)
        else []
    )
