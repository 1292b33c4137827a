"""A conversation with the bot's own hall, without Zulip: a message in, acts out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy.orm import Session

import handlers
from handlers._create_form import CreateForm
from handlers._plan_text import Home
from provisioning.events import OperationChanged, OperationEnded
from provisioning.fleet import Fleet
from provisioning.operations.services import Nudges
from provisioning.repositories import Repositories
from provisioning.tables import Base as FleetBase
from stuf_bot import messages
from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, Post
from stuf_bot.chat.channels import Standing
from stuf_bot.chat.core import Core, chat_core
from stuf_bot.codes import Codes
from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived, Event, MessageReceived, ReactionAdded
from stuf_bot.places import Direct, Person, Topic
from stuf_bot.policy import Policy
from stuf_bot.relays import Objects, People, Relays
from stuf_bot.settings import Settings
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.tables import Base

ADA, TESS, OMAR, PAT, BOT, GUEST = 8, 9, 10, 11, 12, 13
BOT_MENTION = "@**STUF Bot**"
CODE_KEY = "q0uQdUlYvvLZIZMPZ1MHPBq6zMFjh5RW2iZ0Xv6Yb0k="
ROLES = {
    Role.ARCHITECT: ("architects",),
    Role.OPERATOR: ("operators",),
    Role.ADMINISTRATOR: ("administrators",),
}
KINDS = (
    messages.MessageReceived,
    messages.ReactionAdded,
    messages.TopicMarked,
    messages.DeliveryReceived,
    messages.ErrandEnded,
    messages.Reconnected,
    OperationChanged,
    OperationEnded,
)
TOPIC = Topic(channel=5, topic="new stufs")


class FakeDirectory:
    """The realm's people, as the directory gives them."""

    accounts: ClassVar = {
        ADA: Person(ADA, "Ada Admin"),
        TESS: Person(TESS, "Tess Architect"),
        OMAR: Person(OMAR, "Omar Ops"),
        PAT: Person(PAT, "Pat Plain"),
        BOT: Person(BOT, "STUF Bot", is_bot=True),
        GUEST: Person(GUEST, "Gus Guest", is_guest=True),
    }
    edit_limit_seconds: ClassVar[int | None] = 600
    groups: ClassVar = {"architects": {TESS}, "operators": {OMAR}, "administrators": {ADA}}

    @property
    def me(self) -> Person:
        return self.accounts[BOT]

    def now(self, person: Person) -> Person:
        return self.person(person.user_id) or person

    def people(self) -> tuple[Person, ...]:
        return tuple(self.accounts.values())

    def public_channels(self) -> tuple[str, ...]:
        return ("general", "stuf-admin")

    def person(self, user_id: int) -> Person | None:
        return self.accounts.get(user_id)

    def channel_id(self, name: str) -> int | None:
        return 7 if name in FakeChannels.members else None

    def groups_of(self, user_id: int) -> frozenset[str]:
        return frozenset(name for name, members in self.groups.items() if user_id in members)

    def channel_name(self, channel_id: int) -> str | None:
        return "stuf-admin"

    def group_members(self, name: str) -> frozenset[int] | None:
        return frozenset(self.groups.get(name, ()))


class FakeChannels:
    """One channel exists whose members are known; every other name is new."""

    members: ClassVar = {"secret-room": {PAT}}

    def standing(self, name: str, user_id: int) -> Standing:
        if name not in self.members:
            return Standing.NEW
        return Standing.MEMBER if user_id in self.members[name] else Standing.STRANGER


class FakeOutbox:
    """Remembers which key a message has."""

    def __init__(self) -> None:
        self.keys: dict[int, str] = {}

    def message_id(self, session: Session, key: str) -> int | None:
        return next((number for number, known in self.keys.items() if known == key), None)

    def key_of(self, session: Session, message_id: int) -> str | None:
        return self.keys.get(message_id)


class FakeErrands:
    """Keeps what is to be done outside, and does nothing."""

    def __init__(self) -> None:
        self.put_in: dict[tuple[str, str], dict[str, Any]] = {}

    def put(
        self,
        session: Session,
        kind: str,
        key: str,
        payload: Mapping[str, Any],
        *,
        order: str = "",
        at: datetime | None = None,
    ) -> bool:
        new = (kind, key) not in self.put_in
        self.put_in.setdefault((kind, key), dict(payload))
        return new

    def waits(self, session: Session, kind: str, key: str) -> bool:
        return (kind, key) in self.put_in


@dataclass
class Talk:
    """Says things to the bot and gives back what it wants said."""

    database: Database
    core: Core
    fleet: Fleet
    outbox: FakeOutbox
    inbox: Inbox
    uploads: dict[str, bytes]
    path: Path
    woken: list[bool]
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    last: int = 100
    errands: FakeErrands = field(default_factory=FakeErrands)
    acts: list[Act] = field(default_factory=list)

    def says(
        self, who: int, text: str, place: Topic | Direct | None = None, *, age: timedelta = timedelta()
    ) -> str:
        """The texts of all posts that answer, joined."""
        self.last += 1
        event = MessageReceived(
            message_id=self.last,
            sender_id=who,
            sender_name="",
            place=place or Direct(user_ids=(who,)),
            content=text,
            sent_at=self.now - age,
            caught_up=bool(age),
        )
        return self._handle(event)

    def reacts(self, who: int, key: str, emoji: str = "+1") -> str:
        """A reaction to the message that was posted with this key."""
        self.outbox.keys[7] = key
        return self._handle(ReactionAdded(message_id=7, user_id=who, emoji_name=emoji))

    def delivers(self, source: str, kind: str, body: dict[str, Any], subject: str = "") -> str:
        """A webhook, with an id of its own."""
        self.last += 1
        return self.hears(
            DeliveryReceived(
                source=source, delivery_id=f"delivery-{self.last}", kind=kind, subject=subject, body=body
            )
        )

    def hears(self, event: Event) -> str:
        """Any other event; the texts of all posts, joined."""
        return self._handle(event)

    def _handle(self, event: Event) -> str:
        with self.database.session() as session:
            self.acts = self.core.dispatcher.handle(event, session)
        return "\n".join(act.content for act in self.posts)

    @property
    def posts(self) -> list[Post]:
        """The posts among the last acts."""
        return [act for act in self.acts if isinstance(act, Post)]


def open_talk(path: Path, policy: Policy | None = None, settings: Settings | None = None) -> Talk:
    """The bot with all its behaviours, on a database of its own."""
    database = open_database(f"sqlite:///{path}")
    # Imported before the tables are made, for each brings its own.
    routers = handlers.routers()
    Base.metadata.create_all(database.engine)
    FleetBase.metadata.create_all(database.engine)
    directory, outbox = FakeDirectory(), FakeOutbox()
    uploads: dict[str, bytes] = {}
    woken: list[bool] = []
    fleet = Fleet(lambda: woken.append(True), repositories=Repositories("acme/stuf-control", "acme"))
    inbox = Inbox(database, {kind.__name__: kind for kind in KINDS}, clock=lambda: talk.now)
    talk = Talk(database, None, fleet, outbox, inbox, uploads, path, woken)

    def channel_of(session: Session, slug: str) -> str | None:
        stuf = fleet.get(session, slug)
        return stuf.channel if stuf else None

    talk.core = chat_core(
        routers=routers,
        forms=[CreateForm],
        database=database,
        directory=directory,
        access=Access(directory, ROLES),
        policy=policy or Policy(),
        codes=Codes(CODE_KEY),
        sent=outbox,
        download=lambda path: uploads[path],
        home="stuf-admin",
        clock=lambda: talk.now,
        dependencies={
            "channels": FakeChannels(),
            "errands": talk.errands,
            "fleet": fleet,
            "home": Home(repository_owner="acme"),
            "inbox": talk.inbox,
            "nudges": Nudges(),
            "objects": Objects(),
            "people": People(),
            "relays": Relays(
                channel_of,
                "stuf-admin",
                keys_of=lambda session, number: [key] if (key := outbox.key_of(session, number)) else [],
            ),
            "settings": settings,
        },
    )
    return talk
