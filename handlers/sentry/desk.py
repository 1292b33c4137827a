"""What the behaviours of this package work with, and how an issue is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from handlers.sentry import record as records
from handlers.sentry.accounts import named, user_of
from handlers.sentry.card import TEAM, card
from handlers.sentry.deploys import came_with
from handlers.sentry.priority import HIGH, Priority, priority
from handlers.sentry.record import Record
from handlers.sentry.turns import ASSIGNED, ESCALATING, Turn, turns
from handlers.sentry.wording import Who
from provisioning.fleet import Fleet
from provisioning.sentry.models import Actor, Issue
from stuf_bot.acts import Act, Lane
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outside import inline
from stuf_bot.relays import News, Objects, People, Relay, Relays, Subject

REGRESSED = (
    "🔁 It is back: it was resolved, and has happened again{release}. `resolve` closes it once it is solved."
)
ESCALATES = "📈 It escalates: {reason}."
YOURS = "this is assigned to you now{by}. `resolve` closes it, `assign @…` hands it on."
THEIRS = "Assigned to {who}{by}."


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction's view of what is needed to tell of issues.

    `own_project` is the number of the bot's own project in Sentry, empty where it reports nowhere.
    """

    session: Session
    now: datetime
    fleet: Fleet
    relays: Relays
    objects: Objects
    people: People
    directory: Directory
    own_project: str = ""

    def read(self, issue: str) -> Record | None:
        """What is remembered of it."""
        return records.read(self.session, self.objects, issue)

    def keep(self, record: Record) -> None:
        """Remember it."""
        records.keep(self.session, self.objects, record)

    def stuf_of(self, *projects: str) -> str:
        """The slug of the STUF with this Sentry project, by its slug or its number; empty for none."""
        found = (self.fleet.by_sentry_project(self.session, one) for one in projects if one)
        return next((stuf.slug for stuf in found if stuf), "")

    def concerns(self, *projects: str) -> bool:
        """Whether it is a STUF's or the bot's own: an integration hears of all projects of its organization."""
        return bool(self.stuf_of(*projects)) or (bool(self.own_project) and self.own_project in projects)

    def begin(self, issue: Issue) -> Record:
        """An issue that is heard of for the first time."""
        return records.first(issue, self.stuf_of(issue.project, issue.project_id))

    def told(self, issue: Issue, by: Who | None = None) -> list[Act]:
        """Sentry has told how an issue stands now: it is remembered, and what has changed is said."""
        before = self.read(issue.id)
        now = records.merged(before, issue) if before else self.begin(issue)
        return self.say(before, now, by)

    def say(self, before: Record | None, now: Record, by: Who | None = None) -> list[Act]:
        """Keep `now`, and say what became of `before`: the card, news, done or not."""
        found = [] if now.is_measured else turns(before, now, by)
        now = now.changed(turns=now.turns + len(found))
        self.keep(now)
        news = tuple(self._news(turn, now, now.turns - place) for place, turn in enumerate(found))
        return self.relay(now, news=news, by=by)

    def relay(
        self,
        record: Record,
        *,
        news: tuple[News, ...] = (),
        by: Who | None = None,
        kind: str = "errors",
    ) -> list[Act]:
        """The card as it is now, with this news below it."""
        if record.is_measured:
            return []
        issue, rank = record.issue, priority(record)
        urgent = rank.level == HIGH and rank.uploads and issue.status == "unresolved"
        relay = Relay(
            subject=subject(record),
            kind=kind,
            status=issue.substatus or issue.status,
            environment=record.environment,
            actor=by.name if by else "",
            actor_id=user_of(self.session, self.people, by) if by else None,
            card=self._card(record, rank),
            news=news,
            done=record.is_over,
            lane=Lane.INCIDENT if urgent else Lane.SENTRY,
            own=by is not None and by.own,
        )
        return self.relays.say(self.session, relay, self.now)

    def _card(self, record: Record, rank: Priority) -> str:
        deployed = came_with(self.session, record.stuf, record.issue.first_seen)
        me = self.directory.me.silent_mention
        return card(record, rank, who=self._assigned(record.issue), deployed=deployed, bot=me)

    def _assigned(self, issue: Issue) -> str:
        to = issue.assigned
        if to is None:
            return ""
        if to.kind == "team":
            return TEAM.format(name=inline(to.name or to.id, 60))
        return named(self.session, self.people, Who(to.id, to.name))

    def _news(self, turn: Turn, record: Record, number: int) -> News:
        key = f"{turn.what}:{number}"
        if turn.what == ASSIGNED and record.issue.assigned is not None:
            return self._assignment(record.issue.assigned, turn.by, key)
        if turn.what == ESCALATING:
            return News(key, ESCALATES.format(reason=priority(record).reason))
        release = f" in {inline(record.release, 60)}" if record.release else ""
        return News(key, REGRESSED.format(release=release))

    def _assignment(self, assigned: Actor, by: Who | None, key: str) -> News:
        to = Who(assigned.id, assigned.name)
        user = user_of(self.session, self.people, to)
        person = by if by and by.is_person else None
        said = f" by {named(self.session, self.people, person)}" if person else ""
        if user is None or (person and user == user_of(self.session, self.people, person)):
            return News(key, THEIRS.format(who=named(self.session, self.people, to), by=said))
        return News(key, YOURS.format(by=said), asks=(user,))


def subject(record: Record) -> Subject:
    """The issue as the relays know it."""
    return Subject(record.key, record.stuf, record.name, record.issue.title)
