"""Whatever Sentry leaves out or puts in, what is kept is whole, JSON, and without addresses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from provisioning.sentry.changes import PRIORITIES, archive_after, archive_for, prioritise
from provisioning.sentry.models import Actor, Comment, Issue, IssueEvent

ISSUE: dict[str, Any] = {
    "id": "1",
    "shortId": "STUF-ACME-1",
    "title": "RuntimeError",
    "culprit": "POST /uploads",
    "level": "error",
    "status": "ignored",
    "substatus": "archived_until_condition_met",
    "statusDetails": {"ignoreCount": 100, "ignoreUntil": None, "actor": {"email": "octo@example.org"}},
    "priority": "high",
    "permalink": "https://sentry.example.org/1/",
    "project": {"id": "7", "slug": "stuf-acme", "name": "STUF acme", "platform": "python"},
    "metadata": {"type": "RuntimeError", "value": "x"},
    "count": "12",
    "userCount": 3,
    "firstSeen": "2026-11-24T01:02:03.456Z",
    "lastSeen": "2026-11-24T02:02:03Z",
    "firstRelease": {"version": "v-1", "authors": [{"email": "octo@example.org"}]},
    "lastRelease": None,
    "assignedTo": {"type": "user", "id": "9", "name": "octo@example.org", "email": "octo@example.org"},
    "numComments": 2,
    "stats": {"24h": [[1, 2], [2, 3]]},
    "seenBy": [{"email": "octo@example.org"}],
    "activity": [{"user": {"email": "octo@example.org"}}],
}
EVENT: dict[str, Any] = {
    "eventID": "e1",
    "dateCreated": "2026-11-24T02:02:03Z",
    "user": {"email": "ana@example.org", "ip_address": "192.0.2.1"},
    "tags": [
        {"key": "environment", "value": "production"},
        {"key": "user", "value": "email:ana@example.org"},
    ],
    "release": {"version": "v-1"},
    "entries": [
        {"type": "request", "data": {"data": "ana@example.org"}},
        {"type": "breadcrumbs", "data": {"values": [{"message": "ana@example.org"}]}},
        {
            "type": "exception",
            "data": {
                "values": [
                    {
                        "type": "RuntimeError",
                        "value": None,
                        "stacktrace": {
                            "frames": [
                                {
                                    "filename": "a.py",
                                    "function": "f",
                                    "lineNo": 7,
                                    "inApp": True,
                                    "context": [[6, "before"], [7, "here"]],
                                    "vars": {"email": "ana@example.org"},
                                }
                            ]
                        },
                    }
                ]
            },
        },
    ],
}
OPTIONAL = sorted(ISSUE.keys() - {"id"})


def test_an_issue_as_sentry_gives_it() -> None:
    told = Issue.told(ISSUE)
    assert (told.count, told.user_count, told.hours) == (12, 3, (2, 3))
    assert told.details == {"count": 100}
    assert (told.first_release, told.last_release) == ("v-1", "")
    assert told.assigned == Actor(kind="user", id="9", name="")
    assert "@" not in told.model_dump_json()
    assert Issue.model_validate(json.loads(told.model_dump_json())) == told


@given(st.sets(st.sampled_from(OPTIONAL)), st.sets(st.sampled_from(OPTIONAL)))
def test_an_issue_of_which_much_is_missing(missing: set[str], empty: set[str]) -> None:
    body = {name: None if name in empty else value for name, value in ISSUE.items() if name not in missing}
    told = Issue.told(body)
    assert told.id == "1"
    assert "@" not in told.model_dump_json()


@given(st.dictionaries(st.sampled_from(OPTIONAL), st.one_of(st.integers(), st.text(), st.lists(st.none()))))
def test_an_issue_of_another_form_is_refused_or_read(changed: dict[str, Any]) -> None:
    try:
        told = Issue.told(ISSUE | changed)
    except (ValidationError, KeyError, TypeError, AttributeError):
        return
    assert Issue.model_validate(json.loads(told.model_dump_json())) == told


def test_an_event_keeps_places_and_nothing_of_people() -> None:
    told = IssueEvent.told(EVENT)
    (raised,) = told.raised
    (frame,) = raised.frames
    assert (frame.file, frame.function, frame.line, frame.code, frame.ours) == ("a.py", "f", 7, "here", True)
    assert (told.release, told.environment) == ("v-1", "production")
    text = told.model_dump_json()
    assert "ana" not in text
    assert "192.0.2.1" not in text


@given(st.sets(st.sampled_from(sorted(EVENT.keys() - {"eventID"}))))
def test_an_event_of_which_much_is_missing(missing: set[str]) -> None:
    assert IssueEvent.told({name: None if name in missing else value for name, value in EVENT.items()})


def test_a_comment_has_its_authors_number_alone() -> None:
    someone = {"id": 9, "name": "octo@example.org", "email": "octo@example.org"}
    body = {"id": 5, "data": {"text": "hello"}, "user": someone}
    assert Comment.told(body).model_dump() == {
        "id": "5",
        "text": "hello",
        "at": None,
        "user_id": "9",
        "user_name": "",
    }


def test_changes_that_make_no_sense() -> None:
    for wrong in (archive_for, archive_after):
        with pytest.raises(ValueError, match="1 or more"):
            wrong(0)
    with pytest.raises(ValueError, match="low, medium, high"):
        prioritise("utmost")
    assert [prioritise(one)["priority"] for one in PRIORITIES] == list(PRIORITIES)
