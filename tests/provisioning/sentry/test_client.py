"""Issues, comments and people, asked of the embedded Sentry over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisioning.sentry import changes
from provisioning.sentry.http import SentryRefused
from provisioning.sentry.models import Issue

from .conftest import NOW, Home

AT = datetime.fromtimestamp(NOW, UTC)


@pytest.fixture
def issue(home: Home) -> Issue:
    home.raise_in("stuf-acme")
    (found,) = home.api.issues("is:unresolved").issues
    return found


def test_an_issue_says_what_a_card_needs(home: Home, issue: Issue) -> None:
    told = home.api.issue(issue.id)
    assert told.title == "ValueError: broken"
    assert told.project == "stuf-acme"
    assert told.short_id.startswith("STUF-ACME-")
    assert told.status == "unresolved"
    assert told.count == 1
    assert sum(told.hours) == 1
    assert told.first_release == "v-1"
    assert told.link.startswith(home.sentry.url)


def test_an_empty_query_is_no_query_for_unresolved_ones(home: Home, issue: Issue) -> None:
    home.api.update(issue.id, changes.resolve())
    assert home.api.issues("is:unresolved").issues == ()
    assert [one.status for one in home.api.issues("").issues] == ["resolved"]


@pytest.mark.parametrize(
    ("change", "status", "substatus"),
    [
        (changes.resolve(), "resolved", ""),
        (changes.resolve_in_next_release(), "resolved", ""),
        (changes.resolve_in("v-1"), "resolved", ""),
        (changes.archive_forever(), "ignored", "archived_forever"),
        (changes.archive_until_escalating(), "ignored", "archived_until_escalating"),
        (changes.archive_for(3 * 24 * 60), "ignored", "archived_until_condition_met"),
        (changes.archive_after(100), "ignored", "archived_until_condition_met"),
    ],
)
def test_a_change_of_status(
    home: Home, issue: Issue, change: dict[str, Any], status: str, substatus: str
) -> None:
    changed = home.api.update(issue.id, change)
    assert (changed.status, changed.substatus) == (status, substatus)
    assert home.api.update(issue.id, changes.unresolve()).status == "unresolved"


def test_what_belongs_to_a_status_is_told(home: Home, issue: Issue) -> None:
    assert home.api.update(issue.id, changes.resolve_in("v-1")).details["in_release"] == "v-1"
    assert home.api.update(issue.id, changes.archive_after(100)).details["count"] == 100


def test_priority_and_assignment(home: Home, issue: Issue) -> None:
    assert home.api.update(issue.id, changes.prioritise("low")).priority == "low"
    assigned = home.api.update(issue.id, changes.assign_member("octo")).assigned
    assert assigned is not None
    assert (assigned.kind, assigned.name) == ("user", "Olive Octo")
    assigned = home.api.update(issue.id, changes.assign_team("stufs")).assigned
    assert assigned is not None
    assert assigned.kind == "team"
    assert home.api.update(issue.id, changes.unassign()).assigned is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (changes.assign_member("nobody"), "sentry-unknown-member"),
        (changes.assign_team("nobodies"), "sentry-unknown-team"),
        ({}, "sentry-no-change"),
        ({"priority": "utmost"}, "sentry-refused"),
    ],
)
def test_a_change_that_cannot_be(home: Home, issue: Issue, change: dict[str, Any], code: str) -> None:
    with pytest.raises(SentryRefused) as refused:
        home.api.update(issue.id, change)
    assert refused.value.code == code


def test_an_unknown_issue(home: Home) -> None:
    for wrong in ("1", "../projects", ""):
        with pytest.raises(SentryRefused) as refused:
            home.api.issue(wrong)
        assert refused.value.code == "sentry-not-found"


def test_the_latest_event_has_frames_and_no_variables(home: Home, issue: Issue) -> None:
    event = home.api.latest_event(issue.id)
    assert event is not None
    assert event.release == "v-1"
    assert event.environment == "production"
    frame = event.raised[-1].frames[-1]
    assert frame.function == "raise_in"
    assert "raise ValueError" in frame.code
    assert "octo" not in event.model_dump_json()


def test_a_comment_is_said_once(home: Home, issue: Issue) -> None:
    first = home.api.comment(issue.id, "Looking at it", asked_at=AT)
    # The answer got lost, and it is asked for again; at once, and after Sentry has forgotten.
    assert home.api.comment(issue.id, "Looking at it", asked_at=AT).id == first.id
    home.clock[0] += 2 * 3600
    assert home.api.comment(issue.id, "Looking at it", asked_at=AT).id == first.id
    assert [one.text for one in home.api.comments(issue.id)] == ["Looking at it"]


def test_the_same_words_again_are_another_comment_later(home: Home, issue: Issue) -> None:
    home.api.comment(issue.id, "Still there", asked_at=AT)
    home.clock[0] += 2 * 3600
    home.api.comment(issue.id, "Still there", asked_at=AT + timedelta(hours=2))
    assert len(home.api.comments(issue.id)) == 2


def test_what_sentry_calls_a_doubled_comment_is_success(home: Home, issue: Issue) -> None:
    first = home.api.comment(issue.id, "Twice")
    assert home.api.comment(issue.id, "Twice").id == first.id


def test_people_come_without_addresses(home: Home) -> None:
    octo = home.api.member("octo")
    assert octo is not None
    assert octo.name == "Olive Octo"
    for called in ("OCTO@example.org", "Olive Octo", octo.user_id):
        assert home.api.member(called) == octo
    assert home.api.member("oct") is None
    home.sentry.create_user(home.organization, "olive", "Olive Octo", "other@example.org")
    assert home.api.member("Olive Octo") is None
    home.sentry.create_user(home.organization, "nameless", "nameless@example.org", "nameless@example.org")
    nameless = home.api.member("nameless")
    assert nameless is not None
    assert nameless.name == ""


def test_lists_come_in_pages(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.sentry.client._PAGE", 2)
    for number in range(5):
        home.sentry.create_project(home.organization, "stufs", f"stuf-{number}")
        home.raise_in(f"stuf-{number}")
    found, complete = home.api.all_issues("")
    assert complete
    assert len({one.id for one in found}) == 5
    found, complete = home.api.all_issues("", most=3)
    assert not complete
    assert len(found) == 4
