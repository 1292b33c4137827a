"""The pages: what they show, and that a person can act there as a user of Sentry would."""

import pytest
import requests
from reporting_site import Caller, Hooks, Reporter

from sandbox.sentry import Sentry


@pytest.fixture
def address(sdk: Reporter, api: Caller) -> str:
    sdk.fail(ValueError("<b>boom</b>"), user="7", transaction="POST /api/sign-in")
    return str(api.issues()[0]["permalink"])


def test_projects_and_issues_are_listed(sentry: Sentry, address: str) -> None:
    page = requests.get(f"{sentry.url}/", timeout=10).text
    for text in ("acme-audit", "ACME-AUDIT-1", "&lt;b&gt;boom", "1 event, 1 user", "POST /api/sign-in"):
        assert text in page
    assert "<b>boom</b>" not in page
    resolved = requests.get(f"{sentry.url}/organizations/acme/issues/?status=resolved", timeout=10).text
    assert "There are none." in resolved


def test_a_person_works_on_an_issue(sentry: Sentry, address: str, hooks: Hooks, api: Caller) -> None:
    number = address.rstrip("/").rpartition("/")[2]
    for act, more in (
        ("resolve", {}),
        ("unresolve", {}),
        ("archive", {}),
        ("comment", {"text": "not again"}),
        ("assign", {"to": f"team:{api('GET', '/teams/acme/stuf/').json()['id']}"}),
        ("priority", {"priority": "low"}),
    ):
        answer = requests.post(
            f"{address}{act}", data={"by": "omar", **more}, timeout=10, allow_redirects=False
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, address)
    issue = api.issue(number)
    assert (issue["status"], issue["substatus"]) == ("ignored", "archived_until_escalating")
    assert (issue["priority"], issue["assignedTo"]["name"]) == ("low", "stuf")
    page = requests.get(address, timeout=10).text
    assert "not again" in page
    assert "Unarchive" in page
    sentry.flush()
    assert hooks.kinds[1:] == [
        "issue.resolved",
        "issue.unresolved",
        "issue.archived",
        "issue.ignored",
        "comment.created",
        "issue.assigned",
    ]
    assert hooks.last("comment.created")["actor"]["name"] == "Omar Ops"


def test_only_members_and_only_these_pages_send_forms(address: str, api: Caller) -> None:
    def status(headers: dict[str, str], by: str = "omar") -> int:
        given = {"by": by}
        return requests.post(f"{address}resolve", data=given, headers=headers, timeout=10).status_code

    assert status({}, by="nobody") == 400
    assert status({"Origin": "https://elsewhere.example.org"}) == 421
    assert status({"Sec-Fetch-Site": "cross-site"}) == 421
    assert status({"Host": "elsewhere.example.org"}) == 421
    assert api.issues()[0]["status"] == "unresolved"


def test_what_is_not_there_is_said(sentry: Sentry, address: str) -> None:
    for path in (
        "/organizations/acme/issues/1/",
        "/organizations/none/issues/",
        "/organizations/acme/issues/?status=x",
    ):
        assert requests.get(sentry.url + path, timeout=10).status_code == 404
