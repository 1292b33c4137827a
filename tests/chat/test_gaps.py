"""Lost queues, lost servers and long absences: afterwards everything is heard, once."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Post
from stuf_bot.chat import cursor
from stuf_bot.messages import MessageReceived, ReactionAdded, Reconnected
from stuf_bot.places import Topic

MENTION = "@**STUF Bot**"


def texts(bot: Any) -> list[str]:
    return sorted(event.content for event in bot.handled if isinstance(event, MessageReceived))


def test_a_lost_queue_loses_no_message(realm: ZulipRealm, bot: Any, tess: Any, pat: Any, until: Any) -> None:
    said = []
    for number in range(6):
        said.append(f"number {number}")
        tess.direct(said[-1])
        if number % 2:
            realm.drop_queues()
    until(lambda: len(tess.reads_from_bot()) == len(said), "all are answered")
    assert tess.reads_from_bot() == [f"heard: {text}" for text in said]


@pytest.mark.parametrize("status", [500, 502])
def test_an_event_server_that_is_down_for_a_while(
    realm: ZulipRealm, bot: Any, tess: Any, until: Any, status: int
) -> None:
    realm.fail_next("GET", "/api/v1/events", status, times=2)
    realm.fail_next("POST", "/api/v1/register", status, times=1)
    tess.direct("one")
    tess.direct("two")
    until(lambda: len(tess.reads_from_bot()) == 2, "both are answered")
    assert tess.reads_from_bot() == ["heard: one", "heard: two"]


def test_a_nonsense_answer_is_survived(realm: ZulipRealm, bot: Any, tess: Any, until: Any) -> None:
    realm.fail_next("GET", "/api/v1/events", 200, '{"result": "success", "msg": ""}')
    realm.fail_next("GET", "/api/v1/events", 200, '{"result":"success","events":[{"id":7,"type":"message"}]}')
    realm.drop_queues()
    tess.direct("still there?")
    until(tess.reads_from_bot, "the answer")
    assert tess.reads_from_bot() == ["heard: still there?"]


def test_a_server_that_restarts(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any, tmp_path: Any, moments: Any
) -> None:
    bot = make_bot(realm)
    bot.start()
    port = int(realm.url.rsplit(":", 1)[1])
    realm.stop()
    again = ZulipRealm(tmp_path / "realm0", port, clock=moments.unix, rate_limit=100_000)
    again.start()
    try:
        tess.direct("are you back?")
        until(tess.reads_from_bot, "the answer")
        assert tess.reads_from_bot() == ["heard: are you back?"]
    finally:
        bot.stop()
        again.stop()


def test_the_first_start_begins_now(realm: ZulipRealm, make_bot: Any, tess: Any, until: Any) -> None:
    tess.direct("before the bot was there")
    tess.say("stuf-admin", "t", f"{MENTION} before")
    first = make_bot(realm)
    first.start()
    realm.drop_queues()
    tess.direct("after")
    until(lambda: texts(first), "the message after")
    first.stop()
    second = make_bot(realm)
    second.start()
    tess.direct("later")
    until(lambda: texts(second), "the latest")
    assert (texts(first), texts(second)) == (["after"], ["later"])


def test_what_was_said_during_an_absence_is_heard_with_a_word_about_it(
    realm: ZulipRealm, make_bot: Any, tess: Any, pat: Any, until: Any, moments: Any
) -> None:
    first = make_bot(realm)
    first.start()
    first.put(Post(to=Topic(channel="stuf-admin", topic="plan"), content="confirm?", key="plan"))
    plan = until(lambda: first.message_id("plan"), "the plan")
    edited = tess.say("stuf-admin", "t", "list")
    tess.direct("in time")
    until(lambda: texts(first) == ["in time"], "the first")
    first.stop()

    moments.forward(300)
    direct = tess.direct("direct")
    mentioned = pat.say("general", "t", f"{MENTION} mentioned")
    pat.say("general", "t", "not mentioned")
    tess.call(f"messages/{edited}", "PATCH", content=f"{MENTION} edited")
    tess.react(plan, "thumbs_up")
    moments.forward(60)

    second = make_bot(realm)
    second.start()
    until(lambda: len(second.handled) == 5, "all that happened")
    assert texts(second) == [f"{MENTION} edited", f"{MENTION} mentioned", "direct"]
    assert all(event.caught_up for event in second.handled if isinstance(event, MessageReceived))
    assert [event.message_id for event in second.handled if isinstance(event, ReactionAdded)] == [plan]
    (gap,) = [event for event in second.handled if isinstance(event, Reconnected)]
    assert gap.waited == 4
    waiting = {message.message_id: (message.sender_name, message.channel_name) for message in gap.messages}
    assert waiting == {
        direct: ("Tess Architect", None),
        mentioned: ("Pat Plain", "general"),
        edited: ("Tess Architect", "stuf-admin"),
    }
    assert 350 < (gap.until - gap.since).total_seconds() < 420


@pytest.mark.parametrize(("away", "said"), [(10, True), (300, False)])
def test_no_word_about_a_short_gap_or_an_empty_one(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any, moments: Any, away: int, said: bool
) -> None:
    first = make_bot(realm)
    first.start()
    first.stop()
    moments.forward(away)
    if said:
        tess.direct("hello")
    second = make_bot(realm)
    second.start()
    tess.direct("last")
    until(lambda: "last" in texts(second), "the last")
    assert not [event for event in second.handled if isinstance(event, Reconnected)]


def test_a_long_absence_is_read_page_by_page(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("stuf_bot.chat.catch_up._PAGE", 4)
    first = make_bot(realm)
    first.start()
    first.stop()
    said = [f"number {number:02}" for number in range(14)]
    for text in said:
        tess.direct(text)
        tess.say("general", "chatter", text)
    second = make_bot(realm)
    second.start()
    until(lambda: len(tess.reads_from_bot()) == len(said), "all are answered")
    assert tess.reads_from_bot() == [f"heard: {text}" for text in said]


def test_of_many_that_waited_the_first_are_named(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any, moments: Any
) -> None:
    first = make_bot(realm)
    first.start()
    first.stop()
    ids = [tess.direct(f"number {number}") for number in range(23)]
    moments.forward(300)
    second = make_bot(realm)
    second.start()
    until(lambda: len(second.handled) == len(ids) + 1, "all that waited")
    (gap,) = [event for event in second.handled if isinstance(event, Reconnected)]
    assert (gap.waited, [message.message_id for message in gap.messages]) == (23, ids[:20])


def test_an_interrupted_catch_up_goes_on_where_it_was(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("stuf_bot.chat.catch_up._PAGE", 2)
    first = make_bot(realm)
    first.start()
    first.stop()
    said = [f"number {number}" for number in range(7)]
    for text in said:
        tess.direct(text)
    second = make_bot(realm)
    real = second.api.messages
    calls = 0

    def messages(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls in {4, 9}:
            realm.fail_next("GET", "/api/v1/messages", 502)
        return real(*arguments, **options)

    monkeypatch.setattr(second.api, "messages", messages)
    second.start()
    until(lambda: len(tess.reads_from_bot()) == len(said), "all are answered")
    assert tess.reads_from_bot() == [f"heard: {text}" for text in said]


def test_a_message_that_another_overtook_is_not_lost(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any
) -> None:
    """The cursor stands behind a message whose event never came: ids are not given in the order of events."""
    first = make_bot(realm)
    first.intake.connect()
    tess.direct("overtaken")
    number = tess.say("general", "t", "the one that came first")
    with first.database.session() as session:
        cursor.advance(session, number, first.intake._clock())
    second = make_bot(realm)
    second.start()
    until(tess.reads_from_bot, "the answer")
    assert tess.reads_from_bot() == ["heard: overtaken"]


def test_a_mention_edited_in_within_the_second_of_the_last_contact_is_heard(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any, moments: Any
) -> None:
    """Zulip stamps an edit with whole seconds: it looks as if it had come before the bot went away."""
    first = make_bot(realm)
    first.start()
    old = tess.say("stuf-admin", "t", "list")
    tess.direct("in time")
    until(lambda: texts(first) == ["in time"], "the first")
    first.stop()
    moments.forward(300)
    tess.call(f"messages/{old}", "PATCH", content=f"{MENTION} edited")
    with first.database.session() as session:
        cursor.advance(session, old, moments.utc().replace(microsecond=999_999))
    second = make_bot(realm)
    second.start()
    until(lambda: texts(second) == [f"{MENTION} edited"], "the edit")


def test_chatter_before_a_dialogue_opened_is_no_answer_to_it(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any
) -> None:
    open_dialogue = False

    def listens(place: Any, sender: int) -> bool:
        return open_dialogue

    first = make_bot(realm, listens=listens)
    first.intake.connect()
    tess.say("stuf-admin", "t", "chatter")
    first.intake.listen()
    open_dialogue = True
    second = make_bot(realm, listens=listens)
    second.start()
    tess.say("stuf-admin", "t", "an answer")
    until(lambda: texts(second), "the answer")
    assert texts(second) == ["an answer"]


def test_a_deactivated_account_is_not_the_end(
    realm: ZulipRealm, bot: Any, ada: Any, tess: Any, until: Any, caplog: Any
) -> None:
    refusal = '{"result":"error","code":"UNAUTHORIZED","msg":"Account is deactivated"}'
    realm.fail_next("GET", "/api/v1/events", 401, refusal)
    realm.fail_next("POST", "/api/v1/messages", 401, refusal)
    realm.drop_queues()
    bot.put(Post(to=Topic(channel="general", topic="t"), content="kept"))
    until(lambda: ada.reads_from_bot(("channel", "general")) == ["kept"], "the post waits and goes out")
    tess.direct("hello")
    until(lambda: tess.reads_from_bot(("is", "dm")), "the answer")
    assert realm.accounts["bot"].api_key not in caplog.text


def test_who_may_not_be_heard(
    realm: ZulipRealm, make_realm: Callable[..., ZulipRealm], hand_bot: Any, tess: Any
) -> None:
    hearing = hand_bot.intake._hearing
    people = {person.user_id: person for person in hand_bot.directory.people()}
    assert hearing.is_person(tess.user_id)
    assert not hearing.is_person(hand_bot.directory.me.user_id)
    assert not any(hearing.is_person(number) for number, person in people.items() if person.is_bot)
    assert not hearing.is_person(4711)
    for change in ({"is_active": False}, {"role": 600}):
        hand_bot.intake.connect()
        hand_bot.directory.apply(
            {"type": "realm_user", "op": "update", "person": {"user_id": tess.user_id, **change}}
        )
        assert not hearing.is_person(tess.user_id)


def test_nothing_is_handled_before_it_is_known_who_is_who(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any
) -> None:
    """What waited in the inbox would be refused, or told to nobody, while Zulip is away at the start."""
    first = make_bot(realm)
    first.intake.connect()
    tess.direct("help")
    first.intake.listen()
    knew: list[bool] = []

    def handle(event: Any, session: Any) -> list[Post]:
        knew.append(second.directory.ready.is_set())
        return [Post(to=event.place, content="known")]

    second = make_bot(realm, handle)
    realm.fail_next("POST", "/api/v1/register", 502, times=2)
    second.start()
    until(tess.reads_from_bot, "the answer")
    assert knew == [True]
