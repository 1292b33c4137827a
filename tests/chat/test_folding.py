"""A burst for one topic becomes one message, once, in order, and whoever is named in it is notified."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Card, Choice, FilePart, Lane, Post
from stuf_bot.chat.content import CONTENT_LENGTH, mentions
from stuf_bot.chat.files import fitted
from stuf_bot.chat.folding import FOLD_ABOVE, MOST, folded
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.places import Topic

WORK = Topic(channel="stuf-admin", topic="work")
SEEN = (("channel", "stuf-admin"), ("topic", "work"))
TESS = "@**Tess Architect|9**"
PAT = "@**Pat Support|11**"


class Killed(BaseException):
    """The process ends here."""


def die(*_: Any, **__: Any) -> None:
    raise Killed


def news(content: str, *, key: str | None = None, lane: Lane = Lane.REPOSITORY, **options: Any) -> Post:
    return Post(to=WORK, content=content, key=key, lane=lane, **options)


def burst(count: int, first: int = 0, **options: Any) -> list[Post]:
    return [
        news(f"commit {number}", key=f"commit:{number}", **options) for number in range(first, first + count)
    ]


def test_few_go_one_by_one(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(*burst(FOLD_ABOVE))
    hand_bot.drain()
    assert tess.reads_from_bot(*SEEN) == [f"commit {number}" for number in range(FOLD_ABOVE)]


def test_many_go_as_one_with_the_newest_in_sight_and_the_rest_in_order(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(*burst(37))
    assert hand_bot.waiting() == 37
    hand_bot.drain()
    (said,) = tess.reads_from_bot(*SEEN)
    heading, newest, rest = said.split("\n\n", 2)
    assert heading == "**37 messages, folded:** the newest here, the others below in their order."
    assert newest == "commit 36"
    inside = "\n\n".join(f"commit {number}" for number in range(36))
    assert rest == f"```spoiler The other 36\n{inside}\n```"
    assert hand_bot.waiting() == 0


def test_every_folded_key_is_known_as_that_message_and_said_for_ever(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(*burst(20))
    hand_bot.drain()
    (said,) = [m for m in tess.reads(*SEEN) if m["sender_id"] == 12]
    assert {hand_bot.message_id(f"commit:{number}") for number in range(20)} == {said["id"]}
    with hand_bot.database.reading() as session:
        assert hand_bot.outbox.keys_of(session, said["id"]) == tuple(f"commit:{n}" for n in range(20))
        assert hand_bot.outbox.posted_at(session, "commit:7") is not None
        assert hand_bot.outbox.keys_of(session, 999) == ()
    hand_bot.put(*burst(20), cause="again")
    hand_bot.drain()
    assert len(tess.reads_from_bot(*SEEN)) == 1


@pytest.mark.parametrize(
    "kept",
    [
        news("answer", lane=Lane.REPLY),
        news("incident", lane=Lane.INCIDENT),
        news("plan", choices=(Choice(label="Yes", reply="confirm"),)),
        news("report", files=(FilePart(name="a.txt", content=b"a"),)),
        news("alone", folds=False),
        Card(to=WORK, key="card", content="card", lane=Lane.REPOSITORY),
    ],
)
def test_what_has_to_stand_alone_does_and_keeps_its_place(hand_bot: Any, tess: Any, kept: Any) -> None:
    hand_bot.put(*burst(12), kept, *burst(12, 12))
    hand_bot.drain()
    before, said, after = tess.reads_from_bot(*SEEN)
    assert "commit 11" in before
    assert said.split("\n")[0] == kept.content
    assert "commit 23" in after


def test_an_answer_may_be_allowed_to_fold(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(*burst(12, lane=Lane.REPLY, folds=True))
    hand_bot.drain()
    assert len(tess.reads_from_bot(*SEEN)) == 1


def test_the_most_urgent_is_in_sight(hand_bot: Any, tess: Any) -> None:
    hand_bot.put(*burst(12), news("error", lane=Lane.SENTRY), *burst(12, 12))
    hand_bot.drain()
    (said,) = tess.reads_from_bot(*SEEN)
    assert said.startswith("**25 messages, folded:** the newest of the most urgent here")
    assert said.split("\n\n")[1] == "error"


def test_each_topic_folds_for_itself(hand_bot: Any, tess: Any) -> None:
    other = [
        one.model_copy(update={"to": Topic(channel="stuf-admin", topic="other"), "key": None})
        for one in burst(5)
    ]
    hand_bot.put(*burst(12), *other)
    hand_bot.drain()
    assert len(tess.reads_from_bot(("channel", "stuf-admin"), ("topic", "other"))) == 5
    assert len(tess.reads_from_bot(*SEEN)) == 1


@pytest.mark.parametrize("long", [False, True])
def test_whoever_is_named_in_one_of_them_is_notified_once(
    hand_bot: Any, tess: Any, pat: Any, long: bool
) -> None:
    posts = burst(20)
    posts[3] = news(f"broken by {TESS}", key="3")
    posts[5] = news(f"and again, {TESS}", key="5")
    posts[7] = news("says `@**Pat Support|11**`" + (" and more" * 1500 if long else ""), key="7")
    hand_bot.put(*posts)
    hand_bot.drain()
    (message,) = [m for m in tess.reads(*SEEN) if m["sender_id"] == 12]
    assert "mentioned" in message["flags"]
    (same,) = [m for m in pat.reads(*SEEN) if m["sender_id"] == 12]
    assert "mentioned" not in same["flags"]
    assert ("messages.md" in message["content"]) == long


def test_a_long_fold_has_all_of_it_in_a_file(realm: ZulipRealm, hand_bot: Any, tess: Any) -> None:
    hand_bot.put(*(news(f"commit {number} " + "x" * 400, key=str(number)) for number in range(50)))
    hand_bot.drain()
    (said,) = tess.reads_from_bot(*SEEN)
    assert len(said) < 1500
    assert "commit 49" in said
    account = realm.accounts["tess"]
    api = ZulipApi.from_account(realm.url, account.email, account.api_key)
    kept = api.download(said.rsplit("](")[1].rstrip(")")).decode()
    assert [line.split()[1] for line in kept.splitlines() if line.startswith("commit")] == [
        str(number) for number in range(50)
    ]


@pytest.mark.parametrize("dies_at", ["fold", "folded", "upload", "keep", "send", "done"])
def test_killed_in_the_middle_of_a_fold(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any, dies_at: str
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(*(news(f"commit {number} " + "x" * 400, key=str(number)) for number in range(50)))
    waiting = first.sender._waiting
    where = {"upload": first.api, "send": first.api}.get(dies_at, waiting)
    if dies_at == "folded":
        real = waiting.fold

        def fold(head: Any) -> None:
            real(head)
            raise Killed

        monkeypatch.setattr(waiting, "fold", fold)
    else:
        monkeypatch.setattr(where, dies_at, die)
    with pytest.raises(Killed):
        first.sender.step()
    second = make_bot(realm)
    # What comes after the crash is no part of what was decided before it.
    second.put(news("later"), cause="later")
    second.intake.connect()
    second.drain()
    said = tess.reads_from_bot(*SEEN)
    # What was decided before the crash stands; where nothing was, all of it goes together.
    counts = ["**51 messages"] if dies_at == "fold" else ["**50 messages", "later"]
    assert [one.split(",")[0] for one in said] == counts
    assert second.message_id("0") == second.message_id("49")
    assert second.waiting() == 0


def test_after_a_restart_a_backlog_still_folds(realm: ZulipRealm, make_bot: Any, tess: Any) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(*burst(100))
    second = make_bot(realm)
    second.intake.connect()
    second.drain()
    (together,) = tess.reads_from_bot(*SEEN)
    assert together.startswith("**100 messages, folded:**")


def test_what_a_power_cut_left_waiting_though_it_was_sent_is_found_again(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(*burst(5))
    with monkeypatch.context() as patch:
        patch.setattr(first.sender._waiting, "done", lambda *_: None)
        for number in range(3):
            entry = first.sender._waiting.read(first.sender._waiting.head())
            first.sender._send(entry, doubtful=False)
            with first.database.session() as session:
                session.connection().exec_driver_sql(
                    "UPDATE outbox SET state = 'lost' WHERE key = ?", (f"commit:{number}",)
                )
    with first.database.session() as session:
        session.connection().exec_driver_sql("UPDATE outbox SET state = 'waiting'")
    second = make_bot(realm)
    second.intake.connect()
    second.put(*burst(30, 5), cause="more")
    second.drain()
    said = tess.reads_from_bot(*SEEN)
    assert said[:3] == [f"commit {number}" for number in range(3)]
    assert said[3].startswith("**32 messages, folded:**")
    assert len(said) == 4


def test_a_fold_that_is_refused_is_refused_as_a_whole(realm: ZulipRealm, make_bot: Any) -> None:
    refused: list[Any] = []
    bot = make_bot(realm, on_rejected=lambda undone: refused.append(undone.act) or ())
    bot.intake.connect()
    bot.put(*(one.model_copy(update={"to": Topic(channel="no-such", topic="t")}) for one in burst(30)))
    bot.drain()
    assert len(refused) == 1
    assert refused[0].content.startswith("**30 messages")
    assert bot.waiting() == 0


POSTS = st.lists(
    st.builds(
        news,
        st.one_of(
            st.text(st.sampled_from("ab \n`~@*>|9"), max_size=60),
            st.sampled_from(
                [TESS, f"`{TESS}`", f"```\n{PAT}", "```spoiler x\n" + PAT + "\n```", f"> {TESS}"]
            ),
            st.integers(0, 3).map(lambda times: "long line\n" * 1000 * times),
        ),
        lane=st.sampled_from([Lane.OPERATION, Lane.SENTRY, Lane.REPOSITORY]),
    ),
    min_size=2,
    max_size=MOST // 20,
)


@given(POSTS)
def test_any_fold_fits_and_loses_nothing(posts: list[Post]) -> None:
    post = fitted(folded(posts))
    assert len(post.content) <= CONTENT_LENGTH
    assert folded(posts) == folded(posts)
    everything = post.content + "".join(file.content.decode() for file in post.files)
    for one in posts:
        assert one.content.strip() in everything or not one.content.strip()
    called = {person for one in posts for person in mentions(one.content)}
    assert called <= set(mentions(post.content))
