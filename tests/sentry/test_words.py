"""Rows of numbers, priorities, and how states are called."""

from datetime import UTC, datetime

import pytest

from handlers.sentry.priority import priority
from handlers.sentry.record import Record
from handlers.sentry.spark import Trend, spark, trend
from handlers.sentry.wording import clean, counted, state
from provisioning.sentry.models import Issue

QUIET = (0,) * 18
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def issue(**values: object) -> Issue:
    given = {
        "id": "1",
        "short_id": "A-1",
        "title": "KeyError",
        "status": "unresolved",
        "project_id": "7",
        "project": "p",
    }
    return Issue.model_validate(given | values)


def test_what_is_there_at_all_is_seen() -> None:
    assert spark((0, 1, 1000, 500)) == "▁▂█▅"
    assert spark((0, 0)) == "▁▁"
    assert spark(()) == ""


@pytest.mark.parametrize(
    ("hours", "heading"),
    [
        ((*QUIET, 0, 0, 0, 0, 0, 1), Trend.NEW),
        ((1,) * 24, Trend.STEADY),
        ((*(1,) * 18, 2, 2, 2, 2, 2, 2), Trend.RISING),
        ((1, *(0,) * 17, 0, 0, 0, 0, 1, 1), Trend.STEADY),
        ((*(4,) * 18, *QUIET[:6]), Trend.FALLING),
        (QUIET, Trend.STEADY),
        ((), Trend.STEADY),
    ],
)
def test_trend(hours: tuple[int, ...], heading: Trend) -> None:
    assert trend(hours) is heading


@pytest.mark.parametrize(
    ("hours", "people", "culprit", "level"),
    [
        ((*QUIET, 0, 0, 0, 0, 0, 1), 1, "signin in renew", "low"),
        ((*QUIET, 0, 0, 0, 0, 0, 1), 1, "POST /uploads", "medium"),
        ((10,) * 24, 1, "signin in renew", "medium"),
        ((10,) * 24, 30, "signin in renew", "high"),
        ((*(1,) * 18, 5, 5, 5, 5, 5, 5), 3, "POST /uploads", "high"),
        ((*(9,) * 18, *QUIET[:6]), 1, "signin in renew", "medium"),
    ],
)
def test_priority_is_explained(hours: tuple[int, ...], people: int, culprit: str, level: str) -> None:
    found = priority(Record(issue=issue(hours=hours, user_count=people, culprit=culprit)))
    assert found.level == level
    assert counted(sum(hours), "event") in found.reason
    assert counted(people, "person", "people") in found.reason
    assert ("uploads are affected" in found.reason) is found.uploads is ("uploads" in culprit)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status": "resolved"}, "✅ resolved"),
        ({"status": "resolved", "details": {"in_next_release": True}}, "✅ resolved in the next release"),
        ({"status": "resolved", "details": {"in_release": "v`13"}}, "✅ resolved in `` v`13 ``"),
        (
            {"status": "ignored", "details": {"until": "2026-11-26T09:00:00Z"}},
            "🗄️ archived until <time:2026-11-26T09:00:00+0000>",
        ),
        ({"status": "ignored", "details": {"until": "@**all**"}}, "🗄️ archived until `@**all**`"),
        ({"status": "ignored", "details": {"user_count": 1}}, "🗄️ archived until 1 more person"),
        ({"status": "ignored", "substatus": "archived_until_escalating"}, "🗄️ archived until it escalates"),
        ({"substatus": "ongoing"}, "🔴 unresolved"),
        ({"status": "reprocessing"}, "`reprocessing`"),
    ],
)
def test_states(values: dict[str, object], said: str) -> None:
    assert state(issue(**values)) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no ana@example.org here", "no … here"),
        ("from 203.0.113.9:443", "from …:443"),
        ("from 2001:db8:0:0:0:0:0:1 again", "from … again"),
        ("from fe80::1, 2001:db8::8a2e:370:7334.", "from …, …."),
        ("version 1.4.2 of part 3.11.0", "version 1.4.2 of part 3.11.0"),
        ("at 09:00:00, std::vector::at", "at 09:00:00, std::vector::at"),
        ("ring +44 7700 900123", "ring …"),
    ],
)
def test_addresses_are_left_out(text: str, shown: str) -> None:
    assert clean(text) == shown
