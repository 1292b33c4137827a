"""A person's marking the topic of an issue as resolved, or not, does the same in Sentry, if the setting says so."""

from handlers._fleet import may_act
from handlers.sentry.asked import Asked
from handlers.sentry.asking import UPDATE, ask
from handlers.sentry.desk import Desk
from handlers.sentry.record import Record
from handlers.sentry.target import issue_in
from provisioning.fleet import Fleet
from provisioning.sentry import changes
from stuf_bot import audit
from stuf_bot.access import Role
from stuf_bot.acts import Act, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.contexts import Contexts
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context, EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import TopicMarked
from stuf_bot.places import Topic
from stuf_bot.relays import Objects, People, Relays
from stuf_bot.settings import Settings

router = Router()

NOT_YOURS = (
    "{who}: marking this topic would {what} {issue} in Sentry, which the TAs of its STUF, operators and "
    "administrators may. So I have taken the mark back; ask one of them."
)


@router.event
def mark(  # noqa: PLR0913 - what is named here is handed in by name.
    marked: TopicMarked,
    ctx: EventContext,
    *,
    fleet: Fleet,
    relays: Relays,
    objects: Objects,
    errands: Errands,
    contexts: Contexts,
    people: People,
    directory: Directory,
    settings: Settings | None,
) -> list[Act]:
    """Ask Sentry for what the mark means; a mark that says what holds already asks for nothing."""
    if settings is None or not settings.sentry.resolve_with_topic:
        return []
    record = issue_in(ctx.session, objects, relays, marked.channel_name, marked.topic)
    if record is None or record.gone or record.is_over == marked.done:
        return []
    place = Topic(channel=marked.channel, topic=marked.topic)
    who = contexts.of(
        ctx.session,
        marked.user_id,
        place,
        message_id=marked.message_id,
        cause=marked.key,
        channel_name=marked.channel_name,
    )
    if who is None or not _may(record, who, fleet):
        # The mark is taken back: what the relays tell next is told against it.
        relays.marked(ctx.session, marked.channel_name or "", marked.topic, done=marked.done)
        desk = Desk(ctx.session, ctx.now, fleet, relays, objects, people, directory)
        return [_refused(record, marked, place), *desk.relay(record)]
    words = "resolve" if marked.done else "unresolve"
    asked = Asked(person=marked.user_id, message=0, place=place, typed=who.typed(f"{words} {record.name}"))
    change = changes.resolve() if marked.done else changes.unresolve()
    asking = asked.model_dump(mode="json")
    if ask(errands, ctx.session, UPDATE, record.issue.id, marked.key, change=change, asked=asking):
        tag = Tag.ISSUE_RESOLVED if marked.done else Tag.ISSUE_REOPENED
        audit.record(
            ctx.session,
            at=ctx.now,
            tag=tag,
            actor_id=marked.user_id,
            outcome="done",
            cause=marked.key,
            correlation=marked.key,
            details={"stuf": record.stuf, "issue": record.name},
        )
    return []


def _may(record: Record, who: Context, fleet: Fleet) -> bool:
    stuf = fleet.get(who.session, record.stuf) if record.stuf else None
    return may_act(stuf, who) if stuf else Role.OPERATOR in who.roles


def _refused(record: Record, marked: TopicMarked, place: Topic) -> Post:
    what = "resolve" if marked.done else "reopen"
    text = NOT_YOURS.format(who=f"@_**|{marked.user_id}**", what=what, issue=inline(record.name, 60))
    return Post(to=place, content=text, key=f"{marked.key}:refused")
