"""`public`, `repository` and its properties: what becomes of a repository, and who may read it by that."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from pydantic import Field

from handlers.github.access_ledger import Change, of_repository, tell
from handlers.github.activity import told
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext
from handlers.github.shared import listed, person, quoted, repository_link
from stuf_bot.acts import Lane
from stuf_bot.relays import News, Relay

PUBLIC = "🚨 **Everybody** may read {name}: {by} made it public."
PRIVATE = "{name} is private now: {by} changed it. Only who was given access may read it."
TRANSFERRED = (
    "{name} belongs to another account now{before}: {by} transferred it. Who may read it is decided there."
)
DELETED = "🚨 {by} **deleted** {name}: the record of what runs is gone from GitHub. Next: an owner restores it within 90 days under *Deleted repositories* in the owner's settings."
RENAMED = (
    "{by} renamed {before}: it is {name} now. Next: rename it back, or its events no longer reach their STUF."
)
ARCHIVED = "{by} archived {name}: it can be read, not changed."
UNARCHIVED = "{by} opened {name} again: it can be changed."
CREATED = "{by} made {name}."
EDITED = "{by} changed {what} of {name}."
PROPERTIES = "{by} set properties of {name}: {changes}."
PROPERTY = "{by} {did} the property {name} of the organization's repositories."

_PUBLIC: Final = "visibility:public"
_MOST: Final = 8


class Property(Facts):
    """A property of repositories, or its value in one."""

    property_name: str = ""
    value: Any = None


class State(Facts):
    """What a repository says of its own age."""

    updated_at: Moment = None


class RepositoryHook(Hook):
    """All of them."""

    changes: Json = Field(default_factory=dict)
    definition: Property = Property()
    new_property_values: tuple[Property, ...] = ()
    old_property_values: tuple[Property, ...] = ()


def read_public(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`public`, which `repository` tells as well."""
    return [_public(RepositoryHook.of(payload), ctx)]


def read(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`repository`."""
    hook = RepositoryHook.of(payload)
    ctx = _as_before(hook, ctx)
    readers = {
        "publicized": _public,
        "privatized": _private,
        "transferred": _transferred,
        "deleted": _deleted,
    }
    if hook.action in readers:
        return [readers[hook.action](hook, ctx)]
    texts = {"renamed": RENAMED, "archived": ARCHIVED, "unarchived": UNARCHIVED, "created": CREATED}
    text = texts.get(hook.action, EDITED).format(
        by=person(hook.sender, ctx),
        name=repository_link(hook.repository),
        before=quoted(_text(_inner(hook.changes, "repository", "name", "from")) or "something else"),
        what=", ".join(listed([quoted(name.replace("_", " "), 60) for name in hook.changes], _MOST))
        or "the settings",
    )
    at = State.of(payload.get("repository")).updated_at
    return [told(hook, ctx, text, kind="repository", at=at, news=hook.action != "edited")]


def read_values(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`custom_property_values`."""
    hook = RepositoryHook.of(payload)
    before = {one.property_name: one.value for one in hook.old_property_values}
    changes = [
        f"{quoted(one.property_name, 60)} {quoted(_text(before.get(one.property_name)) or 'none', 40)} → "
        f"{quoted(_text(one.value) or 'none', 40)}"
        for one in hook.new_property_values
    ]
    text = PROPERTIES.format(
        by=person(hook.sender, ctx),
        name=repository_link(hook.repository),
        changes=", ".join(listed(changes, _MOST)) or "none",
    )
    return [told(hook, ctx, text, kind="repository", at=ctx.now)]


def read_property(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`custom_property` and its promotion: what properties there are."""
    hook = RepositoryHook.of(payload)
    text = PROPERTY.format(
        by=person(hook.sender, ctx),
        did=quoted(hook.action.replace("_", " ") or "changed", 40),
        name=quoted(hook.definition.property_name or "without a name", 60),
    )
    return [told(hook, ctx, text, kind="repository", at=ctx.now)]


def _as_before(hook: RepositoryHook, ctx: ReadContext) -> ReadContext:
    """A repository that has another name or owner now is known by the former ones."""
    owner, _, name = hook.repository.full_name.partition("/")
    former_name = _text(_inner(hook.changes, "repository", "name", "from")) or name
    former = f"{_former_owner(hook) or owner}/{former_name}"
    if ctx.stuf is not None or former == hook.repository.full_name:
        return ctx
    return replace(ctx, stuf=ctx.fleet.by_repository(ctx.session, former))


def _former_owner(hook: RepositoryHook) -> str:
    owner = _part(_inner(hook.changes, "owner", "from"))
    return Account.of(owner.get("organization") or owner.get("user")).login


def _public(hook: RepositoryHook, ctx: ReadContext) -> Relay:
    return _visible(hook, ctx, PUBLIC, _PUBLIC, lane=Lane.INCIDENT)


def _private(hook: RepositoryHook, ctx: ReadContext) -> Relay:
    return _visible(hook, ctx, PRIVATE, "visibility:private", lane=Lane.OPERATION)


def _transferred(hook: RepositoryHook, ctx: ReadContext) -> Relay:
    former = _former_owner(hook)
    before = f", which belonged to {quoted(former, 60)}" if former else ""
    return _visible(
        hook, ctx, TRANSFERRED, f"owner:{hook.repository.full_name}", lane=Lane.INCIDENT, before=before
    )


def _deleted(hook: RepositoryHook, ctx: ReadContext) -> Relay:
    """Said in any case, as is who may read it: what is gone nobody may."""
    text = DELETED.format(by=person(hook.sender, ctx), name=quoted(hook.repository.full_name))
    line = told(hook, ctx, text, kind="repository", at=ctx.now)
    news = News(f"deleted:{ctx.now.isoformat()}", text, always=True)
    return replace(line, news=(news,), lane=Lane.INCIDENT)


def _visible(  # noqa: PLR0913 - what is said, and how urgently.
    hook: RepositoryHook, ctx: ReadContext, text: str, said: str, *, lane: Lane, before: str = ""
) -> Relay:
    place = of_repository(ctx, hook.repository)
    change = Change(
        thing=said.partition(":")[0],
        said=said,
        text=text.format(name=place.name, by=person(hook.sender, ctx), before=before),
        lane=lane,
    )
    return tell(hook, ctx, place, change)


def _inner(given: Any, *names: str) -> Any:
    for name in names:
        given = _part(given).get(name)
    return given


def _part(given: Any) -> Json:
    return given if isinstance(given, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if isinstance(one, str | int))
    return str(value) if isinstance(value, str | int) else ""
