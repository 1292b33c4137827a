"""Events of the real SDK become issues."""

from reporting_site import Caller, Reporter


def test_the_same_error_at_the_same_place_is_one_issue(sdk: Reporter, api: Caller) -> None:
    sdk.fail(ValueError("first"), user="1")
    sdk.fail(ValueError("second"), user="2")
    sdk.fail(KeyError("other"), user="2")
    issues = {issue["metadata"]["type"]: issue for issue in api.issues()}
    assert set(issues) == {"ValueError", "KeyError"}
    one = issues["ValueError"]
    assert (one["count"], one["userCount"], one["title"]) == ("2", 2, "ValueError: second")
    assert one["shortId"] == "ACME-AUDIT-1"
    assert one["culprit"].endswith("in _work")
    assert (one["status"], one["substatus"], one["level"], one["priority"]) == (
        "unresolved",
        "new",
        "error",
        "high",
    )
    assert [n for _, n in one["stats"]["24h"]][-1] == 2
    assert len(one["stats"]["24h"]) == 24
