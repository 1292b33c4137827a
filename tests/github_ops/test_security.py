"""Alerts: one topic, one card, the state that was said last, and never a secret."""

import json
from typing import Any

import pytest
from github_desk import OCTO, REPOSITORY, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stuf_bot.acts import Lane

Json = dict[str, Any]
SECRET = "AKIA" + "Q7EXAMPLE7EXAMPLE"
ALERT = "https://github.com/acme/stuf-acme-audit/security/dependabot/20"


def dependency(action: str, minute: int, *, severity: str = "high", **more: Any) -> tuple[str, Json]:
    package = {"ecosystem": "pip", "name": "starlette"}
    weak = {
        "package": package,
        "severity": severity,
        "vulnerable_version_range": "< 0.40.0",
        "first_patched_version": {"identifier": "0.40.0"},
    }
    alert = {
        "number": 20,
        "state": "open",
        "dependency": {"package": package, "manifest_path": "application/api/requirements.txt"},
        "security_advisory": {
            "ghsa_id": "GHSA-f96h-pmfr-66vw",
            "cve_id": "CVE-2024-47874",
            "summary": "Form parts",
        },
        "security_vulnerability": weak,
        "html_url": ALERT,
        "created_at": "2026-11-24T08:00:00Z",
        "updated_at": f"2026-11-24T08:{minute:02}:00Z",
    }
    return "dependabot_alert", {"action": action, "alert": {**alert, **more}}


def hear(desk: Desk, *events: tuple[str, Json]) -> Desk:
    for kind, payload in events:
        desk.hears(kind, **payload)
    return desk


def test_an_alert_shows_what_fixes_it(desk: Desk) -> None:
    hear(desk, dependency("created", 0))
    (told,) = desk.relays
    assert (told.subject.topic, told.kind, told.status) == (
        "dependabot 20 starlette (pip)",
        "security",
        "open",
    )
    for part in (
        "🔴 high",
        "`< 0.40.0`",
        "fixed in `0.40.0`",
        "`application/api/requirements.txt`",
        "[`GHSA-f96h-pmfr-66vw`](https://github.com/advisories/GHSA-f96h-pmfr-66vw)",
        "`CVE-2024-47874`",
        "Next: raise `starlette` to `0.40.0` or later",
    ):
        assert part in desk.card, part
    assert told.lane is Lane.REPOSITORY
    assert told.done is False


def test_what_is_critical_and_open_is_an_incident(desk: Desk) -> None:
    hear(desk, dependency("created", 0, severity="critical"), dependency("fixed", 2, severity="critical"))
    assert [told.lane for told in desk.relays] == [Lane.INCIDENT, Lane.REPOSITORY]


def test_who_dismissed_it_and_why(desk: Desk) -> None:
    hear(
        desk,
        dependency("created", 0),
        dependency("dismissed", 4, dismissed_by=OCTO, dismissed_reason="tolerable_risk"),
    )
    assert "Closed by @_**|42**, because: `tolerable risk`" in desk.card
    assert "**dismissed** by @_**|42** (`tolerable risk`)" in desk.texts[1]
    assert list(desk.done.values()) == [True]
    hear(desk, dependency("reopened", 6))
    assert list(desk.done.values()) == [False]
    assert len(desk.news) == 3


def test_a_late_word_changes_nothing(desk: Desk) -> None:
    hear(desk, dependency("fixed", 9), dependency("created", 0))
    assert list(desk.done.values()) == [True]
    assert len(desk.news) == 1


def test_the_same_alert_by_its_older_name_is_the_same_object(desk: Desk) -> None:
    old = {
        "action": "create",
        "alert": {
            "number": 20,
            "affected_package_name": "starlette",
            "affected_range": "< 0.40.0",
            "fixed_in": "0.40.0",
            "severity": "moderate",
            "created_at": "2026-11-24T08:00:00Z",
        },
    }
    hear(desk, dependency("created", 0, severity="medium"), ("repository_vulnerability_alert", old))
    assert len(desk.cards) == 1
    assert len(desk.news) == 1


EVENTS = [
    dependency("created", 0),
    dependency("dismissed", 2, dismissed_by=OCTO),
    dependency("reopened", 3),
    dependency("assignees_changed", 4),
    dependency("auto_dismissed", 5),
    dependency("auto_reopened", 6),
    dependency("fixed", 7),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=4))
def test_any_order_and_any_doubles_end_in_the_same_state(
    desk: Desk, events: list[tuple[str, Json]], doubled: list[tuple[str, Json]]
) -> None:
    expected = hear(desk.afresh(), *EVENTS)
    told = hear(desk.afresh(), *events, *doubled)
    assert (told.card, told.done) == (expected.card, expected.done)


def secret(action: str, **more: Any) -> tuple[str, Json]:
    alert = {
        "number": 3,
        "state": "open",
        "secret": SECRET,
        "secret_type": "aws_access_key_id",
        "secret_type_display_name": "Amazon AWS Access Key ID",
        "validity": "active",
        "push_protection_bypassed": True,
        "push_protection_bypassed_by": OCTO,
        "created_at": "2026-11-24T08:00:00Z",
        "updated_at": "2026-11-24T08:00:00Z",
    }
    return "secret_scanning_alert", {"action": action, "alert": {**alert, **more}}


def place(path: str) -> tuple[str, Json]:
    details = {"path": path, "start_line": 7, "commit_sha": "d" * 40}
    location = {"type": "commit", "details": details}
    return "secret_scanning_alert_location", {
        "action": "created",
        "alert": secret("created")[1]["alert"],
        "location": location,
    }


@pytest.mark.parametrize("first", [0, 1, 2])
def test_a_secret_is_an_incident_and_shows_where_it_is_never_what(desk: Desk, first: int) -> None:
    events = [secret("created"), place("configuration/a b.json"), place("application/api/x.py")]
    hear(desk, *events[first:], *events[:first])
    assert {told.lane for told in desk.relays} == {Lane.INCIDENT}
    assert "`configuration/a b.json`](https://github.com/acme/stuf-acme-audit/blob/" in desk.card
    assert "a%20b.json), line 7" in desk.card
    assert "`application/api/x.py`" in desk.card
    assert "**still works**" in desk.card
    assert "set aside by @_**|42**" in desk.card
    assert "revoke the secret where it was issued" in desk.texts[0]
    with desk.session() as session:
        kept = desk.objects.read(session, desk.relays[0].subject.key)
    for text in (
        *desk.cards.values(),
        *desk.texts,
        json.dumps(kept),
        *(told.subject.topic for told in desk.relays),
    ):
        assert SECRET not in text
    hear(
        desk,
        secret(
            "resolved",
            state="resolved",
            resolution="revoked",
            resolved_by=OCTO,
            updated_at="2026-11-24T09:00:00Z",
        ),
    )
    assert list(desk.done.values()) == [True]
    assert "because: `revoked`" in desk.card


def test_a_finding_in_code(desk: Desk) -> None:
    alert = {
        "number": 5,
        "state": "open",
        "rule": {"id": "py/sql", "security_severity_level": "critical", "description": "SQL from outside"},
        "tool": {"name": "CodeQL"},
        "most_recent_instance": {"ref": "refs/heads/main", "location": {"path": "app.py", "start_line": 9}},
        "created_at": "2026-11-24T08:00:00Z",
    }
    desk.hears("code_scanning_alert", action="created", ref="refs/heads/main", alert=alert)
    (told,) = desk.relays
    assert (told.branch, told.lane) == ("main", Lane.INCIDENT)
    assert "`app.py`, line 9 on `main`" in desk.card


def advisory(package: str, action: str = "published", **more: Any) -> Json:
    weak = {"package": {"ecosystem": "pip", "name": package}, "vulnerable_version_range": "< 9"}
    told = {
        "ghsa_id": "GHSA-aaaa-bbbb-cccc",
        "summary": "Something",
        "severity": "critical",
        "vulnerabilities": [weak],
        "updated_at": "2026-11-24T08:00:00Z",
    }
    return {"action": action, "security_advisory": {**told, **more}}


def test_an_advisory_is_news_only_where_it_concerns_what_runs(desk: Desk) -> None:
    desk.hears_body("security_advisory", advisory("a-package-of-nobody"))
    assert not desk.news
    assert "GHSA-aaaa-bbbb-cccc" in desk.card
    ours = desk.afresh()
    ours.hears_body("security_advisory", advisory("Starlette"))
    ours.hears_body("security_advisory", advisory("Starlette"))
    assert len(ours.news) == 1
    assert ours.relays[0].lane is Lane.INCIDENT
    later = {"withdrawn_at": "2026-11-24T09:00:00Z", "updated_at": "2026-11-24T09:00:00Z"}
    ours.hears_body("security_advisory", advisory("Starlette", "withdrawn", **later))
    ours.hears_body("security_advisory", advisory("Starlette"))
    assert "withdrawn" in ours.card
    assert list(ours.done.values()) == [True]


def test_a_rule_of_a_branch_says_what_was_and_what_is(desk: Desk) -> None:
    rule = {
        "id": 1,
        "name": "main",
        "required_approving_review_count": 0,
        "updated_at": "2026-11-24T08:00:00Z",
    }
    changes = {"required_approving_review_count": {"from": 2}}
    desk.hears("branch_protection_rule", action="edited", rule=rule, changes=changes)
    assert "`required approving review count` `2` → `0`" in desk.texts[0]
    desk.hears("branch_protection_configuration", action="disabled")
    assert "**off**" in desk.texts[1]
    assert "turn it on again" in desk.texts[1]
    ruleset = {"id": 4, "name": "all", "enforcement": "disabled", "updated_at": "2026-11-24T08:00:00Z"}
    desk.hears(
        "repository_ruleset",
        action="edited",
        repository_ruleset=ruleset,
        changes={"enforcement": {"from": "active"}},
    )
    assert "`enforcement` `active` → `disabled`" in desk.texts[2]


def test_a_guard_that_was_turned_off_is_told_each_time(desk: Desk) -> None:
    def change(before: str, after: str) -> Json:
        told = {"security_and_analysis": {"secret_scanning": {"status": after}}}
        changes = {"from": {"security_and_analysis": {"secret_scanning": {"status": before}}}}
        return {"changes": changes, "repository": {**REPOSITORY, **told}}

    desk.hears("security_and_analysis", **change("enabled", "disabled"))
    assert "`secret scanning` is **off**" in desk.texts[0]
    assert "turn it on again" in desk.texts[0]
    desk.now = desk.now.replace(minute=30)
    desk.hears("security_and_analysis", **change("disabled", "enabled"))
    desk.now = desk.now.replace(minute=40)
    desk.hears("security_and_analysis", **change("enabled", "disabled"))
    assert len(desk.news) == 3
