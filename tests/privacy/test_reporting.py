"""What reaches Sentry by its own client: which error and where, and nothing of anybody's words."""

import json
import logging
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import sentry_sdk
from caught import DSN, Caught

from provisioning.personal import Personal
from stuf_bot import reporting
from stuf_bot.reporting import ELSEWHERE, slim
from stuf_bot.telemetry import HIDDEN, Redaction

MARKED = "marked-words"
MAIL = "ana@example.org"
log = logging.getLogger("stuf_bot.tests")


@pytest.fixture
def caught() -> Iterator[Caught]:
    transport = Caught()
    with sentry_sdk.isolation_scope():
        reporting.start(DSN, "test", Redaction(["s3cret"]), transport=transport)
        yield transport
        sentry_sdk.init()


def fail(words: str) -> None:
    local = f"local {words}"
    raise ValueError(f"cannot read {local!r}")


def test_an_error_is_told_by_its_type_and_place_alone(caught: Caught) -> None:
    try:
        fail(MARKED)
    except ValueError:
        log.exception("reference %s: entry %s failed for %s with s3cret", "ab12", 7, MAIL)
    [event] = caught.events
    [raised] = event["exception"]["values"]
    assert (raised["type"], raised["value"]) == ("ValueError", ELSEWHERE)
    assert [frame["function"] for frame in raised["stacktrace"]["frames"]][-1] == "fail"
    assert event["release"] == f"stuf-bot@{version('stuf-bot')}"
    assert event["environment"] == "test"
    assert event["logentry"]["formatted"] == f"reference ab12: entry 7 failed for {HIDDEN} with {HIDDEN}"
    assert MARKED not in caught.text
    assert MAIL not in caught.text


def test_causes_are_told_in_the_same_way(caught: Caught) -> None:
    try:
        try:
            fail(MARKED)
        except ValueError as error:
            raise RuntimeError(MARKED) from error
    except RuntimeError:
        sentry_sdk.capture_exception()
    [event] = caught.events
    assert [one["type"] for one in event["exception"]["values"]] == ["ValueError", "RuntimeError"]
    assert MARKED not in caught.text


def test_what_others_say_and_pass_on_stays_here(caught: Caught) -> None:
    sentry_sdk.set_user({"email": MARKED})
    sentry_sdk.set_tag("words", MARKED)
    sentry_sdk.set_context("message", {"content": MARKED})
    sentry_sdk.set_extra("body", MARKED)
    sentry_sdk.add_breadcrumb(category="query", message=f"SELECT '{MARKED}'", data={"parameters": MARKED})
    sentry_sdk.add_breadcrumb(category="httplib", data={"url": MARKED})
    sentry_sdk.add_breadcrumb(category="stuf_bot.hall", message="for ana@example.org", data={"extra": MARKED})
    logging.getLogger("uvicorn.error").error(MARKED)
    log.error("ours", extra={"content": MARKED})
    assert [event["logentry"]["message"] for event in caught.events] == [ELSEWHERE, "ours"]
    crumbs = [crumb.get("message") for crumb in caught.events[-1]["breadcrumbs"]["values"]]
    assert f"for {HIDDEN}" in crumbs
    assert MARKED not in caught.text


def test_a_transaction_is_not_told_at_all(caught: Caught) -> None:
    with sentry_sdk.start_transaction(name=MARKED, sampled=True):
        pass
    assert MARKED not in caught.text


def test_a_request_and_everything_unknown_is_left_out() -> None:
    event = {
        "event_id": "1",
        "request": {"url": MARKED, "data": MARKED},
        "whatever": MARKED,
        "threads": {"values": [{"stacktrace": {"frames": [{"vars": {"x": MARKED}}]}}]},
        "exception": {
            "values": [{"type": "E", "value": MARKED, "stacktrace": {"frames": [{"vars": {"a": MARKED}}]}}]
        },
        "breadcrumbs": [{"category": "http", "data": MARKED, "message": MARKED}],
    }
    assert MARKED not in json.dumps(slim(event, str))


def test_what_is_personal_hides_in_the_log_entry_itself(caught: Caught) -> None:
    log.error("kept %s and %r", Personal("marked.pdf"), [Personal("marked.pdf")])
    assert caught.events[0]["logentry"]["formatted"] == "kept [personal] and [Personal('[personal]')]"
    assert "marked.pdf" not in caught.text
