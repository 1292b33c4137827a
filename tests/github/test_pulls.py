"""A pull request: one card that is always right, and news of what somebody has to know."""

import itertools
import random

import pytest
from github_hearing import Hearing
from payloads import at, hook, issue, pull, review

from stuf_bot.relays import Relay

TESS, OMAR = 9, 10


def only(told: list[Relay]) -> Relay:
    (relay,) = told
    return relay


def test_an_opened_one_is_a_card_and_notifies_by_it_alone(hearing: Hearing) -> None:
    relay = only(hearing.hear("pull_request", pull("opened")))
    assert relay.subject.key == "github:acme/stuf-acme-audit:pull:12"
    assert relay.news == ()
    assert relay.card == (
        "🔀 [Pull request #12](https://github.com/acme/stuf-acme-audit/pull/12): `Ask for a second code`\n"
        "🟢 **Open** · `codes` → `main`\n"
        "opened by `octo` · 2 commits, +10 -3 in 2 files\n"
        "````spoiler What it is about\n```text\nSo that nobody guesses it.\n```\n````"
    )


def test_the_topic_begins_with_the_number_and_among_the_fleets_with_the_repository(hearing: Hearing) -> None:
    assert only(hearing.hear("pull_request", pull("opened"))).subject.topic.startswith(
        "stuf-acme-audit#12 Ask"
    )
    hearing.stuf = "acme-audit"
    relay = only(hearing.hear("pull_request", pull("opened")))
    assert (relay.subject.stuf, relay.subject.topic) == ("acme-audit", "#12 Ask for a second code")


def test_people_of_the_realm_are_named_without_being_called(hearing: Hearing) -> None:
    hearing.accounts = {"octo": TESS}
    relay = only(hearing.hear("pull_request", pull("opened")))
    assert "opened by @_**|9**" in relay.card
    assert "@**" not in relay.card
    assert (relay.actor, relay.actor_id) == ("octo", TESS)


@pytest.mark.parametrize(
    "action", ["edited", "labeled", "unlabeled", "converted_to_draft", "locked", "synchronize"]
)
def test_what_nobody_waits_for_shows_on_the_card_alone(hearing: Hearing, action: str) -> None:
    hearing.hear("pull_request", pull("opened"))
    assert only(hearing.hear("pull_request", pull(action, 5, body="Another body."))).news == ()


def test_who_is_asked_for_a_review_is_called(hearing: Hearing) -> None:
    hearing.accounts = {"rev": OMAR}
    asked = {"login": "rev"}
    relay = only(
        hearing.hear(
            "pull_request",
            pull("review_requested", 5, requested_reviewers=[asked], _requested_reviewer=asked),
        )
    )
    assert relay.kind == "reviews"
    assert [news.asks for news in relay.news] == [(OMAR,)]
    assert "⏳ @_**|10** is asked" in relay.card


def test_a_team_is_asked_without_calling_anybody(hearing: Hearing) -> None:
    team = {"name": "auditors"}
    told = hearing.hear(
        "pull_request", pull("review_requested", 5, requested_teams=[team], _requested_team=team)
    )
    assert only(told).news[0].asks == ()
    assert "the team `auditors`" in only(told).news[0].text


def test_who_assigns_themselves_is_not_called(hearing: Hearing) -> None:
    hearing.accounts = {"octo": TESS, "rev": OMAR}
    mine = pull("assigned", 5, _assignee={"login": "octo"})
    assert only(hearing.hear("pull_request", mine)).news == ()
    other = pull("assigned", 6, _assignee={"login": "rev"})
    assert only(hearing.hear("pull_request", other)).news[0].asks == (OMAR,)


def test_a_merge_is_told_and_is_the_end(hearing: Hearing) -> None:
    hearing.hear("pull_request", pull("opened"))
    merged = pull(
        "closed", 9, state="closed", merged=True, merged_at=at(9), merged_by={"login": "tess"}, by="tess"
    )
    relay = only(hearing.hear("pull_request", merged))
    assert relay.done
    assert relay.status == "merged"
    assert relay.news[0].text == "🟣 `tess` merged it into `main`."
    assert "🟣 **Merged** by `tess`" in relay.card


def test_an_end_is_told_once_however_it_was_found_out(hearing: Hearing) -> None:
    ended = {"state": "closed", "merged_at": at(9), "closed_at": at(9)}
    heard = only(hearing.hear("pull_request", pull("closed", 9, merged=True, **ended)))
    # Looked up later, when somebody had commented on it.
    found = only(hearing.hear("pull_request", pull("closed", 30, **ended)))
    assert heard.news[0].key == found.news[0].key


def test_a_closed_one_is_the_end_and_a_reopened_one_is_not(hearing: Hearing) -> None:
    assert only(hearing.hear("pull_request", pull("closed", 5, state="closed"))).done
    relay = only(hearing.hear("pull_request", pull("reopened", 6)))
    assert relay.done is False
    assert "opened it again" in relay.news[0].text


def test_the_latest_word_of_each_reviewer_counts(hearing: Hearing) -> None:
    hearing.hear("pull_request", pull("opened"))
    hearing.hear("pull_request_review", review("submitted", 1, "changes_requested", 10, body="No."))
    assert "❌ `rev` asks for changes" in hearing.told[0].card
    hearing.hear("pull_request_review", review("submitted", 2, "approved", 20))
    hearing.hear("pull_request_review", review("submitted", 3, "commented", 30, body="Nice."))
    assert "✅ `rev` approved" in hearing.told[0].card
    assert "changes" not in hearing.told[0].card
    assert "+10 -3 in 2 files" in hearing.told[0].card, "a review says less, and takes nothing away"
    hearing.hear("pull_request_review", review("dismissed", 2, "dismissed", 20, sender="octo"))
    assert "`rev` (dismissed)" in hearing.told[0].card
    assert "`octo` dismissed the [review]" in hearing.told[0].news[0].text


def test_changes_asked_for_call_the_author(hearing: Hearing) -> None:
    hearing.accounts = {"octo": TESS}
    hearing.hear("pull_request_review", review("submitted", 1, "changes_requested", 10, body="No."))
    assert hearing.told[0].news[0].asks == (TESS,)
    assert hearing.told[0].news[0].text.endswith("```text\nNo.\n```")


def test_a_review_that_only_carries_comments_is_told_by_them(hearing: Hearing) -> None:
    hearing.hear("pull_request_review", review("submitted", 1, "commented", 10))
    assert hearing.told[0].news == ()
    hearing.hear("pull_request_review", review("edited", 1, "commented", 11, body="Now with words."))
    assert hearing.told[0].news == ()


def test_commits_after_an_approval_are_told(hearing: Hearing) -> None:
    hearing.hear("pull_request_review", review("submitted", 1, "approved", 10))
    hearing.hear("pull_request", pull("synchronize", 11, head={"ref": "codes", "sha": "c" * 40}))
    assert "pushed to it after it was approved: now at `ccccccc`" in hearing.told[0].news[0].text


def test_a_comment_on_an_issue_that_is_a_pull_request_is_said_there(hearing: Hearing) -> None:
    payload = issue("created", 5, number=12, title="Ask for a second code")
    payload["issue"]["pull_request"] = {"merged_at": None}
    payload["comment"] = {
        "id": 3,
        "body": "Well done.",
        "html_url": "https://github.com/c",
        "user": {"login": "rev"},
    }
    relay = only(hearing.hear("issue_comment", payload))
    assert relay.subject.key.endswith(":pull:12")
    assert relay.news[0].text == "💬 `rev` [commented](https://github.com/c):\n```text\nWell done.\n```"
    assert only(hearing.hear("issue_comment", payload | {"action": "edited"})).news == ()


def test_conversations_are_counted(hearing: Hearing) -> None:
    for name, action in (("a", "resolved"), ("b", "resolved"), ("b", "unresolved")):
        thread = pull(action, 5) | {
            "thread": {"node_id": name},
            "updated_at": at(6 if action != "resolved" else 5),
        }
        hearing.hear("pull_request_review_thread", thread)
    assert "**Conversations:** 1 resolved, 1 open again" in hearing.told[0].card


def test_news_that_came_too_late_to_be_true_is_not_told(hearing: Hearing) -> None:
    hearing.hear("pull_request", pull("reopened", 20))
    relay = only(hearing.hear("pull_request", pull("closed", 10, state="closed")))
    assert relay.news == ()
    assert relay.done is False


STORY = [
    ("pull_request", pull("opened", 0, draft=True)),
    ("pull_request", pull("labeled", 0, draft=True, labels=[{"name": "bug"}])),
    ("pull_request", pull("ready_for_review", 4, labels=[{"name": "bug"}])),
    ("pull_request_review", review("submitted", 1, "changes_requested", 5)),
    ("pull_request_review", review("submitted", 2, "approved", 7)),
    ("pull_request_review", review("dismissed", 2, "dismissed", 7)),
    ("pull_request_review", review("submitted", 3, "approved", 9, by="tess")),
    ("pull_request", pull("unlabeled", 11)),
    ("pull_request", pull("closed", 12, state="closed", merged=True, merged_at=at(12))),
]


def test_any_order_ends_in_the_same_card(hearing: Hearing) -> None:
    ends = set()
    chance = random.Random(20261123)
    for _ in range(60):
        hearing.forget()
        heard = [*STORY, *chance.sample(STORY, 3)]
        chance.shuffle(heard)
        for kind, payload in heard:
            hearing.hear(kind, payload)
        # What is said last is the state, whoever was last heard.
        hearing.hear("pull_request", STORY[0][1])
        ends.add((hearing.told[0].card, hearing.told[0].done))
    assert len(ends) == 1
    ((card, done),) = ends
    assert done
    assert "🟣 **Merged**" in card
    assert "✅ `tess` approved" in card
    assert "`rev` (dismissed)" in card
    assert "bug" not in card


def test_a_check_is_shown_for_the_newest_commit_only(hearing: Hearing) -> None:
    from handlers.github.pull_card import with_check  # noqa: PLC0415 - what the readers of checks call.
    from handlers.github.reading import Hook  # noqa: PLC0415 - likewise.

    def check(name: str, state: str, sha: str) -> Relay | None:
        with hearing.database.session() as session:
            ctx = hearing._context(session)
            known = Hook.of(hook(""))
            return with_check(
                ctx, known, 12, name=name, state=state, sha=sha, url="https://github.com/x", at=None
            )

    assert check("build", "failure", "a" * 40) is None, "nothing is known of the pull request yet"
    hearing.hear("pull_request", pull("opened"))
    assert "**Checks:** ❌ [`build`](https://github.com/x)" in hearing.told[0].card
    later = check("lint", "success", "0" * 40)
    assert later is not None
    assert "lint" not in later.card


def test_every_order_of_a_short_story_ends_alike(hearing: Hearing) -> None:
    ends = set()
    for order in itertools.permutations(STORY[:5]):
        hearing.forget()
        for kind, payload in order:
            hearing.hear(kind, payload)
        hearing.hear(*STORY[0])
        ends.add(hearing.told[0].card)
    assert len(ends) == 1


def checked(
    kind: str, number: int, state: str, conclusion: str | None = None, second: int = 5
) -> dict[str, object]:
    facts = {
        "id": 1,
        "name": "build",
        "head_sha": "a" * 40,
        "status": state,
        "conclusion": conclusion,
        "html_url": "https://github.com/acme/stuf-acme-audit/runs/1",
        "app": {"slug": "elsewhere"},
        "check_suite": {"id": 3, "head_branch": "codes"},
        "pull_requests": [{"number": number}],
        "completed_at" if kind == "check_run" else "updated_at": at(second),
    }
    return hook("completed" if conclusion else "created", **{kind: facts})


@pytest.mark.parametrize("kind", ["check_run", "workflow_run"])
def test_checks_and_runs_are_shown_on_the_card_of_their_pull_request(hearing: Hearing, kind: str) -> None:
    hearing.hear("pull_request", pull("opened"))
    for payload, mark in (
        (checked(kind, 12, "in_progress"), "⏳"),
        (checked(kind, 12, "completed", "failure", 6), "❌"),
        (checked(kind, 12, "in_progress", None, 4), "❌"),
        (checked(kind, 12, "completed", "success", 9), "✅"),
    ):
        hearing.hear(kind, payload)
        relay = hearing.told[-1]
        assert relay.subject.key.endswith(":pull:12")
        assert relay.news == ()
        assert f"**Checks:** {mark} [`build`](https://github.com/acme/stuf-acme-audit/runs/1)" in relay.card
        assert relay.subject.title == "Ask for a second code"


def test_a_check_of_a_pull_request_that_nobody_told_of_makes_no_card(hearing: Hearing) -> None:
    hearing.hear("check_run", checked("check_run", 99, "completed", "success"))
    assert not any(":pull:" in relay.subject.key for relay in hearing.told)
