"""Pushes: commits to a branch, branches and tags that come and go."""

from typing import Final

from handlers.github import releases
from handlers.github.branch_card import Push, card, heard
from handlers.github.newest import given, stamp
from handlers.github.reading import Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.shared import Commit, branch_of, commit_line, lines, listed, person, quoted, short, to
from stuf_bot.chat.format import listing
from stuf_bot.relays import News, Relay

PUSHED = "⬆️ {who} pushed {commits} to {branch}:"
FORCED = "⚠️ {who} force-pushed {branch}: it was at {before} and is now at {after}."
CREATED = "🌱 {who} created {branch}{base}."
DELETED = "🗑️ {who} deleted {branch}."

_SHOWN: Final = 10
_TAGS: Final = "refs/tags/"
# Branches that GitHub's merge queue makes for itself.
_QUEUE: Final = "gh-readonly-queue/"


class PushHook(Hook):
    """A delivery of `push`, `create` or `delete`."""

    ref: str = ""
    ref_type: str = ""
    before: str = ""
    after: str = ""
    created: bool = False
    deleted: bool = False
    forced: bool = False
    base_ref: str = ""
    compare: str = ""
    commits: tuple[Commit, ...] = ()
    head_commit: Commit | None = None


def pushed_branch(hook: PushHook) -> str:
    """Which branch was pushed to; "" for tags, and for branches that the merge queue makes for itself."""
    branch = branch_of(hook.ref)
    return "" if hook.ref.startswith(_TAGS) or branch.startswith(_QUEUE) else branch


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A push to a branch or of a tag."""
    hook = PushHook.of(payload)
    name = branch_of(hook.ref)
    if not name:
        raise Unreadable("a push to nowhere")
    if name.startswith(_QUEUE):
        return []
    if hook.ref.startswith(_TAGS):
        return releases.tagged(hook, ctx, name, sha=hook.after, deleted=hook.deleted)
    return [_relay(hook, ctx, name)]


def read_created(payload: Json, ctx: ReadContext) -> list[Relay]:
    """GitHub's `create`: the push of the same tells more, so only the card shows it."""
    return _came_or_went(payload, ctx, deleted=False)


def read_deleted(payload: Json, ctx: ReadContext) -> list[Relay]:
    """GitHub's `delete`: likewise."""
    return _came_or_went(payload, ctx, deleted=True)


def _came_or_went(payload: Json, ctx: ReadContext, *, deleted: bool) -> list[Relay]:
    hook = PushHook.of(payload)
    name = branch_of(hook.ref)
    if not name:
        raise Unreadable("a push to nowhere")
    if name.startswith(_QUEUE):
        return []
    if hook.ref_type == "tag":
        return releases.tagged(hook, ctx, name, sha="", deleted=deleted)
    about, now = heard(ctx, hook, name, {"deleted": deleted}, _at(hook))
    return [
        Relay(
            about,
            "branches",
            status="deleted" if deleted else "created",
            branch=name,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=card(ctx, hook.repository, name, now),
            done=bool(now.get("deleted")),
        )
    ]


def _relay(hook: PushHook, ctx: ReadContext, branch: str) -> Relay:
    at = _at(hook)
    facts: Json = {"deleted": hook.deleted}
    if not hook.deleted:
        kept = hook.commits[-_SHOWN:]
        push = Push(who=hook.sender, at=at, forced=hook.forced, count=len(hook.commits), commits=kept)
        facts["push"] = given(push)
    about, now = heard(ctx, hook, branch, facts, at)
    status = (
        "deleted" if hook.deleted else "created" if hook.created else "forced" if hook.forced else "pushed"
    )
    # A branch may come to the same commit twice; GitHub sends a delivery again with the same time.
    said = f"push:{hook.before}:{hook.after}:{stamp(hook.repository.pushed_at)}"
    return Relay(
        about,
        "branches" if status in {"created", "deleted"} else "pushes",
        status=status,
        branch=branch,
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=card(ctx, hook.repository, branch, now),
        news=(News(said, _text(hook, ctx, branch, status)),),
        done=bool(now.get("deleted")),
    )


def _text(hook: PushHook, ctx: ReadContext, branch: str, status: str) -> str:
    who, name = person(hook.sender, ctx), quoted(branch)
    count = len(hook.commits)
    commits = to(f"{count} commit{'' if count == 1 else 's'}", hook.compare)
    base = f" from {quoted(branch_of(hook.base_ref))}" if hook.base_ref else ""
    head = {
        "deleted": DELETED.format(who=who, branch=f"the branch {name}"),
        "created": CREATED.format(who=who, branch=f"the branch {name}", base=base),
        "forced": FORCED.format(
            who=who,
            branch=name,
            before=quoted(short(hook.before)),
            after=to(quoted(short(hook.after)), hook.compare),
        ),
        "pushed": PUSHED.format(who=who, branch=name, commits=commits),
    }[status]
    shown = [commit_line(one, ctx) for one in hook.commits]
    return lines(head, listing(listed(shown, _SHOWN)))


def _at(hook: PushHook) -> Moment:
    pushed = hook.repository.pushed_at or (hook.head_commit.timestamp if hook.head_commit else None)
    return pushed or hook.repository.updated_at
