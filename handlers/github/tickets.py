"""What pull requests, issues and discussions have in common: the parts of a payload, and what is kept of them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator

from handlers.github.newest import Registers, given, newer, stamp, values
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext
from handlers.github.shared import clean, lines, listed, person, persons, quoted, subject
from stuf_bot.relays import Subject

LABELS = "**Labels:** {labels}"
MILESTONE = "**Milestone:** {name}"
ASSIGNED = "**Assigned:** {people}"
LOCKED = "🔒 The conversation is locked."

Title = Annotated[str, AfterValidator(lambda text: clean(text)[:300])]
Body = Annotated[str, AfterValidator(lambda text: clean(text)[:2000])]


class Named(Facts):
    """A label, a team, a milestone, a category."""

    name: str = ""
    title: str = ""

    @property
    def shown(self) -> str:
        """Its name as code."""
        return quoted(self.name or self.title, 60) if self.name or self.title else ""


class Ticket(Facts):
    """What has a number, a title and people who talk about it."""

    number: int = 0
    title: Title = ""
    html_url: str = ""
    state: str = ""
    locked: bool = False
    user: Account = Account()
    assignees: tuple[Account, ...] = ()
    labels: tuple[Named, ...] = ()
    milestone: Named | None = None
    body: Body = ""
    updated_at: Moment = None
    closed_at: Moment = None

    def happened(self, action: str) -> str:
        """When that happened to it, as it names news: the same however the end of it was found out."""
        return stamp(self.closed_at if action == "closed" and self.closed_at else self.updated_at)


T = TypeVar("T", bound=Ticket)


@dataclass
class Kept:
    """What is remembered of one ticket: its fields, and parts of it by their ids."""

    subject: Subject
    fields: Registers
    parts: dict[str, Registers] = field(default_factory=dict)

    @classmethod
    def read(cls, ctx: ReadContext, hook: Hook, what: str, ticket: Ticket) -> Self:
        """What is remembered of it, or the beginning. `what` is such as `pull:12`."""
        about = subject(ctx, hook.repository, what, f"#{ticket.number}", ticket.title)
        facts = ctx.objects.read(ctx.session, about.key) or {}
        return cls(about, facts.get("fields", {}), facts.get("parts", {}))

    def heard(self, ticket: Ticket) -> None:
        """Take what is newer, by the ticket's own time."""
        self.fields = newer(self.fields, given(ticket), ticket.updated_at)

    def part(self, sort: str, name: str, value: Json | str, at: datetime | None) -> None:
        """Take one of the parts, such as a review by its id, where it is newer."""
        self.parts[sort] = newer(self.parts.get(sort, {}), {name: value}, at)

    def all(self, sort: str) -> Json:
        """The parts of one sort, by their ids."""
        return values(self.parts.get(sort, {}))

    def now(self, kind: type[T]) -> T:
        """How it stands."""
        return kind.of(values(self.fields))

    def keep(self, ctx: ReadContext) -> None:
        """Remember all of it."""
        facts: dict[str, Any] = {"fields": self.fields, "parts": self.parts}
        ctx.objects.keep(ctx.session, self.subject.key, self.subject.stuf, facts)


def details(ticket: Ticket, ctx: ReadContext) -> str:
    """The lines of a card that all tickets have: who has it, its labels, its milestone."""
    labels = [label.shown for label in ticket.labels if label.shown]
    return lines(
        ASSIGNED.format(people=persons(ticket.assignees, ctx)) if ticket.assignees else "",
        LABELS.format(labels=" ".join(listed(labels))) if labels else "",
        MILESTONE.format(name=ticket.milestone.shown) if ticket.milestone and ticket.milestone.shown else "",
        LOCKED if ticket.locked else "",
    )


def opened_by(ticket: Ticket, ctx: ReadContext) -> str:
    """Who opened it; "" where that is not known yet."""
    return f"opened by {person(ticket.user, ctx)}" if ticket.user.login else ""
