"""Which object a topic is about, in a fleet whose STUFs all have a `#12`."""

from dataclasses import replace

from relay_desk import PULL, Desk
from sqlalchemy import event

from stuf_bot.relays import Relay, Relays
from stuf_bot.store.tables import ChannelNameRow

FLEET = 20


def fill(desk: Desk) -> None:
    for number in range(FLEET):
        key = f"github:acme/stuf-{number}:pull:12"
        desk.says(Relay(replace(PULL, key=key, stuf=f"s{number}"), "pull-requests", card="card"))


def test_the_fleet_costs_nothing(desk: Desk) -> None:
    fill(desk)
    asked: list[str] = []
    event.listen(desk.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with desk.database.session() as session:
        found = desk.relays.subject_at(session, "stuf-s7", "#12 Make it quicker")
    assert found is not None
    assert found.stuf == "s7"
    assert len([each for each in asked if each.startswith("SELECT")]) <= 3


def test_a_renamed_channel_is_still_the_same(desk: Desk) -> None:
    fill(desk)
    ids = {"stuf-s7": 7, "the seventh": 7, "stuf-s8": 8}
    with desk.database.session() as session:
        session.add_all(ChannelNameRow(name=name, channel_id=number) for name, number in ids.items())
    relays = Relays(lambda _session, slug: f"stuf-{slug}", "home", channel_id=ids.get)
    with desk.database.session() as session:
        found = relays.subject_at(session, "the seventh", "✔ #12 what it was")
        assert found is not None
        assert found.stuf == "s7"
        assert relays.subject_at(session, "the eighth", "#12 what it was") is None
