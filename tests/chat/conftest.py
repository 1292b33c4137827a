"""The embedded realm, and a bot without business on it, to be killed and started again at will."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zulip
from sqlalchemy.orm import Session

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Act, Post
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.intake import Intake
from stuf_bot.chat.outbox import Outbox
from stuf_bot.chat.sender import Sender
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.hall import Hall
from stuf_bot.inbox import Inbox
from stuf_bot.messages import MessageReceived, ReactionAdded, Reconnected, TopicMarked
from stuf_bot.places import Direct
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.tables import Base

Json = dict[str, Any]
PATIENCE_SECONDS = 20.0


class Moments:
    """A clock for realm and bot that a test can set forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def unix(self) -> float:
        return time.time() + self.ahead

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.unix(), UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def forward(self, seconds: float) -> None:
        self.ahead += seconds


def _until(holds: Callable[[], Any], what: str) -> Any:
    """Wait for a condition of other threads; gives what it gave."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"never happened: {what}")


class Person:
    """Somebody at the realm, by the official client."""

    def __init__(self, realm: ZulipRealm, name: str) -> None:
        account = realm.accounts[name]
        self.user_id = account.user_id
        self.client = zulip.Client(
            site=realm.url, email=account.email, api_key=account.api_key, retry_on_errors=False
        )

    def call(self, path: str, method: str = "POST", **request: Any) -> Json:
        answer: Json = self.client.call_endpoint(path, method, request)
        assert answer["result"] == "success", answer
        return answer

    def direct(self, content: str, *others: int) -> int:
        to = [self.client_bot_id, *others]
        return int(self.call("messages", type="direct", to=to, content=content)["id"])

    client_bot_id = 12

    def say(self, channel: str, topic: str, content: str) -> int:
        return int(self.call("messages", type="stream", to=channel, topic=topic, content=content)["id"])

    def react(self, message_id: int, emoji: str) -> None:
        self.call(f"messages/{message_id}/reactions", emoji_name=emoji)

    def reads(self, *narrow: tuple[str, Any]) -> list[Json]:
        found: list[Json] = self.call(
            "messages",
            "GET",
            anchor="newest",
            num_before=1000,
            num_after=0,
            apply_markdown=False,
            narrow=[{"operator": operator, "operand": operand} for operator, operand in narrow],
        )["messages"]
        return found

    def reads_from_bot(self, *narrow: tuple[str, Any]) -> list[str]:
        return [m["content"] for m in self.reads(*narrow) if m["sender_id"] == self.client_bot_id]


@dataclass
class Bot:
    """All of the bot's chat side, over one database file."""

    database: Database
    inbox: Inbox
    outbox: Outbox
    api: ZulipApi
    directory: Directory
    sender: Sender
    intake: Intake
    hall: Hall
    handled: list[Any]

    def start(self) -> None:
        self.hall.start()
        self.sender.start()
        self.intake.start()
        _until(self.intake.connected.is_set, "the bot connects")

    def stop(self) -> None:
        self.intake.stop()
        self.hall.stop()
        self.sender.stop()
        self.database.close()

    def put(self, *acts: Act, cause: str = "test") -> None:
        with self.database.session() as session:
            for position, act in enumerate(acts):
                self.outbox.put(session, act, cause, position)

    def drain(self) -> None:
        """Send all that waits, in this thread."""
        while self.sender.step() == 0.0:
            pass

    def message_id(self, key: str) -> int | None:
        with self.database.reading() as session:
            return self.outbox.message_id(session, key)

    def waiting(self) -> int:
        with self.database.reading() as session:
            return self.outbox.waiting(session) + self.inbox.waiting(session)


def echo(event: Any, _session: Session) -> Iterable[Act]:
    """Answer every message in its place."""
    if isinstance(event, MessageReceived):
        return [Post(to=event.place, content=f"heard: {event.content}")]
    if isinstance(event, ReactionAdded):
        return [Post(to=Direct(user_ids=(event.user_id,)), content=f"saw {event.emoji_name}")]
    if isinstance(event, Reconnected):
        return [Post(to=Direct(user_ids=(9,)), content=f"{event.waited} waited")]
    return []


def sorry(event: Any, error: Exception, reference: str) -> Iterable[Act]:
    """Tell the asker."""
    return [Post(to=event.place, content=f"went wrong, reference {reference}")]


@pytest.fixture
def until() -> Callable[[Callable[[], Any], str], Any]:
    return _until


@pytest.fixture
def moments() -> Moments:
    return Moments()


@pytest.fixture
def make_realm(tmp_path: Path, moments: Moments) -> Iterator[Callable[..., ZulipRealm]]:
    realms: list[ZulipRealm] = []

    def make(**options: Any) -> ZulipRealm:
        realm = ZulipRealm(tmp_path / f"realm{len(realms)}", 0, clock=moments.unix, **options)
        realm.start()
        realms.append(realm)
        return realm

    yield make
    for realm in realms:
        realm.stop()


@pytest.fixture
def realm(make_realm: Callable[..., ZulipRealm]) -> ZulipRealm:
    return make_realm(rate_limit=100_000)


@pytest.fixture
def tess(realm: ZulipRealm) -> Person:
    return Person(realm, "tess")


@pytest.fixture
def pat(realm: ZulipRealm) -> Person:
    return Person(realm, "pat")


@pytest.fixture
def ada(realm: ZulipRealm) -> Person:
    return Person(realm, "ada")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bot.sqlite'}"


@pytest.fixture
def make_bot(moments: Moments, database_url: str) -> Iterator[Callable[..., Bot]]:
    bots: list[Bot] = []

    def make(
        realm: ZulipRealm,
        handle: Callable[[Any, Session], Iterable[Act]] = echo,
        *,
        calls: int = 100_000,
        **options: Any,
    ) -> Bot:
        account = realm.accounts["bot"]
        database = open_database(database_url)
        Base.metadata.create_all(database.engine)
        budget = Budget(calls=calls, monotonic=moments.monotonic)
        api = ZulipApi.from_account(realm.url, account.email, account.api_key, budget)
        directory = Directory(api.find_user)
        kinds = {kind.__name__: kind for kind in (MessageReceived, ReactionAdded, TopicMarked, Reconnected)}
        inbox = Inbox(database, kinds, clock=moments.utc)
        outbox = Outbox(channel_id=directory.channel_id, clock=moments.utc)
        sender = Sender(
            database,
            outbox,
            api,
            directory,
            budget,
            clock=moments.utc,
            monotonic=moments.monotonic,
            **{name: options.pop(name) for name in ("draws", "on_rejected") if name in options},
        )
        intake = Intake(
            database,
            inbox,
            outbox,
            api,
            directory,
            settle=sender.settle,
            clock=moments.utc,
            **{name: options.pop(name) for name in ("listens",) if name in options},
        )
        handled: list[Any] = []
        lock = threading.Lock()

        def noted(event: Any, session: Session) -> Iterable[Act]:
            acts = list(handle(event, session))
            with lock:
                handled.append(event)
            return acts

        hall = Hall(database, inbox, outbox, noted, options.pop("on_error", sorry), ready=directory.ready)
        assert not options, options
        bot = Bot(database, inbox, outbox, api, directory, sender, intake, hall, handled)
        bots.append(bot)
        return bot

    yield make
    for bot in bots:
        bot.stop()


@pytest.fixture
def bot(realm: ZulipRealm, make_bot: Callable[..., Bot]) -> Bot:
    """A bot that runs."""
    made = make_bot(realm)
    made.start()
    return made


@pytest.fixture
def hand_bot(realm: ZulipRealm, make_bot: Callable[..., Bot]) -> Bot:
    """A bot that knows the realm, and sends only when the test says so."""
    made = make_bot(realm)
    made.intake.connect()
    return made
