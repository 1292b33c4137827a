"""Events of an object in any order, doubled as they may be, end in the same card, and tell each thing once."""

from dataclasses import dataclass, replace
from itertools import count as count_from

from hypothesis import given, settings
from hypothesis import strategies as st
from relay_desk import PULL, Desk
from sqlalchemy.orm import Session

from stuf_bot.acts import Act, Card, Post, ResolveTopic
from stuf_bot.relays import News, Objects, Relay, Subject


@dataclass(frozen=True)
class Heard:
    """What a sender tells: the state with its time, or a thing that happened once more."""

    number: int
    state: str = ""
    status: str = "failure"


EVENTS = st.lists(
    st.builds(
        Heard,
        number=st.integers(0, 7),
        state=st.sampled_from(["", "open", "closed", "draft"]),
        status=st.sampled_from(["failure", "success"]),
    ),
    max_size=8,
    unique_by=lambda heard: heard.number,
)


def source(desk: Desk, session: Session, subject: Subject, heard: Heard) -> list[Act]:
    """A source as docs/relays.md describes one: the newest state counts, and each event once."""
    objects = Objects()
    facts = objects.read(session, subject.key) or {"at": -1, "state": "open", "events": []}
    if heard.state and heard.number > facts["at"]:
        facts |= {"at": heard.number, "state": heard.state}
    facts |= {"events": sorted({*facts["events"], heard.number})}
    objects.keep(session, subject.key, subject.stuf, facts)
    relay = Relay(
        subject,
        "checks",
        status=heard.status,
        card=f"{facts['state']} {len(facts['events'])}",
        news=(News(f"e{heard.number}", f"event {heard.number}"),),
        done=facts["state"] == "closed",
    )
    return desk.relays.say(session, relay, desk.now)


def played(desk: Desk, subject: Subject, events: list[Heard]) -> tuple[str, bool, frozenset[str]]:
    """The card at the end, whether the topic is done, and what was posted."""
    card, done, posted = "", False, []
    with desk.database.session() as session:
        acts = [act for heard in events for act in source(desk, session, subject, heard)]
    for act in acts:
        if isinstance(act, Card):
            card = act.content
        elif isinstance(act, ResolveTopic):
            done = act.done
        elif isinstance(act, Post):
            posted.append(act.content)
    assert len(posted) == len(set(posted))
    return card, done, frozenset(posted)


def test_any_order_and_any_doubling_end_the_same(desk: Desk) -> None:
    numbers = count_from(1)

    @settings(max_examples=25)
    @given(events=EVENTS, data=st.data())
    def holds(events: list[Heard], data: st.DataObject) -> None:
        again = data.draw(st.lists(st.sampled_from(events), max_size=4) if events else st.just([]))
        mixed = data.draw(st.permutations([*events, *again]))
        first, second = (replace(PULL, key=f"pull:{next(numbers)}") for _ in range(2))
        assert played(desk, first, list(mixed)) == played(desk, second, events)

    holds()


def test_the_object_of_one_stuf_is_none_of_another(desk: Desk) -> None:
    """Keys name objects; two STUFs may each have a #12."""
    other = Subject("github:acme/stuf-y:pull:12", "beta", "#12", "Make it quicker")
    desk.says(Relay(PULL, "issues", card="one"))
    desk.says(Relay(other, "issues", card="two"))
    with desk.database.reading() as session:
        assert desk.relays.subject_at(session, "stuf-beta", "#12 Make it quicker") == other
        assert desk.relays.subject_at(session, "stuf-acme-audit", "#12 Make it quicker") == PULL
