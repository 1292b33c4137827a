"""A delivery through the whole hall: into the channel of its STUF, or to those who look at what nobody reads."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from payloads import REPOSITORY, issue, pull, push

sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from talk import TESS, Talk, open_talk

from handlers.github.kinds import READERS
from provisioning.github_commits import VERIFY
from stuf_bot import deliveries
from stuf_bot.acts import Card, Post, ResolveTopic
from stuf_bot.messages import ErrandEnded
from stuf_bot.places import Topic

STUF = """create
```yaml
name: Acme Audit
slug: acme-audit
channel: acme-audit
participants: ["ana@example.org +44 7700 900123"]
```"""


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    talk = open_talk(tmp_path / "bot.sqlite")
    talk.says(TESS, STUF)
    talk.says(TESS, "confirm")
    yield talk
    talk.database.close()


def cards(talk: Talk) -> list[Card]:
    return [act for act in talk.acts if isinstance(act, Card)]


def elsewhere(payload: dict[str, Any]) -> dict[str, Any]:
    other = {"name": "control", "full_name": "acme/control", "html_url": "https://github.com/acme/control"}
    return payload | {"repository": other}


def test_what_concerns_a_stuf_is_said_in_its_channel(talk: Talk) -> None:
    talk.delivers("github", "pull_request", pull("opened"))
    (card,) = cards(talk)
    assert card.to == Topic(channel="acme-audit", topic="#12 Ask for a second code")


def test_what_concerns_the_control_repository_is_said_to_administrators(talk: Talk) -> None:
    talk.delivers("github", "pull_request", elsewhere(pull("opened")))
    (card,) = cards(talk)
    assert card.to == Topic(channel="stuf-admin", topic="control#12 Ask for a second code")


def test_a_closed_issue_is_resolved_and_a_reopened_one_is_not(talk: Talk) -> None:
    talk.delivers("github", "issues", issue("opened"))
    talk.delivers("github", "issues", issue("closed", 5, state="closed"))
    assert [act.done for act in talk.acts if isinstance(act, ResolveTopic)] == [True]
    assert "closed it" in talk.posts[0].content
    talk.delivers("github", "issues", issue("reopened", 6))
    assert [act.done for act in talk.acts if isinstance(act, ResolveTopic)] == [False]


def test_the_same_told_again_is_said_once(talk: Talk) -> None:
    talk.delivers("github", "issues", issue("opened"))
    keys = []
    for _ in range(2):
        talk.delivers("github", "issues", issue("closed", 5, state="closed"))
        keys += [act.key for act in talk.acts if isinstance(act, Post)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("frobnication", {"repository": REPOSITORY}),
        ("pull_request", {"repository": REPOSITORY, "pull_request": None}),
        ("push", {}),
        ("issue_comment", {"issue": {"number": "seven"}}),
    ],
)
def test_what_nobody_can_read_is_kept(talk: Talk, kind: str, body: dict[str, Any]) -> None:
    talk.delivers("github", kind, body)
    assert not [act for act in talk.acts if not isinstance(act, Post)]
    with talk.database.reading() as session:
        assert [kept.kind for kept in deliveries.newest(session)] == [kind]


def test_deliveries_of_others_are_left_to_others(talk: Talk) -> None:
    talk.delivers("elsewhere", "pull_request", pull("opened"))
    assert talk.acts == []


def test_a_push_asks_once_which_commits_are_verified_and_shows_it(talk: Talk) -> None:
    for second in (1, 2):
        talk.delivers("github", "push", push(second, "a", f"{second}", "Fix the page", "Add a test"))
    (asked,) = [key for key in talk.errands.put_in if key[0] == VERIFY]
    payload = talk.errands.put_in[asked]
    assert payload["branch"] == "main"
    assert set(payload["repository"]) == {"name", "full_name", "html_url"}
    told = {"verified": {"1" * 40: True, "2" * 40: False}}
    talk.hears(
        ErrandEnded(
            number=1, kind=VERIFY, errand=asked[1], within="", payload=payload, succeeded=True, result=told
        )
    )
    (card,) = cards(talk)
    assert "`Fix the page` by `octo` · ✔ verified" in card.content
    assert "`Add a test` by `octo` · ⚠ not verified" in card.content
    talk.delivers("github", "push", push(3, "b", "c", "Fix the page"))
    assert "✔ verified" in cards(talk)[0].content


def test_without_an_answer_the_card_stays_as_it_is(talk: Talk) -> None:
    ended = ErrandEnded(
        number=1, kind=VERIFY, errand="x", within="", payload={}, succeeded=False, code="github-refused"
    )
    talk.hears(ended)
    assert talk.acts == []


@pytest.mark.parametrize("ref", ["refs/tags/v1", "refs/heads/gh-readonly-queue/main/pr-1"])
def test_about_tags_and_the_merge_queue_nothing_is_asked(talk: Talk, ref: str) -> None:
    talk.delivers("github", "push", push(1, "a", "b", "One", ref=ref))
    assert not talk.errands.put_in


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("star", {"action": "created"}),
        ("star", {"action": "deleted"}),
        ("watch", {"action": "started"}),
        ("fork", {"forkee": {"full_name": "octo/fork"}}),
    ],
)
def test_stars_and_forks_begin_no_topic_of_a_stuf(talk: Talk, kind: str, body: dict[str, Any]) -> None:
    talk.delivers("github", kind, body | {"repository": REPOSITORY, "sender": {"login": "octo"}})
    assert talk.acts == []


def test_a_check_that_passes_changes_the_card_and_tells_nobody(talk: Talk) -> None:
    talk.delivers("github", "pull_request", pull("opened"))
    check = {
        "id": 1,
        "name": "lint",
        "head_sha": "a" * 40,
        "status": "completed",
        "conclusion": "success",
        "app": {"slug": "elsewhere"},
        "check_suite": {"id": 2, "status": "queued"},
        "pull_requests": [{"number": 12}],
    }
    talk.delivers(
        "github", "check_run", {"action": "completed", "repository": REPOSITORY, "check_run": check}
    )
    (card,) = cards(talk)
    assert "✅ `lint`" in card.content
    assert talk.posts == []


# The kinds that Zulip's own integration tells (zerver/webhooks/github), and those that it rejects.
OF_ZULIP = (
    "check_run commit_comment create delete deployment deployment_status discussion discussion_comment fork gollum"
    " issue_comment issues member membership page_build ping public pull_request pull_request_review"
    " pull_request_review_comment push release repository sponsorship star status team team_add watch"
)
NOT_OF_ZULIP = (
    "code_scanning_alert dependabot_alert deployment_protection_rule deployment_review installation label milestone"
    " organization pull_request_review_thread repository_ruleset secret_scanning_alert workflow_job workflow_run"
)


def test_all_is_told_that_zulips_own_integration_tells_and_what_it_does_not() -> None:
    assert set(f"{OF_ZULIP} {NOT_OF_ZULIP}".split()) <= set(READERS)
