"""Pushes, branches, tags and releases: what is told, and how they stand."""

import itertools

from github_hearing import Hearing
from payloads import at, hook, push

TESS = 9
NONE = "0"


def test_a_push_lists_its_commits(hearing: Hearing) -> None:
    hearing.stuf, hearing.accounts = "acme-audit", {"octo": TESS}
    (relay,) = hearing.hear("push", push(1, "a", "b", "Fix the page\n\nIt was blank.", "Add a test"))
    assert (relay.kind, relay.status, relay.branch) == ("pushes", "pushed", "main")
    assert relay.subject.topic == "main commits"
    assert relay.news[0].text == (
        "⬆️ @_**|9** pushed [2 commits](https://github.com/c) to `main`:\n"
        "- [`1111111`](https://github.com/acme/stuf-acme-audit/commit/0) `Fix the page` by @_**|9**\n"
        "- [`2222222`](https://github.com/acme/stuf-acme-audit/commit/1) `Add a test` by @_**|9**"
    )
    assert "octo@example.org" not in relay.card + relay.news[0].text


def test_an_author_without_an_account_is_named_and_an_address_in_a_name_is_not(hearing: Hearing) -> None:
    payload = push(1, "a", "b", "One", "Two")
    payload["commits"][0]["author"] = {"name": "Ana Lyst", "email": "ana@example.org"}
    payload["commits"][1]["author"] = {"name": "ana@example.org", "email": "ana@example.org"}
    text = hearing.hear("push", payload)[0].news[0].text
    assert "`One` by `Ana Lyst`" in text
    assert "`Two` by `[…]`" in text


def test_many_commits_are_cut_and_counted(hearing: Hearing) -> None:
    (relay,) = hearing.hear("push", push(1, "a", "b", *(f"Step {number}" for number in range(14))))
    assert relay.news[0].text.count("\n- ") == 11
    assert relay.news[0].text.endswith("… and 4 more")
    assert "- … and 4 before" in relay.card


def test_a_forced_push_says_from_where_to_where(hearing: Hearing) -> None:
    (relay,) = hearing.hear("push", push(1, "a", "b", "One", forced=True))
    assert relay.status == "forced"
    assert "force-pushed `main`: it was at `aaaaaaa` and is now at [`bbbbbbb`]" in relay.news[0].text


def test_a_branch_that_is_forced_back_and_forth_is_told_each_time_and_a_redelivery_is_not(
    hearing: Hearing,
) -> None:
    forth, back = push(1, "a", "b", forced=True), push(2, "b", "a", forced=True)
    again = push(3, "a", "b", forced=True)
    keys = [hearing.hear("push", one)[0].news[0].key for one in (forth, back, again, again)]
    assert len(set(keys)) == 3
    assert keys[2] == keys[3]


def test_a_branch_comes_and_goes(hearing: Hearing) -> None:
    made = push(1, NONE, "b", ref="refs/heads/codes", created=True, base_ref="refs/heads/main")
    (relay,) = hearing.hear("push", made)
    assert (relay.kind, relay.done) == ("branches", False)
    assert relay.news[0].text == "🌱 `octo` created the branch `codes` from `main`."
    (relay,) = hearing.hear("push", push(2, "b", NONE, ref="refs/heads/codes", deleted=True))
    assert relay.done
    assert relay.news[0].text == "🗑️ `octo` deleted the branch `codes`."
    assert "⚪ **Deleted**" in relay.card


def test_what_a_push_tells_is_not_told_twice(hearing: Hearing) -> None:
    hearing.hear("push", push(1, NONE, "b", ref="refs/heads/codes", created=True))
    made = hook("", ref="codes", ref_type="branch")
    (relay,) = hearing.hear("create", made)
    assert relay.news == ()
    assert relay.subject.key.endswith(":branch:codes")


def test_pushes_heard_in_any_order_end_at_the_newest(hearing: Hearing) -> None:
    pushes = [push(number, "a", f"{number}", f"Commit {number}") for number in (1, 2, 3)]
    cards = set()
    for order in itertools.permutations([*pushes, pushes[0]]):
        hearing.forget()
        for payload in order:
            (relay,) = hearing.hear("push", payload)
        cards.add(relay.card)
    assert len(cards) == 1
    assert "`Commit 3`" in cards.pop()


def test_branches_of_the_merge_queue_are_passed_over(hearing: Hearing) -> None:
    assert hearing.hear("push", push(1, NONE, "b", ref="refs/heads/gh-readonly-queue/main/pr-1")) == []


def release(action: str, second: int = 1, **more: object) -> dict[str, object]:
    facts = {
        "id": 5,
        "tag_name": "v1.2",
        "name": "Spring",
        "html_url": "https://github.com/acme/stuf-acme-audit/releases/tag/v1.2",
        "draft": False,
        "prerelease": False,
        "author": {"login": "octo"},
        "body": "New things.",
        "published_at": at(1),
        "updated_at": at(second),
        "assets": [
            {"name": "stuf.zip", "size": 1500, "browser_download_url": "https://github.com/x/stuf.zip"}
        ],
    }
    return hook(action, release=facts | more)


def test_a_release_is_told_once_and_shares_its_topic_with_its_tag(hearing: Hearing) -> None:
    hearing.stuf = "acme-audit"
    (tag,) = hearing.hear("push", push(1, NONE, "b", ref="refs/tags/v1.2", created=True))
    assert tag.news[0].text == "🏷️ `octo` tagged `bbbbbbb` as `v1.2`."
    published, released = (
        hearing.hear("release", release(action))[0] for action in ("published", "released")
    )
    assert tag.subject == published.subject
    assert published.news == released.news
    assert published.news[0].text.startswith("🚀 `octo` released [`Spring`]")
    assert "Tag at `bbbbbbb`" in released.card
    assert "**Files:** [`stuf.zip`](https://github.com/x/stuf.zip) (1.5 kB)" in released.card


def test_a_release_that_is_taken_back_or_deleted_is_told(hearing: Hearing) -> None:
    hearing.hear("release", release("published"))
    (relay,) = hearing.hear("release", release("unpublished", 5, draft=True))
    assert "it is a draft again" in relay.news[0].text
    assert "📝 **Draft**" in relay.card
    (relay,) = hearing.hear("release", release("deleted", 6))
    assert relay.done
    assert "⚪ **Deleted**" in relay.card


def test_changed_notes_show_on_the_card_alone(hearing: Hearing) -> None:
    hearing.hear("release", release("published"))
    (relay,) = hearing.hear("release", release("edited", 5, body="Newer things."))
    assert relay.news == ()
    assert "Newer things." in relay.card


def test_a_comment_on_a_commit_has_the_commits_topic(hearing: Hearing) -> None:
    said = {
        "id": 1,
        "commit_id": "c" * 40,
        "body": "Why?",
        "html_url": "https://github.com/c#x",
        "path": "a.py",
    }
    (relay,) = hearing.hear("commit_comment", hook("created", comment=said))
    assert relay.subject.label == "stuf-acme-audit ccccccc"
    assert relay.news[0].text.startswith("💬 `octo` [commented](https://github.com/c#x) on `a.py`:")
