"""Marked values go in everywhere, and come out nowhere but to the person who typed them and into storage."""

import sqlite3

from marked import MAIL, MARKS, PHONE
from marked_hooks import PULL, SHORT_ID
from private_house import House, settings
from private_relays import Relays
from private_walk import COMMANDS, Walk

from stuf_bot.audit import configured


def test_every_command_and_every_relay_keeps_them(house: House) -> None:
    with house.database.session() as session:
        configured.started(session, settings(), "stuf-bot-1", house.talk.now)
    walk = Walk(house)
    relays = Relays(walk)
    relays.operations()
    relays.webhooks()
    relays.sentry()
    relays.github()
    relays.gap()
    walk.commands()
    walk.stale()
    house.later()
    assert walk.walked == set(house.commands)
    assert house.leaks(*walk.inputs) == []
    assert house.unfinished() == []
    # They were understood, and told of.
    told = "\n".join(house.zulip.public)
    assert f"#{PULL} Write to […]" in told
    assert f"{SHORT_ID} KeyError for … at …, call … or …" in told
    assert f"`{SHORT_ID}`: I have asked Sentry to reopen it" in told
    # It was all there: in storage, and in the person's own messages.
    for mark in (MAIL, PHONE):
        assert sum(mark.encode() in content for content in walk.stored) == 3
    assert any(b"marked bytes" in content for content in walk.stored)
    assert_gone_from_the_file(house)


def assert_gone_from_the_file(house: House) -> None:
    file = house.path / "bot.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not [mark for mark in (*MARKS, *house.made) if mark.encode() in file.read_bytes()]


def test_a_new_command_has_to_be_walked(house: House) -> None:
    assert set(COMMANDS) == set(house.commands)
