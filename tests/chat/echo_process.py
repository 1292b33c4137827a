"""A bot that echoes, as a process of its own, to be killed: site, e-mail, key, database."""

import sys
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from stuf_bot.acts import Act, Card, Post
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.intake import Intake
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.sender import Sender
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.hall import Hall
from stuf_bot.inbox import Inbox
from stuf_bot.messages import MessageReceived, ReactionAdded, Reconnected
from stuf_bot.places import Topic
from stuf_bot.store.database import open_database
from stuf_bot.store.migrations import migrate


def echo(event: Any, _session: Session) -> Iterable[Act]:
    """Two messages and a card for each, so that there is something to lose in between."""
    if not isinstance(event, MessageReceived):
        return []
    return [
        Post(to=event.place, content=f"heard: {event.content}"),
        Card(to=Topic(channel="general", topic="card"), key="card", content=f"last heard: {event.content}"),
        Post(to=Topic(channel="general", topic="log"), content=f"logged: {event.content}"),
    ]


def main(site: str, email: str, key: str, url: str) -> None:
    """Run until killed."""
    database = open_database(url)
    migrate(database)
    budget = Budget()
    api = ZulipApi.from_account(site, email, key, budget)
    directory = Directory(api.find_user)
    kinds = {kind.__name__: kind for kind in (MessageReceived, ReactionAdded, Reconnected)}
    inbox, outbox = Inbox(database, kinds), Outbox(channel_id=directory.channel_id)
    sender = Sender(database, outbox, api, directory, budget)
    intake = Intake(database, inbox, outbox, api, directory, settle=sender.settle)
    hall = Hall(database, inbox, outbox, echo, lambda *_: ())
    hall.start()
    sender.start()
    intake.start()
    intake.connected.wait()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
