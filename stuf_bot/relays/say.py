"""From a relay to what is said in Zulip: card, news below it, done or not."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stuf_bot.acts import Act, Card, Lane, Post, ResolveTopic
from stuf_bot.chat.outbox import short
from stuf_bot.places import Topic
from stuf_bot.relays.model import News, Relay, Subject
from stuf_bot.store.relay_tables import SubjectRow

ChannelOf = Callable[[Session, str], str | None]
_RESOLVED = "✔ "


def card_key(subject_key: str) -> str:
    """The key of a subject's card in the outbox."""
    return f"relay:{subject_key}:card"


def news_key(subject_key: str, key: str) -> str:
    """The key of the message that says a piece of news."""
    return f"relay:{subject_key}:{key}"


class Relays:
    """Says relays in their topics.

    `channel_of` gives the channel of a STUF by its slug, None where there is no such STUF; `home` is the
    channel of the fleet.
    """

    def __init__(self, channel_of: ChannelOf, home: str) -> None:
        self._channel_of = channel_of
        self._home = home

    def say(self, session: Session, relay: Relay, now: datetime) -> list[Act]:
        """What is to be said of it, each thing once. Nothing where its STUF is gone."""
        row = self._row(session, relay.subject, now)
        if row is None:
            return []
        to = Topic(channel=row.channel, topic=row.topic)
        acts: list[Act] = []
        if relay.card:
            row.carded = row.said = True
            acts.append(Card(to=to, key=card_key(row.key), content=relay.card, lane=relay.lane))
        for news in relay.news:
            row.said = True
            acts.append(_post(news, row.key, to, relay.lane))
        if relay.done is not None and relay.done != row.done:
            row.done = relay.done
            if row.carded:
                acts.append(ResolveTopic(key=card_key(row.key), done=relay.done))
        return acts

    def subject_at(self, session: Session, channel_name: str, topic: str) -> Subject | None:
        """Which object this topic is about; also where its title was changed, or it is resolved."""
        bare = topic.removeprefix(_RESOLVED).strip()
        words = bare.casefold().split(" ")
        labels = [" ".join(words[:count]) for count in range(1, len(words) + 1)]
        query = (
            select(SubjectRow)
            .where(SubjectRow.label_key.in_(labels))
            .order_by(func.length(SubjectRow.label_key).desc(), SubjectRow.changed_at.desc())
        )
        there = [row for row in session.scalars(query) if row.channel.casefold() == channel_name.casefold()]
        exact = [row for row in there if row.topic.casefold() == bare.casefold()]
        found = next(iter(exact or there), None)
        return _subject(found) if found else None

    def _row(self, session: Session, subject: Subject, now: datetime) -> SubjectRow | None:
        """The subject's row, made where there is none, and locked."""
        key = short(subject.key)
        row = session.get(SubjectRow, key, with_for_update=True)
        if row is None:
            channel = self._channel_of(session, subject.stuf) if subject.stuf else self._home
            if channel is None:
                return None
            row = SubjectRow(
                key=key,
                stuf=subject.stuf,
                channel=channel,
                topic=subject.topic,
                label=subject.label,
                label_key=subject.label_key,
                title=subject.title,
                said=False,
                carded=False,
                card="",
                done=False,
            )
            session.add(row)
        row.title, row.changed_at = subject.title or row.title, now
        session.flush()
        return row


def _post(news: News, subject_key: str, to: Topic, lane: Lane) -> Post:
    asked = " ".join(f"@**|{user_id}**" for user_id in news.asks)
    content = f"{asked} {news.text}" if asked else news.text
    return Post(to=to, content=content, key=news_key(subject_key, news.key), lane=lane)


def _subject(row: SubjectRow) -> Subject:
    return Subject(row.key, row.stuf, row.label, row.title)
