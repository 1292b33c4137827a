"""Releases, and the tags they stand on: one topic for both."""

from datetime import datetime
from typing import Any, Final

from handlers.github.newest import Registers, given, newer, stamp, values
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.shared import (
    excerpt,
    lines,
    linked,
    listed,
    person,
    quoted,
    repository_link,
    short,
    subject,
)
from handlers.github.tickets import Body, Title
from stuf_bot.chat.format import size
from stuf_bot.relays import News, Relay, Subject

CARD = "🏷️ {tag} of {repository}"
TAGGED = "Tag at {commit}"
TAG_GONE = "⚪ **Tag deleted**"
STATES: Final = {
    "deleted": "⚪ **Deleted**",
    "draft": "📝 **Draft**",
    "prerelease": "🧪 **Pre-release**",
    "released": "🚀 **Released**",
}
FILES = "**Files:** {files}"
NOTES = "Release notes"

RELEASED = "🚀 {who} released {name}."
PRERELEASED = "🧪 {who} published the pre-release {name}."
UNPUBLISHED = "↩️ {who} took {name} back: it is a draft again."
DELETED = "🗑️ {who} deleted the release {name}."
TAG_MADE = "🏷️ {who} tagged {commit} as {tag}."
TAG_DELETED = "🗑️ {who} deleted the tag {tag}."

_TITLE: Final = "release"
_NO_COMMIT: Final = "0" * 40


class Asset(Facts):
    """A file of a release; `size` in bytes."""

    name: str = ""
    size: int = 0
    browser_download_url: str = ""


class Release(Facts):
    """A release, as far as the payload has it. Two with one tag differ by their id."""

    id: int = 0
    tag_name: str = ""
    name: Title = ""
    html_url: str = ""
    draft: bool = False
    prerelease: bool = False
    body: Body = ""
    author: Account = Account()
    assets: tuple[Asset, ...] = ()
    created_at: Moment = None
    published_at: Moment = None
    updated_at: Moment = None

    @property
    def standing(self) -> str:
        """One of the words in STATES, but for `deleted`."""
        return "draft" if self.draft else "prerelease" if self.prerelease else "released"

    @property
    def at(self) -> datetime | None:
        """Since when it is so; older payloads do not say when it was changed."""
        return self.updated_at or self.published_at or self.created_at


class ReleaseHook(Hook):
    """A `release` delivery."""

    release: Release = Release()


def read(payload: Json, ctx: ReadContext) -> list[Relay]:
    """What happens to a release."""
    hook = ReleaseHook.of(payload)
    release = hook.release
    if not release.tag_name:
        raise Unreadable("a release without a tag")
    gone = hook.action == "deleted"
    about, now = _heard(ctx, hook, release.tag_name, {"release": given(release), "gone": gone}, release.at)
    news = _news(hook, ctx)
    return [
        Relay(
            about,
            "releases",
            status=hook.action,
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=_card(ctx, hook, release.tag_name, now),
            news=(news,) if news else (),
            done=bool(now.get("gone")),
        )
    ]


def tagged(hook: Hook, ctx: ReadContext, tag: str, *, sha: str, deleted: bool) -> list[Relay]:
    """A tag that came or went; `sha` is empty where the delivery does not say it, and then it is no news."""
    times = hook.repository
    facts: Json = {"tag_gone": deleted}
    if sha and not deleted:
        facts["sha"] = sha
    about, now = _heard(ctx, hook, tag, facts, times.pushed_at or times.updated_at)
    who = person(hook.sender, ctx)
    frame = TAG_DELETED if deleted else TAG_MADE
    text = frame.format(who=who, tag=quoted(tag), commit=quoted(short(sha)))
    return [
        Relay(
            about,
            "branches",
            status="deleted" if deleted else "created",
            actor=hook.sender.login,
            actor_id=ctx.user_id(hook.sender),
            card=_card(ctx, hook, tag, now),
            news=(News(f"tag:{'gone' if deleted else sha}:{stamp(times.pushed_at)}", text),) if sha else (),
        )
    ]


def _heard(
    ctx: ReadContext, hook: Hook, tag: str, facts: dict[str, Any], at: datetime | None
) -> tuple[Subject, Json]:
    about = subject(ctx, hook.repository, f"release:{tag}", tag, _TITLE)
    kept: Registers = (ctx.objects.read(ctx.session, about.key) or {}).get("fields", {})
    kept = newer(kept, facts, at)
    ctx.objects.keep(ctx.session, about.key, about.stuf, {"fields": kept})
    return about, values(kept)


def _card(ctx: ReadContext, hook: Hook, tag: str, now: Json) -> str:
    release = Release.of(now.get("release"))
    name = linked(release.name or tag, release.html_url)
    state = STATES["deleted"] if now.get("gone") else STATES[release.standing]
    by = f"by {person(release.author, ctx)}" if release.author.login else ""
    files = [
        f"{linked(one.name, one.browser_download_url)} ({size(one.size)})"
        for one in release.assets
        if one.name
    ]
    known = release.tag_name != ""
    commit = TAGGED.format(commit=quoted(short(now["sha"]))) if now.get("sha") else ""
    return lines(
        CARD.format(tag=quoted(tag), repository=repository_link(hook.repository)),
        " · ".join(part for part in (state, name, by) if part) if known else "",
        TAG_GONE if now.get("tag_gone") else commit,
        FILES.format(files=" · ".join(listed(files))) if files else "",
        excerpt(release.body, NOTES) if known else "",
    )


def _news(hook: ReleaseHook, ctx: ReadContext) -> News | None:
    release = hook.release
    who = person(hook.sender, ctx)
    name = linked(release.name or release.tag_name, release.html_url)
    if hook.action in {"published", "released", "prereleased"} and not release.draft:
        # GitHub tells one release as `published` and as `released`; taken back, it may be published again.
        frame = PRERELEASED if release.prerelease else RELEASED
        key = f"{release.standing}:{release.id}:{stamp(release.published_at)}"
        return News(key, frame.format(who=who, name=name))
    if hook.action == "unpublished":
        return News(f"unpublished:{release.id}:{stamp(release.at)}", UNPUBLISHED.format(who=who, name=name))
    if hook.action == "deleted" and not release.draft:
        return News(f"deleted:{release.id}", DELETED.format(who=who, name=name))
    return None
