"""How a branch stands: its newest push, and whether it is still there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.github.newest import Registers, newer, values
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Repository
from handlers.github.shared import (
    Commit,
    commit_line,
    lines,
    listed,
    person,
    quoted,
    repository_link,
    subject,
    when,
)
from stuf_bot.chat.format import listing
from stuf_bot.relays import Subject

CARD = "🌿 Branch {branch} of {repository}"
GONE = "⚪ **Deleted**"
PUSHED = "Last push: {facts}"
TITLE = "commits"


class Push(Facts):
    """The newest push, as it is remembered: its last commits, oldest first, and how many there were."""

    who: Account = Account()
    at: Moment = None
    forced: bool = False
    count: int = 0
    commits: tuple[Commit, ...] = ()


def about(ctx: ReadContext, repository: Repository, branch: str) -> Subject:
    """The branch's subject."""
    return subject(ctx, repository, f"branch:{branch}", branch, TITLE)


def heard(
    ctx: ReadContext, hook: Hook, branch: str, facts: Mapping[str, Any], at: datetime | None
) -> tuple[Subject, Json]:
    """Take these facts of the time `at`; gives the subject and what holds now."""
    subject_ = about(ctx, hook.repository, branch)
    kept: Registers = (ctx.objects.read(ctx.session, subject_.key) or {}).get("fields", {})
    kept = newer(kept, facts, at)
    ctx.objects.keep(ctx.session, subject_.key, subject_.stuf, {"fields": kept})
    return subject_, values(kept)


def card(ctx: ReadContext, repository: Repository, branch: str, now: Json) -> str:
    """The card, as safe Markdown."""
    push = Push.of(now.get("push"))
    verified = now.get("verified") or {}
    commits = [one.model_copy(update={"verified": verified.get(one.id)}) for one in push.commits]
    facts = [
        when(push.at),
        f"by {person(push.who, ctx)}" if push.who.login else "",
        "forced" if push.forced else "",
    ]
    said = " · ".join(fact for fact in facts if fact)
    more = [] if push.count <= len(commits) else [f"… and {push.count - len(commits)} before"]
    return lines(
        CARD.format(branch=quoted(branch), repository=repository_link(repository)),
        GONE if now.get("deleted") else "",
        PUSHED.format(facts=said) if said and now.get("push") else "",
        listing([*listed([commit_line(one, ctx) for one in reversed(commits)]), *more]),
    )
