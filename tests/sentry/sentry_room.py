"""The bot between a small Sentry and a small Zulip: what is said where, and what stands there then."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from asked import BLOCK, outputs
from little_sentry import APP, PROJECT, LittleSentry, Webhook
from pydantic import SecretStr
from talk import TESS, Talk, open_talk

from handlers.sentry.record import Record, key_of, read
from provisioning import progress
from provisioning.sentry import kept
from stuf_bot.acts import Act, Card, Lane, Post, React, ResolveTopic
from stuf_bot.errands import ErrandRefused
from stuf_bot.messages import DeliveryReceived, ErrandEnded, MessageReceived, TopicMarked
from stuf_bot.places import Topic
from stuf_bot.relays import Objects
from stuf_bot.relays.keys import card_key
from stuf_bot.settings import GithubSettings, SentrySettings, Settings, ZulipSettings
from stuf_bot.store.relay_tables import AccountRow, SubjectRow

CHANNEL = 7
BOT = "@**STUF Bot**"


@dataclass
class Room:
    """`cards`, `marks` (done or not) and `said` are by their keys, as Zulip would show them."""

    talk: Talk
    sentry: LittleSentry
    cards: dict[str, str] = field(default_factory=dict)
    lanes: dict[str, Lane] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    marks: dict[str, bool] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    reactions: list[tuple[int, str]] = field(default_factory=list)
    heard: int = 0
    _ended: set[tuple[str, str]] = field(default_factory=set)
    _last: int = 1000

    # What happens

    def deliver(self, *webhooks: Webhook) -> None:
        """Webhooks arrive, in this order; without any, all that were sent since the last time."""
        some = webhooks or tuple(self.sentry.sent[self.heard :])
        self.heard = self.heard if webhooks else len(self.sentry.sent)
        for each in some:
            self.hears(
                DeliveryReceived(
                    source="sentry", delivery_id=each.id, kind=each.kind, subject="", body=each.body
                )
            )

    def waiting(self) -> list[tuple[str, str]]:
        """The errands that are still to be run, in the order in which they were put."""
        return [one for one in self.talk.errands.put_in if one not in self._ended]

    def run(self, errand: tuple[str, str], *, lose_answer: bool = False) -> ErrandEnded:
        """Run an errand; with `lose_answer` twice. Its end is still to be heard."""
        kind, key = errand
        payload = self.talk.errands.put_in[errand]
        if lose_answer:
            self._run(kind, payload)
        result, code, sentence = self._run(kind, payload)
        self._ended.add(errand)
        self._last += 1
        return ErrandEnded(
            number=self._last,
            kind=kind,
            errand=key,
            within=key.partition(":")[0],
            payload=payload,
            succeeded=not code,
            result=result,
            code=code,
            sentence=sentence,
        )

    def work(self, *, lose_answers: bool = False) -> None:
        """The errands that wait, in their order, until none does."""
        while waiting := self.waiting():
            for errand in waiting:
                self.hears(self.run(errand, lose_answer=lose_answers))

    def settle(self) -> None:
        """All webhooks and errands, until nothing is left."""
        self.deliver()
        self.work()
        self.deliver()
        self.work()

    def looks(self) -> None:
        """The periodic look at Sentry."""
        self._last += 1
        self.talk.errands.put_in["sentry.reconcile", str(self._last)] = {}
        self.work()

    def says(self, who: int, text: str, issue: str = "", *, mentioned: bool = True) -> str:
        """Somebody writes in the topic of an issue, or elsewhere in the STUF's channel; the answer."""
        self.talk.last += 1
        topic = self.topic(issue) if issue else "something else"
        content = f"{BOT} {text}" if mentioned else text
        if not mentioned and not self.talk.core.invites("stuf-acme-audit", topic, content):
            return ""
        event = MessageReceived(
            message_id=self.talk.last,
            sender_id=who,
            sender_name="",
            place=Topic(channel=CHANNEL, topic=topic),
            channel_name="stuf-acme-audit",
            content=content,
            sent_at=self.talk.now,
        )
        return self.hears(event)

    def marks_topic(self, who: int, issue: str, *, done: bool) -> None:
        """Somebody resolves or reopens the topic."""
        self.marks[key_of(issue)] = done
        self._last += 1
        self.hears(
            TopicMarked(
                channel=CHANNEL,
                channel_name="stuf-acme-audit",
                topic=self.topic(issue),
                done=done,
                user_id=who,
                message_id=1,
                event=f"mark-{self._last}",
            )
        )

    def hears(self, event: Any) -> str:
        """Any event; the texts of all posts, joined."""
        self.talk.now = max(self.talk.now, self.sentry.now)
        answer = self.talk.hears(event)
        for act in self.talk.acts:
            self._show(act)
        return answer

    # What stands there

    def card(self, issue: str = "1") -> str:
        """The card of an issue as it is now."""
        return self.cards.get(card_key(key_of(issue)), "")

    def done(self, issue: str = "1") -> bool:
        """Whether its topic is marked as resolved."""
        return self.marks.get(key_of(issue), False)

    def topic(self, issue: str = "1") -> str:
        """The name of its topic, without the mark."""
        with self.talk.database.session() as session:
            row = session.get(SubjectRow, key_of(issue))
            assert row, issue
            return row.topic

    def record(self, issue: str = "1") -> Record | None:
        """What the bot remembers."""
        with self.talk.database.session() as session:
            return read(session, Objects(), issue)

    def news(self, issue: str = "1") -> list[str]:
        """The messages below its card."""
        return [text for key, text in self.said.items() if key.startswith(f"relay:{key_of(issue)}:")]

    def knows(self, user_id: int, account: str) -> None:
        """Somebody has told who they are in Sentry."""
        with self.talk.database.session() as session:
            session.add(
                AccountRow(
                    service="sentry",
                    account_key=account.casefold(),
                    account=account,
                    user_id=user_id,
                    set_by=user_id,
                    set_at=self.talk.now,
                )
            )

    def _run(self, kind: str, payload: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
        try:
            return self.sentry.runs(kind, payload), "", ""
        except ErrandRefused as refused:
            return {}, refused.code, refused.sentence

    def _show(self, act: Act) -> None:
        if isinstance(act, Card):
            self.cards[act.key] = act.content
            self.lanes[act.key] = act.lane
            self.topics[act.key] = act.to  # type: ignore[assignment]
        elif isinstance(act, Post) and act.key:
            self.said.setdefault(act.key, act.content)
        elif isinstance(act, React):
            self.reactions.append((act.message_id, act.emoji_name))
        elif isinstance(act, ResolveTopic):
            key = act.key.removeprefix("relay:").removesuffix(":card")
            self.marks[key] = act.done


def settings(*, resolve_with_topic: bool = True) -> Settings:
    """Those of a bot that Sentry's integration is."""
    return Settings(
        zulip=ZulipSettings(email="bot@example.org", key=SecretStr("key"), site="https://zulip.example.org"),
        github=GithubSettings(token=SecretStr("token"), control_repository="acme/control"),
        sentry=SentrySettings(
            app_id=APP,
            dsn=SecretStr("https://key@sentry.example.org/99"),
            resolve_with_topic=resolve_with_topic,
        ),
    )


def open_room(path: Path, *, resolve_with_topic: bool = True) -> Room:
    """A bot with one STUF, whose project is the small Sentry's; made anew where there is no such file yet."""
    made = path.exists()
    room = Room(open_talk(path, settings=settings(resolve_with_topic=resolve_with_topic)), LittleSentry())
    talk = room.talk
    room.sentry.now = talk.now
    if made:
        return room
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation
        progress.succeeded(session, operation.attempt_id, talk.now, outputs=outputs())
        kept.begun(session, "acme-audit", str(PROJECT["slug"]), talk.now)
        kept.noted(session, "acme-audit", project_id=PROJECT["id"])
    return room


def changed(room: Room) -> list[dict[str, object]]:
    """The changes that Sentry was asked for."""
    asked = room.talk.errands.put_in.items()
    return [payload["change"] for (kind, _), payload in asked if kind == "sentry.update"]
