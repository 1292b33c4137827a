"""What GitHub told while nobody heard: sent again, once."""

from datetime import UTC, datetime, timedelta

import pytest
from missed_place import CONTROL, INSTANCE, SECRET, START, Place, hook, until
from pydantic import SecretStr

from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.github_deliveries import Attempt, GitHubDeliveries, to_send_again
from stuf_bot.bootstrap.missed import REDELIVER
from stuf_bot.errands import ErrandLater, ErrandRefused


def test_what_failed_while_the_bot_was_away_is_sent_again_once(place: Place) -> None:
    hook(place, CONTROL)
    hook(place, INSTANCE)
    hook(place, CONTROL, "/somebody/else")
    missed = place.missed()
    assert missed.redeliver() == {"sent": 0}
    place.desk.talk.now += timedelta(hours=30)
    place.happens(3)
    place.happens(2, INSTANCE)
    place.desk.talk.now += timedelta(minutes=2)
    place.opens()
    assert missed.redeliver() == {"sent": 5}
    until(lambda: len(place.heard) == 5)
    assert missed.redeliver() == {"sent": 0}
    until(
        lambda: (
            {f"github:delivery:{each.guid}" for each in place.delivered if each.status_code == 202}
            == set(place.heard)
        )
    )


def test_the_webhook_of_an_app(place: Place) -> None:
    place.desk.talk.now = datetime.now(UTC)  # What signs in as an App goes by the real clock.
    place.app = place.hub.create_app(
        "stuf-bot", "acme", hook_url=f"{place.url}/hooks/github", hook_secret=SECRET
    )
    missed = place.missed()
    missed.redeliver()
    place.happens(2, INSTANCE)
    place.desk.talk.now += timedelta(minutes=2)
    place.opens()
    assert missed.redeliver() == {"sent": 2}
    until(lambda: len(place.heard) == 2)


def test_an_app_without_a_webhook_has_nothing_to_send(place: Place) -> None:
    place.desk.talk.now = datetime.now(UTC)
    place.app = place.hub.create_app("stuf-bot", "acme")
    missed = place.missed()
    missed.redeliver()
    assert missed.redeliver() == {"sent": 0}


def test_a_bot_that_begins_asks_for_nothing_old(place: Place) -> None:
    hook(place, CONTROL)
    place.happens(2)
    place.desk.talk.now += timedelta(minutes=2)
    place.opens()
    assert "last asked" not in place.desk.says("deliveries")
    assert place.missed().redeliver() == {"sent": 0}
    assert "GitHub was last asked for what I had missed <time:2026-11-23T09:02:00+0000>" in place.desk.says(
        "deliveries"
    )


def test_more_than_github_takes_at_once_is_left_to_the_next_time(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stuf_bot.bootstrap.missed._MOST_AT_ONCE", 2)
    hook(place, CONTROL)
    missed = place.missed()
    missed.redeliver()
    place.desk.talk.now += timedelta(hours=3)
    place.happens(3)
    place.desk.talk.now += timedelta(hours=3)
    place.opens()
    assert missed.redeliver() == {"sent": 2}
    until(lambda: len(place.heard) == 2)
    assert missed.redeliver() == {"sent": 1}
    until(lambda: len(place.heard) == 3)


def test_more_than_a_page_is_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.github_deliveries._AT_A_TIME", 2)
    hook(place, CONTROL)
    missed = place.missed()
    missed.redeliver()
    place.happens(5)
    place.desk.talk.now += timedelta(minutes=2)
    assert missed.redeliver() == {"sent": 5}


def _attempt(number: int, guid: str, code: int, minutes: float) -> Attempt:
    return Attempt(number, guid, START - timedelta(minutes=minutes), code)


def test_what_is_sent_again() -> None:
    attempts = [
        _attempt(1, "away", 0, 50),
        _attempt(2, "away", 502, 40),
        _attempt(3, "arrived-later", 503, 30),
        _attempt(4, "arrived-later", 202, 20),
        _attempt(5, "answer-lost", 0, 20),
        _attempt(6, "no-json", 400, 20),
        *(_attempt(10 + number, "never", 500, 60 - number) for number in range(4)),
        _attempt(20, "forged", 401, 60),
    ]
    found = to_send_again(reversed(attempts), lambda guid: guid == "answer-lost")
    assert [each.id for each in found] == [20, 2]


def test_a_refusal_is_left_to_the_next_time_and_an_outage_to_a_minute_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = place.missed()
    missed.redeliver()
    for error, raised in (
        (GitHubRefused(401, "no"), ErrandRefused),
        (GitHubUnavailable("away"), ErrandLater),
    ):

        def fails(*_given: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(GitHubDeliveries, "hooks", fails)
        with pytest.raises(raised):
            missed.errands[REDELIVER]({})


def test_no_token_no_credentials_in_what_is_said(place: Place) -> None:
    missed = place.missed(token=SecretStr("ghp_wrong"))
    missed.redeliver()
    with pytest.raises(ErrandRefused) as refused:
        missed.errands[REDELIVER]({})
    assert "ghp_wrong" not in refused.value.sentence
