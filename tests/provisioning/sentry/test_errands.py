"""What the bot asks of Sentry, as errands: JSON in, JSON out, and the same when repeated."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisioning.sentry import changes
from provisioning.sentry.errands import SentryErrands, own_frames
from provisioning.sentry.http import SentryBusy, SentryRefused
from provisioning.sentry.models import Frame, Issue, IssueEvent, Raised

from .conftest import NOW, Home

AT = datetime.fromtimestamp(NOW, UTC)


class Desk:
    """The errands of an organization whose project `stuf-acme` is a STUF's."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.looked: datetime | None = None
        project = home.projects.get("stuf-acme")
        assert project is not None
        self.project = project.id
        self.errands = SentryErrands(
            home.api,
            projects=lambda: [self.project],
            looked=lambda: self.looked,
            clock=lambda: datetime.fromtimestamp(home.clock[0], UTC),
        )

    def run(self, kind: str, **payload: Any) -> dict[str, Any]:
        """As the worker does it: what goes in and what comes out is stored as JSON."""
        run = self.errands.kinds()[kind]
        result: dict[str, Any] = json.loads(json.dumps(run(json.loads(json.dumps(payload)))))
        return result

    def issue(self) -> Issue:
        (found,) = self.home.api.issues("").issues
        return found


@pytest.fixture
def desk(home: Home) -> Desk:
    home.raise_in("stuf-acme", user="one")
    return Desk(home)


def test_details_are_all_that_a_card_shows(desk: Desk) -> None:
    desk.home.raise_in("stuf-acme", user="two")
    told = desk.run("sentry.details", issue=desk.issue().id)
    assert Issue.model_validate(told["issue"]).title == "ValueError: broken"
    assert IssueEvent.model_validate(told["event"]).release == "v-1"
    assert Frame.model_validate(told["frames"][0]).function == "raise_in"
    assert (told["events_24h"], told["users_24h"]) == (2, 2)


def test_details_of_nothing(desk: Desk) -> None:
    with pytest.raises(SentryRefused) as refused:
        desk.run("sentry.details", issue="1")
    assert refused.value.code == "sentry-not-found"


def test_a_change_may_be_repeated(desk: Desk) -> None:
    issue = desk.issue().id
    first = desk.run("sentry.update", issue=issue, change=changes.resolve(), asked={"person": 1})
    assert first["issue"]["status"] == "resolved"
    assert desk.run("sentry.update", issue=issue, change=changes.resolve())["issue"]["status"] == "resolved"


def test_a_comment_may_be_repeated(desk: Desk) -> None:
    issue = desk.issue().id
    asked = {"issue": issue, "text": "On it", "asked_at": AT.isoformat()}
    first = desk.run("sentry.comment", **asked)
    desk.home.clock[0] += 3 * 3600
    assert desk.run("sentry.comment", **asked) == first
    told = desk.run("sentry.comments", issue=issue)
    assert [(one["id"], one["text"]) for one in told["comments"]] == [(first["comment"], "On it")]


def test_a_look_tells_what_changed_and_what_is_open(desk: Desk) -> None:
    issue = desk.issue().id
    first = desk.run("sentry.reconcile")
    assert [one["id"] for one in first["changed"]] == [issue]
    assert first["unresolved"] == [issue]
    assert first["complete"]
    # Nothing happens for long; then somebody resolves it in Sentry, and no webhook arrives.
    desk.home.clock[0] += 3600
    desk.looked = AT + timedelta(minutes=50)
    desk.home.api.update(issue, changes.resolve())
    second = desk.run("sentry.reconcile")
    assert second["changed"] == []
    assert second["unresolved"] == []
    # It comes back.
    desk.home.clock[0] += 600
    desk.looked = AT + timedelta(minutes=60)
    desk.home.raise_in("stuf-acme")
    third = desk.run("sentry.reconcile")
    assert [one["id"] for one in third["changed"]] == [issue]


def test_a_look_after_long_sees_all_of_it(desk: Desk) -> None:
    desk.looked = AT
    desk.home.raise_in("stuf-acme", "another")
    desk.home.clock[0] += 3 * 24 * 3600
    told = desk.run("sentry.reconcile")
    assert datetime.fromisoformat(told["since"]) < AT
    assert told["changed"]


def test_a_look_sees_only_projects_of_stufs(desk: Desk) -> None:
    desk.home.sentry.create_project(desk.home.organization, "stufs", "website")
    desk.home.raise_in("website")
    assert {one["project"] for one in desk.run("sentry.reconcile")["changed"]} == {"stuf-acme"}


def test_without_a_stuf_nobody_is_asked(home: Home) -> None:
    asked: list[object] = []
    home.api.http.call = lambda *args, **_: asked.append(args)  # type: ignore[method-assign, assignment, func-returns-value, return-value]
    errands = SentryErrands(home.api, projects=list, looked=lambda: None, clock=lambda: AT)
    assert errands.reconcile({})["changed"] == []
    assert asked == []


def test_trends_come_by_the_hour(desk: Desk) -> None:
    desk.home.clock[0] += 3600 + 60
    with pytest.raises(SentryBusy) as busy:
        desk.run("sentry.trends", projects={"acme": desk.project}, hours=48)
    assert busy.value.seconds == 60
    desk.home.clock[0] += busy.value.seconds
    told = desk.run("sentry.trends", projects={"acme": desk.project}, hours=48)
    series = told["series"]["acme"]
    assert set(series) == {"errors", "throughput", "latency"}
    until = datetime.fromisoformat(told["until"])
    times = [at for at, _ in series["errors"]]
    assert len(times) == 48
    assert times == sorted(times)
    assert all(later - earlier == 3600 for earlier, later in itertools.pairwise(times))
    assert times[-1] == until.timestamp() - 3600
    assert sum(value for _, value in series["errors"]) == 1


def frame(name: str, *, ours: bool) -> Frame:
    return Frame(function=name, ours=ours)


def test_the_innermost_frames_of_ours_come_first() -> None:
    frames = (frame("outer", ours=True), frame("inner", ours=True), frame("library", ours=False))
    event = IssueEvent(id="1", raised=(Raised(), Raised(frames=frames)))
    assert [one.function for one in own_frames(event)] == ["inner", "outer"]
    strange = IssueEvent(id="1", raised=(Raised(frames=(frame("a", ours=False), frame("b", ours=False))),))
    assert [one.function for one in own_frames(strange)] == ["b", "a"]
    assert own_frames(None) == own_frames(IssueEvent(id="1")) == []
