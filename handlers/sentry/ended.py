"""How errands to Sentry ended: what an issue is like now, whether a change or a comment was taken."""

from typing import Any, Final

from handlers.sentry import record as records
from handlers.sentry.accounts import learn
from handlers.sentry.asked import Asked
from handlers.sentry.asking import COMMENT, DETAILS, RECONCILE, UPDATE
from handlers.sentry.comments import heard
from handlers.sentry.desk import Desk
from handlers.sentry.reading import Comment, own_project
from handlers.sentry.reconcile import reconciled
from handlers.sentry.wording import Who
from provisioning.fleet import Fleet
from provisioning.sentry.models import Frame, Issue
from stuf_bot.acts import Act, Post, React
from stuf_bot.bus import Router
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outside import inline
from stuf_bot.context import EventContext
from stuf_bot.errands import Errands
from stuf_bot.messages import ErrandEnded
from stuf_bot.relays import Objects, People, Relays
from stuf_bot.settings import Settings

router = Router()

TAKEN: Final = "check_mark"
REFUSED = "{who}: Sentry did not take that (`{code}`): {sentence} Nothing was changed there. Type {again} to try again."
COMMENT_REFUSED = (
    "{who}: Sentry did not take your comment (`{code}`): {sentence} Type {again} with its text to try again."
)
NOT_FOUND: Final = "sentry-not-found"


@router.event
def end(  # noqa: PLR0913 - what is named here is handed in by name.
    ended: ErrandEnded,
    ctx: EventContext,
    *,
    fleet: Fleet,
    relays: Relays,
    objects: Objects,
    people: People,
    directory: Directory,
    errands: Errands,
    settings: Settings | None,
) -> list[Act]:
    """One errand."""
    desk = Desk(ctx.session, ctx.now, fleet, relays, objects, people, directory, own_project(settings))
    if ended.kind == DETAILS:
        return _details(ended, desk)
    if ended.kind == UPDATE:
        return _update(ended, desk)
    if ended.kind == COMMENT:
        return _comment(ended, desk)
    if ended.kind == RECONCILE and ended.succeeded:
        reconciled(ended, desk, errands)
    return []


def _details(ended: ErrandEnded, desk: Desk) -> list[Act]:
    if not ended.succeeded:
        return _gone(ended, desk) if ended.code == NOT_FOUND else []
    issue = Issue.model_validate(ended.result["issue"])
    for number, username in (ended.result.get("people") or {}).items():
        learn(desk.session, str(number), str(username))
    before = desk.read(issue.id)
    if before is None and not desk.concerns(issue.project, issue.project_id):
        return []
    now = records.merged(before, issue) if before else desk.begin(issue)
    event = ended.result.get("event") or {}
    now = records.located(
        now,
        [Frame.model_validate(frame) for frame in ended.result.get("frames") or ()],
        release=event.get("release") or "",
        environment=event.get("environment") or "",
        transaction=event.get("transaction") or "",
    ).changed(users_today=ended.result.get("users_24h"), gone=False, read_at=desk.now)
    acts = desk.say(before, now, _by(ended.payload))
    if waited := ended.payload.get("heard"):
        acts += heard(desk, Comment.model_validate(waited))
    return acts


def _gone(ended: ErrandEnded, desk: Desk) -> list[Act]:
    """Somebody deleted it in Sentry, or merged it into another."""
    before = desk.read(str(ended.payload.get("issue") or ""))
    return desk.say(before, before.changed(gone=True)) if before and not before.gone else []


def _update(ended: ErrandEnded, desk: Desk) -> list[Act]:
    asked = Asked.model_validate(ended.payload["asked"])
    if ended.succeeded:
        issue = Issue.model_validate(ended.result["issue"])
        _learn_assigned(str(ended.payload["change"].get("assignedTo") or ""), issue, desk)
        acts = desk.told(issue, Who(user=asked.person))
        return [*acts, *([React(message_id=asked.message, emoji_name=TAKEN)] if asked.message else [])]
    told = _refused(REFUSED, ended, asked)
    record = desk.read(str(ended.payload["issue"]))
    if asked.message or record is None:
        return [told]
    # A topic was marked: it says again what holds.
    return [told, *desk.relay(record)]


def _learn_assigned(asked: str, issue: Issue, desk: Desk) -> None:
    """Whom a person was called when it was assigned to them."""
    kind, _, account = asked.partition(":")
    if kind == "member" and issue.assigned is not None and issue.assigned.kind == "user":
        learn(desk.session, issue.assigned.id, account)


def _comment(ended: ErrandEnded, desk: Desk) -> list[Act]:
    asked = Asked.model_validate(ended.payload["asked"])
    if not ended.succeeded:
        return [_refused(COMMENT_REFUSED, ended, asked)]
    record = desk.read(str(ended.payload["issue"]))
    if record is not None and (number := str(ended.result.get("comment") or "")):
        desk.keep(record.has_heard(number))
    return [React(message_id=asked.message, emoji_name=TAKEN)] if asked.message else []


def _refused(text: str, ended: ErrandEnded, asked: Asked) -> Post:
    content = text.format(
        who=asked.mention, code=ended.code, sentence=inline(ended.sentence, 300), again=asked.again
    )
    return Post(to=asked.place, content=content, key=f"sentry:errand:{ended.number}:refused")


def _by(payload: dict[str, Any]) -> Who | None:
    return Who(**payload["by"]) if payload.get("by") else None
