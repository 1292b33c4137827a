"""`member`, `team_add`, `team`, `membership`, `organization`, `deploy_key`: who may read a repository from now on."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import Field

from handlers.github.access_ledger import Change, of_account, of_repository, tell
from handlers.github.reading import Account, Facts, Hook, Json, ReadContext, Unreadable
from handlers.github.shared import linked, person, quoted
from stuf_bot.acts import Lane
from stuf_bot.relays import Relay

MEMBER_ADDED = "{who} {may} {name} now: {by} added them."
MEMBER_EDITED = "{who} {may} {name} now{before}: {by} changed it."
MEMBER_REMOVED = "{who} may no longer read {name}: {by} removed them."
TEAM_ADDED = "The team {team} {may} {name} now: {by} added it."
TEAM_REMOVED = "The team {team} may no longer read {name}: {by} removed it."
TEAM_CHANGED = "{by} {did} the team {team}{changes}. What it may read, its members may."
JOINED = "{who} is in the team {team} now, and may read what it may: {by} added them."
LEFT = "{who} is no longer in the team {team}: {by} removed them."
ORGANIZATION_ADDED = "{who} is in the organization {name} now{role}: {by} added them."
ORGANIZATION_REMOVED = "{who} is no longer in the organization {name}: {by} removed them."
ORGANIZATION_INVITED = (
    "{who} is invited into the organization {name}{role}: {by} asked them. They have 7 days to accept."
)
ORGANIZATION_CHANGED = "{by} {did} the organization {name}{before}."
KEY_ADDED = "The deploy key {title} {may} {name} now: {by} added it."
KEY_REMOVED = "The deploy key {title} no longer opens {name}: {by} removed it."

_NO_TEAM: Final = "a team without a name"
_MAY: Final = {
    "pull": "may read",
    "read": "may read",
    "triage": "may read",
    "push": "may read and change",
    "write": "may read and change",
    "maintain": "may read and change",
    "admin": "**administers**",
}
_DEEDS: Final = {
    "created": "**made**",
    "deleted": "**removed**",
    "edited": "**changed**",
    "renamed": "**renamed**",
}


class Team(Facts):
    """A team of an organization."""

    id: int = 0
    name: str = ""
    html_url: str = ""
    permission: str = ""


class Key(Facts):
    """A deploy key."""

    id: int = 0
    title: str = ""
    read_only: bool = False


class Membership(Facts):
    """Who belongs to an organization, and as what."""

    user: Account = Account()
    role: str = ""


class Invitation(Facts):
    """Who is asked to belong to it. An e-mail address that was invited is not read."""

    login: str = ""
    role: str = ""


class AccessHook(Hook):
    """All of them."""

    member: Account = Account()
    team: Team = Team()
    key: Key = Key()
    membership: Membership = Membership()
    invitation: Invitation = Invitation()
    user: Account = Account()
    changes: Json = Field(default_factory=dict)


def read_member(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`member`: a collaborator of one repository."""
    hook = AccessHook.of(payload)
    if not hook.member.login:
        raise Unreadable("a member without a name")
    place = of_repository(ctx, hook.repository)
    level = _changed(hook.changes, "permission", "to") or _changed(hook.changes, "role_name", "to")
    former = _changed(hook.changes, "old_permission", "from") or _changed(hook.changes, "permission", "from")
    text = {"added": MEMBER_ADDED, "removed": MEMBER_REMOVED}.get(hook.action, MEMBER_EDITED)
    told = text.format(
        who=person(hook.member, ctx),
        may=may(level),
        name=place.name,
        by=person(hook.sender, ctx),
        before=f" (before: {quoted(former, 40)})" if former else "",
    )
    said = f"{hook.action}:{level}:{former}"
    return [tell(hook, ctx, place, Change(thing=f"member:{hook.member.login}", said=said, text=told))]


def read_team_add(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`team_add`, which `team` tells as well."""
    hook = AccessHook.of(payload)
    if not hook.team.name:
        raise Unreadable(_NO_TEAM)
    return [_team_of_repository(hook, ctx, added=True)]


def read_team(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`team`: for a repository, or as such."""
    hook = AccessHook.of(payload)
    if not hook.team.name:
        raise Unreadable(_NO_TEAM)
    if hook.action in {"added_to_repository", "removed_from_repository"} and hook.repository.full_name:
        return [_team_of_repository(hook, ctx, added=hook.action == "added_to_repository")]
    if hook.action == "edited" and hook.repository.full_name:
        return [_team_of_repository(hook, ctx, added=True, said=f"edited:{hook.changes!r}")]
    names = [quoted(name, 60) for name in hook.changes]
    text = TEAM_CHANGED.format(
        by=person(hook.sender, ctx),
        did=_DEEDS.get(hook.action) or quoted(hook.action, 40),
        team=_team(hook),
        changes=f" ({', '.join(names)})" if names else "",
    )
    change = Change(thing=_team_key(hook), said=f"{hook.action}:{hook.changes!r}", text=text)
    return [tell(hook, ctx, of_account(hook.organization), change)]


def read_membership(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`membership`: somebody joins or leaves a team."""
    hook = AccessHook.of(payload)
    text = (LEFT if hook.action == "removed" else JOINED).format(
        who=person(hook.member, ctx), team=_team(hook), by=person(hook.sender, ctx)
    )
    change = Change(thing=f"{_team_key(hook)}:{hook.member.login}", said=hook.action, text=text)
    return [tell(hook, ctx, of_account(hook.organization), change)]


def read_organization(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`organization`: who belongs to it, and its own end."""
    hook = AccessHook.of(payload)
    place = of_account(hook.organization)
    asked = hook.user if hook.user.login else Account(login=hook.invitation.login)
    who = asked if hook.action == "member_invited" else hook.membership.user
    role = (hook.membership.role or hook.invitation.role).replace("_", " ")
    renamed = _changed(hook.changes, "login", "from")
    texts = {
        "member_added": ORGANIZATION_ADDED,
        "member_removed": ORGANIZATION_REMOVED,
        "member_invited": ORGANIZATION_INVITED,
    }
    text = texts.get(hook.action, ORGANIZATION_CHANGED).format(
        who=person(who, ctx),
        name=place.name,
        role=f" as {quoted(role, 40)}" if role else "",
        by=person(hook.sender, ctx),
        did=_DEEDS.get(hook.action) or quoted(hook.action.replace("_", " "), 40),
        before=f", before {quoted(renamed, 60)}" if renamed else "",
    )
    lane = Lane.INCIDENT if hook.action == "deleted" else Lane.OPERATION
    change = Change(thing=f"organization:{who.login}", said=hook.action, text=text, lane=lane)
    return [tell(hook, ctx, place, change)]


def read_key(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`deploy_key`: a key that opens one repository."""
    hook = AccessHook.of(payload)
    place = of_repository(ctx, hook.repository)
    text = (KEY_REMOVED if hook.action == "deleted" else KEY_ADDED).format(
        title=quoted(hook.key.title or "without a name", 60),
        may=may("read" if hook.key.read_only else "write"),
        name=place.name,
        by=person(hook.sender, ctx),
    )
    return [
        tell(
            hook,
            ctx,
            place,
            Change(thing=f"key:{hook.key.title}", said=f"{hook.action}:{hook.key.id}", text=text),
        )
    ]


def may(level: str) -> str:
    """What somebody with this permission may do, in our words; without one it is reading at least."""
    return _MAY.get(level, "may read" if not level else f"(as {quoted(level, 40)}) may read")


def _team_of_repository(hook: AccessHook, ctx: ReadContext, *, added: bool, said: str = "") -> Relay:
    place = of_repository(ctx, hook.repository)
    text = (TEAM_ADDED if added else TEAM_REMOVED).format(
        team=_team(hook), may=may(hook.team.permission), name=place.name, by=person(hook.sender, ctx)
    )
    said = said or ("added" if added else "removed")
    return tell(hook, ctx, place, Change(thing=_team_key(hook), said=said, text=text))


def _team(hook: AccessHook) -> str:
    return linked(hook.team.name or "without a name", hook.team.html_url)


def _team_key(hook: AccessHook) -> str:
    return f"team:{hook.team.name}"


def _changed(changes: Json, name: str, side: str) -> str:
    part: Any = changes.get(name)
    found = part.get(side) if isinstance(part, dict) else ""
    return found if isinstance(found, str) else ""
