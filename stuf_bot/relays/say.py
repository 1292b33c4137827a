"""From a relay to what is said in Zulip: card, news below it, done or not; by the rules of its STUF."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from stuf_bot.acts import Act, Card, Lane, Part, Post, ResolveTopic
from stuf_bot.relays import ageing, book, subjects, traces, waiting
from stuf_bot.relays.defaults import DEFAULTS
from stuf_bot.relays.impersonal import told
from stuf_bot.relays.keys import card_key, news_key
from stuf_bot.relays.model import News, Relay, Subject
from stuf_bot.relays.rules import Facts, Verdict, decide, facts_of
from stuf_bot.store.relay_tables import SubjectRow

__all__ = ["Relays", "card_key", "news_key"]

ChannelOf = Callable[[Session, str], str | None]
CALM = timedelta(minutes=10)
"""After so long without a change people may have renamed the topic: then it is asked where the card stands."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One relay, with all that its fate hangs on."""

    session: Session
    relay: Relay
    row: SubjectRow
    ways: book.Ways
    facts: Facts
    verdict: Verdict
    now: datetime

    def due(self) -> datetime | None:
        """Until when what is not urgent has to wait."""
        return waiting.due(self.session, self.row.stuf, self.row.key, self.ways, self.now)

    def hold(self, key: str, text: str, due: datetime, files: tuple[Part, ...] = ()) -> None:
        """Keep news until then."""
        held = waiting.Held(key, self.row.stuf, self.row.key, text, self.relay.lane, files)
        waiting.hold(self.session, held, due)

    def note(self, key: str, fate: traces.Fate, verdict: Verdict | str) -> bool:
        """Whether this is the first time that it is decided."""
        return traces.note(
            self.session, key, self.row.key, fate=fate, verdict=verdict, facts=self.facts, now=self.now
        )


class Relays:
    """Says relays in their topics.

    `channel_of` gives the channel of a STUF by its slug, None where there is no such STUF; `home` is the
    channel of the fleet. `own_accounts` are logins of this project. `channel_id` knows the ids of channels by
    name, `message_id` the message of a card, once it is sent, `keys_of` whose a message is.
    """

    def __init__(  # noqa: PLR0913 - all that it asks others for.
        self,
        channel_of: ChannelOf,
        home: str,
        *,
        own_accounts: Sequence[str] = (),
        channel_id: Callable[[str], int | None] = lambda _: None,
        message_id: Callable[[Session, str], int | None] = lambda _session, _key: None,
        keys_of: Callable[[Session, int], Sequence[str]] = lambda _session, _message: (),
    ) -> None:
        self._channel_of = channel_of
        self._home = home
        self._own = frozenset(account.casefold() for account in own_accounts)
        self._channel_id = channel_id
        self._message_id = message_id
        self._keys_of = keys_of

    def say(self, session: Session, relay: Relay, now: datetime) -> list[Act]:
        """What is to be said of it, each thing once. Nothing where its STUF is gone.

        What rules mute, or hold back, still updates a card that is there, and resolves its topic.
        """
        relay = _impersonal(relay)
        scope = relay.subject.stuf
        ways = book.ways(session, scope)
        own = self._own_channel(session, scope)
        if own is None:
            return []
        row = subjects.row_of(session, relay.subject, ways.channel or own, now - CALM)
        calm = now - row.changed_at >= CALM
        facts = facts_of(relay, self._own)
        verdict = decide(facts, book.rules(session, scope, ways, now), now)
        case = _Case(session, relay, row, ways, facts, verdict, now)
        said = [news for news in relay.news if _is_told(case, news)]
        opens = not relay.news and not row.said and bool(relay.card) and _card_is_told(case)
        was = row.carded
        acts = [
            *_card(case, speaks=bool(said) or opens, told=bool(said)),
            *(self._post(case, news, calm=calm) for news in said),
            *_mark(case, begun=row.carded and not was),
        ]
        row.title, row.changed_at = relay.subject.title or row.title, now
        return acts

    def channel(self, session: Session, stuf: str) -> str | None:
        """Where new topics of a STUF begin, or of the fleet (empty); None where there is no such STUF."""
        own = self._own_channel(session, stuf)
        return own and (book.ways(session, stuf).channel or own)

    def release(self, session: Session, now: datetime) -> list[Act]:
        """What quiet hours or a batch held back until now; and what is old is forgotten. For the clock."""
        book.expire(session, now)
        traces.expire(session, now)
        ageing.tidy(session, now)
        return waiting.release(session, now, self._beside)

    def forget(self, session: Session, stuf: str) -> None:
        """A STUF went: a later one of its name has other rules, other topics and other objects."""
        book.forget(session, stuf)
        waiting.forget(session, stuf)
        subjects.forget(session, stuf)

    def subject_at(self, session: Session, channel_name: str, topic: str) -> Subject | None:
        """Which object this topic is about; also where its title was changed, or it is resolved."""
        row = subjects.at(session, channel_name, topic, self._channel_id)
        return subjects.subject(row) if row else None

    def told_by(self, session: Session, message_id: int) -> tuple[Subject, traces.Trace] | None:
        """What this message of ours told, and why; None where it told nothing, or nothing is noted any more."""
        for key in reversed(self._keys_of(session, message_id)):
            about = traces.subject_of(session, key)
            row = subjects.by_key(session, about) if about else None
            trace = traces.of_news(session, key)
            if row and trace:
                return subjects.subject(row), trace
        return None

    def marked(self, session: Session, channel_name: str, topic: str, *, done: bool) -> None:
        """A person resolved or reopened a topic: what is told next is told against that."""
        row = subjects.at(session, channel_name, topic, self._channel_id)
        if row is not None:
            row.done = done

    def _own_channel(self, session: Session, stuf: str) -> str | None:
        return self._channel_of(session, stuf) if stuf else self._home

    def _beside(self, session: Session, row: SubjectRow) -> int | None:
        return self._message_id(session, card_key(row.key, row.serial))

    def _post(self, case: _Case, news: News, *, calm: bool) -> Post:
        row = case.row
        # A resolved topic has another name: what comes still belongs into it.
        beside = self._beside(case.session, row) if row.done or calm else None
        return Post(
            to=subjects.place(row),
            content=_content(news),
            key=news_key(row.key, news.key, row.serial),
            lane=case.relay.lane,
            beside=beside,
            files=news.files,
        )


def _impersonal(relay: Relay) -> Relay:
    subject = relay.subject
    subject = replace(subject, key=told(subject.key), label=told(subject.label), title=told(subject.title))
    news = tuple(replace(one, key=told(one.key), text=told(one.text)) for one in relay.news)
    return replace(relay, subject=subject, card=told(relay.card), news=news)


def _is_told(case: _Case, news: News) -> bool:
    """Whether it is said now. What becomes of it otherwise is noted; what was noted before is left alone."""
    key = news_key(case.row.key, news.key, case.row.serial)
    if news.always or case.relay.lane is Lane.INCIDENT:
        return case.note(key, traces.TOLD, traces.ALWAYS if news.always else traces.INCIDENT)
    verdict: Verdict | str = case.verdict
    if case.verdict.rule in DEFAULTS and news.asks:
        verdict = traces.ASKED
    elif not case.verdict.told:
        case.note(key, traces.MUTED, case.verdict)
        return False
    due = case.due()
    if due is None:
        return case.note(key, traces.TOLD, verdict)
    if case.note(key, traces.WAITS, verdict):
        case.hold(key, _content(news), due, news.files)
    return False


def _card_is_told(case: _Case) -> bool:
    """Whether a card without news begins its topic now."""
    urgent = case.relay.lane is Lane.INCIDENT
    if not urgent and not case.verdict.told:
        return False
    key = card_key(case.row.key, case.row.serial)
    due = None if urgent else case.due()
    case.note(key, traces.WAITS if due else traces.TOLD, traces.INCIDENT if urgent else case.verdict)
    if due:
        case.hold(key, "", due)
    return due is None


def _card(case: _Case, *, speaks: bool, told: bool) -> list[Act]:
    """The card as it is now: changed where it stands, begun where something is said, else kept until then.

    Where Zulip no longer lets it be edited, a new one would be news: only what is `told`, or might be, brings that.
    """
    row, given = case.row, case.relay.card
    if row.carded and given:
        may = told or case.relay.lane is Lane.INCIDENT or (case.verdict.told and case.due() is None)
        to, key = subjects.place(row), card_key(row.key, row.serial)
        return [Card(to=to, key=key, content=given, lane=case.relay.lane, anew=may)]
    if row.carded:
        return []
    row.card = given or row.card
    return waiting.first_card(row, case.relay.lane) if speaks else []


def _mark(case: _Case, *, begun: bool) -> list[Act]:
    """The topic as done, or not, where that changes; a topic that has just begun is not."""
    row, done = case.row, case.relay.done
    before = False if begun else row.done
    row.done = row.done if done is None else done
    if not row.carded or row.done == before:
        return []
    return [ResolveTopic(key=card_key(row.key, row.serial), done=row.done, lane=case.relay.lane)]


def _content(news: News) -> str:
    """The text, with those aloud who are asked to act."""
    asked = " ".join(f"@**|{user_id}**" for user_id in dict.fromkeys(news.asks))
    return f"{asked} {news.text}" if asked else news.text
