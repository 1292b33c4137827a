"""Administrators hear what keeps STUFs from having their projects in Sentry, once a day each."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from talk import Talk, open_talk

from stuf_bot.acts import Post
from stuf_bot.configuration import load
from stuf_bot.messages import ErrandEnded

ENOUGH = {
    "STUF_BOT_ZULIP_EMAIL": "bot@example.org",
    "STUF_BOT_ZULIP_KEY": "zulip-key",
    "STUF_BOT_ZULIP_SITE": "https://chat.example.org",
    "STUF_BOT_GITHUB_CONTROL_REPOSITORY": "acme/stuf-control",
    "STUF_BOT_GITHUB_TOKEN": "github-token",
}


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    opened = open_talk(tmp_path / "bot.sqlite", settings=load(None, ENOUGH))
    yield opened
    opened.database.close()


def ended(number: int, kind: str = "sentry.projects", **changes: Any) -> ErrandEnded:
    given: dict[str, Any] = {"succeeded": True, "result": {"made": [], "removed": [], "failed": []}}
    return ErrandEnded(
        number=number, kind=kind, errand=str(number), within=kind, payload={}, **(given | changes)
    )


def refused(number: int) -> ErrandEnded:
    failed = {
        "stuf": "acme-audit",
        "code": "sentry-project-taken",
        "sentence": "Sentry has another @**all** project.",
    }
    return ended(number, result={"made": [], "removed": [], "failed": [failed]})


def key(talk: Talk) -> str | None:
    """By which the last post is known: the same is posted once."""
    post = talk.acts[-1]
    assert isinstance(post, Post)
    return post.key


def test_all_is_well(talk: Talk) -> None:
    assert talk.hears(ended(1)) == ""
    assert talk.hears(ended(2, "sentry.hour", succeeded=False, code="sentry-token")) == ""


def test_each_reason_is_told_once_a_day(talk: Talk) -> None:
    told = talk.hears(refused(1))
    assert "`acme-audit` has no complete project in Sentry (`sentry-project-taken`)" in told
    assert "`stuf-bot doctor`" in told
    assert "Sentry has another" in told
    first = key(talk)
    talk.hears(refused(2))
    assert key(talk) == first
    talk.now += timedelta(days=1)
    talk.hears(refused(3))
    assert key(talk) != first


@pytest.mark.parametrize("kind", ["sentry.projects", "sentry.reconcile"])
def test_a_sentry_that_is_not_to_be_asked_is_told_once_a_day(talk: Talk, kind: str) -> None:
    wrong = {
        "succeeded": False,
        "result": {},
        "code": "sentry-token",
        "sentence": "Sentry does not accept it.",
    }
    assert "I cannot work with Sentry (`sentry-token`)" in talk.hears(ended(1, kind, **wrong))
    first = key(talk)
    talk.hears(ended(2, kind, **wrong))
    assert key(talk) == first
