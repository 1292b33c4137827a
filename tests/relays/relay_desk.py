"""Relays on a database of their own, with what they say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from stuf_bot.acts import Act, Card, Post, ResolveTopic
from stuf_bot.relays import News, Relay, Relays, Subject
from stuf_bot.store.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PULL = Subject("github:acme/stuf-x:pull:12", "acme-audit", "#12", "Make it quicker")


@dataclass
class Desk:
    """Takes relays, and remembers what was said; a post whose key was there is said once."""

    database: Database
    relays: Relays
    now: datetime = NOW
    acts: list[Act] = field(default_factory=list)
    said: dict[str, Post] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)

    def says(self, relay: Relay) -> list[Act]:
        with self.database.session() as session:
            acts = self.relays.say(session, relay, self.now)
        return self._taken(acts)

    def waits(self, **time: float) -> list[Act]:
        """So much later the clock comes round."""
        self.now += timedelta(**time)
        with self.database.session() as session:
            acts = self.relays.release(session, self.now)
        return self._taken(acts)

    def _taken(self, acts: list[Act]) -> list[Act]:
        self.acts = acts
        for act in acts:
            if isinstance(act, Post) and act.key:
                self.said.setdefault(act.key, act)
        return acts

    @property
    def posts(self) -> list[Post]:
        return [act for act in self.acts if isinstance(act, Post)]

    @property
    def cards(self) -> list[Card]:
        return [act for act in self.acts if isinstance(act, Card)]

    @property
    def marks(self) -> list[ResolveTopic]:
        return [act for act in self.acts if isinstance(act, ResolveTopic)]


def pull(kind: str = "pull-requests", *news: str, **more: object) -> Relay:
    """A relay about the pull request."""
    said = tuple(News(key, f"said {key}") for key in news)
    return Relay(PULL, kind, news=said, **{"card": "the card", **more})  # type: ignore[arg-type]
