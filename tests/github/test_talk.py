"""Issues, discussions, the wiki, and whatever else happens to a repository."""

import pytest
from github_hearing import Hearing
from payloads import at, hook, issue

OMAR = 10


def test_an_issue_closed_is_the_end_with_its_reason(hearing: Hearing) -> None:
    hearing.hear("issues", issue("opened"))
    assert hearing.told[0].news == ()
    hearing.hear("issues", issue("closed", 5, state="closed", state_reason="not_planned"))
    assert hearing.told[0].done
    assert hearing.told[0].news[0].text == "🟣 `octo` closed it as not planned."
    assert "⚪ **Closed** as not planned" in hearing.told[0].card
    hearing.hear("issues", issue("reopened", 6, state_reason="reopened"))
    assert hearing.told[0].done is False
    assert "🟢 **Open**" in hearing.told[0].card


def test_who_gets_an_issue_is_called(hearing: Hearing) -> None:
    hearing.accounts = {"rev": OMAR}
    hearing.hear("issues", issue("assigned", 5, assignees=[{"login": "rev"}], _assignee={"login": "rev"}))
    assert hearing.told[0].news[0].asks == (OMAR,)
    assert "**Assigned:** @_**|10**" in hearing.told[0].card


@pytest.mark.parametrize("action", ["edited", "labeled", "pinned", "milestoned", "typed"])
def test_small_changes_notify_nobody(hearing: Hearing, action: str) -> None:
    hearing.hear("issues", issue("opened"))
    hearing.hear("issues", issue(action, 5, title="The page is white"))
    assert hearing.told[0].news == ()
    assert "`The page is white`" in hearing.told[0].card


def test_a_moved_issue_says_where_to(hearing: Hearing) -> None:
    to = {"full_name": "acme/other", "html_url": "https://github.com/acme/other"}
    hearing.hear("issues", issue("transferred", 5, _changes={"new_repository": to}))
    assert "moved it to [`acme/other`](https://github.com/acme/other)." in hearing.told[0].news[0].text
    assert hearing.told[0].done


def test_what_was_said_stays_as_it_was_told(hearing: Hearing) -> None:
    said = {"id": 3, "body": "Me too.", "html_url": "https://github.com/c", "user": {"login": "rev"}}
    hearing.hear("issue_comment", issue("created", 5) | {"comment": said})
    assert (
        hearing.told[0].news[0].text == "💬 `rev` [commented](https://github.com/c):\n```text\nMe too.\n```"
    )
    for action in ("edited", "deleted"):
        hearing.hear("issue_comment", issue(action, 6) | {"comment": said | {"body": "Not me."}})
        assert hearing.told[0].news == ()


def test_addresses_in_what_people_write_are_left_out(hearing: Hearing) -> None:
    words = "Ask ana@example.org or +44 7700 900123."
    said = {"id": 3, "body": words, "html_url": "https://github.com/c", "user": {"login": "rev"}}
    hearing.hear("issue_comment", issue("created", 5, title=words, body=words) | {"comment": said})
    relay = hearing.told[0]
    every = relay.card + relay.news[0].text + relay.subject.topic + str(hearing.memory.facts)
    assert "ana@" not in every
    assert "7700" not in every
    assert "Ask […] or […]." in relay.news[0].text


def test_a_long_text_is_cut(hearing: Hearing) -> None:
    hearing.hear("issues", issue("opened", body="word " * 20_000))
    assert len(hearing.told[0].card) < 1500
    hearing.hear("issues", issue("edited", 5, body="line\n" * 500))
    assert hearing.told[0].card.count("line") == 15


def test_an_answered_discussion_is_done(hearing: Hearing) -> None:
    discussion = {
        "number": 9,
        "title": "How?",
        "state": "open",
        "updated_at": at(1),
        "category": {"name": "Q&A"},
    }
    hearing.hear("discussion", hook("created", discussion=discussion))
    assert "in `Q&A`" in hearing.told[0].card
    answered = discussion | {"updated_at": at(2), "answer_html_url": "https://github.com/a"}
    answer = {"id": 1, "body": "So.", "html_url": "https://github.com/a"}
    hearing.hear("discussion", hook("answered", discussion=answered, answer=answer))
    assert hearing.told[0].done
    assert (
        "marked [a comment](https://github.com/a) as the answer:\n```text\nSo."
        in hearing.told[0].news[0].text
    )


def test_small_things_are_lines_of_one_card_newest_first(hearing: Hearing) -> None:
    for number in range(12):
        label = {"name": f"label {number}", "updated_at": at(number)}
        hearing.hear("label", hook("created", label=label))
        hearing.hear("label", hook("created", label=label))
    (relay,) = hearing.told
    assert relay.news == ()
    assert relay.kind == "repository"
    lines = [line for line in relay.card.splitlines() if line.startswith("- ")]
    assert len(lines) == 10
    assert lines[0].endswith("`octo` created the label `label 11`.")


def test_the_wiki_is_told(hearing: Hearing) -> None:
    page = {"title": "Home", "action": "created", "html_url": "https://github.com/w"}
    hearing.hear("gollum", hook("", pages=[page]))
    assert (
        hearing.told[0].news[0].text
        == "📖 `octo` worked on the wiki: created [`Home`](https://github.com/w)."
    )


def test_an_unknown_action_of_a_known_kind_is_told_in_its_own_words(hearing: Hearing) -> None:
    hearing.hear("milestone", hook("frobbed_twice", milestone={"title": "v1"}))
    assert "`octo` frobbed twice the milestone `v1`." in hearing.told[0].card
    hearing.hear("milestone", hook("@**all**", milestone={"title": "v1"}))
    assert "`octo` `@**all**` the milestone `v1`." in hearing.told[0].card
