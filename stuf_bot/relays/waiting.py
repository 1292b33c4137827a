"""News that quiet hours or a batch hold back, and that go out together once their time has come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from stuf_bot.acts import Act, Card, Lane, Part, Post, ResolveTopic
from stuf_bot.chat.outside import channel
from stuf_bot.places import Topic
from stuf_bot.relays import book, subjects, traces
from stuf_bot.relays.keys import card_key
from stuf_bot.store.keys import short
from stuf_bot.store.relay_tables import SubjectRow, WaitingNewsRow

TOGETHER = "news together"
"""The topic for news of several objects that waited."""

MOST_FILES = 5
"""So many files go with what waited, the newest: a picture of yesterday's is not needed below all the others."""

_FILES: TypeAdapter[tuple[Part, ...]] = TypeAdapter(
    tuple[Part, ...], config=ConfigDict(hide_input_in_errors=True)
)
_HEAD = "**What waited**, {count} news of {topics} topics:"
_RESOLVED = "✔ "
_Waited = tuple[WaitingNewsRow, SubjectRow]
Beside = Callable[[Session, SubjectRow], int | None]


@dataclass(frozen=True, slots=True)
class Held:
    """News that waits; an empty text stands for a first card."""

    key: str
    scope: str
    subject_key: str
    text: str
    lane: Lane
    files: tuple[Part, ...] = ()


def due(session: Session, scope: str, subject_key: str, ways: book.Ways, now: datetime) -> datetime | None:
    """Until when news of this subject has to wait, or None where it is told at once."""
    quiet = ways.quiet.ends(now) if ways.quiet else None
    behind = _due(session, WaitingNewsRow.subject_key == short(subject_key))
    if ways.batch:
        batch = _due(session, WaitingNewsRow.scope == scope) or now + ways.batch
        return max(batch, quiet or batch, behind or batch)
    # What comes after something that waits waits with it: nobody reads the end before the beginning.
    return max((at for at in (quiet, behind) if at), default=None)


def hold(session: Session, held: Held, due_at: datetime) -> None:
    """Keep it until then; the same once."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(WaitingNewsRow).values(
        key=short(held.key),
        scope=held.scope,
        subject_key=short(held.subject_key),
        text=held.text,
        lane=int(held.lane),
        files=_FILES.dump_json(held.files).decode() if held.files else "",
        due_at=due_at,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["key"]))


def release(session: Session, now: datetime, beside: Beside) -> list[Act]:
    """Say what has waited long enough: one post a scope and channel, below the cards of new topics.

    `beside` gives the message of a subject's card, once it is sent.
    """
    scopes = session.scalars(
        select(WaitingNewsRow.scope)
        .where(WaitingNewsRow.due_at <= now)
        .distinct()
        .order_by(WaitingNewsRow.scope)
    ).all()
    return [act for scope in scopes for act in _release(session, scope, now, beside)]


def _release(session: Session, scope: str, now: datetime, beside: Beside) -> list[Act]:
    ways = book.ways(session, scope)
    ready = (WaitingNewsRow.scope == scope, WaitingNewsRow.due_at <= now)
    if ways.quiet and (ends := ways.quiet.ends(now)):
        session.execute(update(WaitingNewsRow).where(*ready).values(due_at=ends))
        return []
    rows = session.execute(
        select(WaitingNewsRow, SubjectRow)
        .join(SubjectRow, SubjectRow.key == WaitingNewsRow.subject_key)
        .where(*ready)
        .order_by(WaitingNewsRow.id)
        .with_for_update()
    ).all()
    waited = [(news, about) for news, about in rows]
    begun = [about for about in _distinct(waited) if about.card and not about.carded]
    acts = [act for about in _distinct(waited) for act in first_card(about)]
    news = [(news, about) for news, about in waited if news.text]
    by_channel = ([each for each in news if each[1].channel == name] for name in _channels(news))
    acts += [_together(scope, there, session, beside) for there in by_channel]
    acts += [ResolveTopic(key=card_key(about.key, about.serial), done=True) for about in begun if about.done]
    traces.told(session, [news.key for news, _ in waited])
    session.execute(delete(WaitingNewsRow).where(WaitingNewsRow.id.in_([news.id for news, _ in waited])))
    return acts


def forget(session: Session, scope: str) -> None:
    """What waits is not said any more."""
    session.execute(delete(WaitingNewsRow).where(WaitingNewsRow.scope == scope))


def count(session: Session, scope: str) -> int:
    """How much news waits."""
    of_scope = select(func.count()).where(WaitingNewsRow.scope == scope, WaitingNewsRow.text != "")
    return session.scalar(of_scope) or 0


def first_card(about: SubjectRow, lane: Lane = Lane.REPOSITORY) -> list[Act]:
    """The card that waited, if there is one. From now on its topic is there."""
    about.said = True
    if not about.card or about.carded:
        return []
    card = Card(
        to=subjects.place(about), key=card_key(about.key, about.serial), content=about.card, lane=lane
    )
    about.carded, about.card = True, ""
    return [card]


def _together(scope: str, waited: Sequence[_Waited], session: Session, beside: Beside) -> Post:
    about = _distinct(waited)
    lane = Lane(min(news.lane for news, _ in waited))
    key = f"relay:{scope}:together:{waited[0][0].id}"
    files = _files(waited)
    if len(about) == 1:
        to, there = subjects.place(about[0]), beside(session, about[0])
        return Post(to=to, content=_texts(waited), key=key, lane=lane, beside=there, files=files)
    parts = [_HEAD.format(count=len(waited), topics=len(about))]
    for row in about:
        where = channel(row.channel, (_RESOLVED if row.done else "") + row.topic)
        parts.append(f"{where}\n{_texts([each for each in waited if each[1].key == row.key])}")
    to = Topic(channel=about[0].channel, topic=TOGETHER)
    return Post(to=to, content="\n\n".join(parts), key=key, lane=lane, files=files)


def _channels(waited: Sequence[_Waited]) -> list[str]:
    return sorted({about.channel for _, about in waited})


def _texts(waited: Sequence[_Waited]) -> str:
    return "\n\n".join(news.text for news, _ in waited)


def _files(waited: Sequence[_Waited]) -> tuple[Part, ...]:
    return tuple(part for news, _ in waited if news.files for part in _FILES.validate_json(news.files))[
        -MOST_FILES:
    ]


def _distinct(waited: Sequence[_Waited]) -> list[SubjectRow]:
    return list({about.key: about for _, about in waited}.values())


def _due(session: Session, of: ColumnElement[bool]) -> datetime | None:
    return session.scalar(select(func.min(WaitingNewsRow.due_at)).where(of))
