"""Looks whether the people whom [policy] asks for are there."""

from collections.abc import Iterator

from stuf_bot.chat.directory import Directory
from stuf_bot.doctor.finding import Finding
from stuf_bot.messages import Effect
from stuf_bot.policy import Way
from stuf_bot.settings import Settings

_AREA = "Zulip"
_TWO = 2
# Whose groups may do it on any STUF; the TA of a STUF comes on top.
_ROLES = {
    Effect.CHANGES: ("operators", "administrators"),
    Effect.COSTS: ("architects", "administrators"),
    Effect.DESTROYS: ("operators", "administrators"),
}


def look(settings: Settings, directory: Directory) -> Iterator[Finding]:
    """Where two people have to agree, and there are not two."""
    for effect, roles in _ROLES.items():
        if Way.TWO_PEOPLE not in settings.policy.ways(effect):
            continue
        people = _people(settings, directory, roles)
        what = f"[policy] {effect.value}: a second person approves; {len(people)} of the {' and '.join(roles)} may"
        todo = (
            f"Add people to the groups of the {roles[0]}: "
            "two are needed, since nobody approves their own plan."
        )
        yield Finding(_AREA, what, "" if len(people) >= _TWO else todo)


def _people(settings: Settings, directory: Directory, roles: tuple[str, ...]) -> set[int]:
    """Who has one of the roles and may use it."""
    names = [name for role in roles for name in getattr(settings.roles, role)]
    members = {user_id for name in names for user_id in directory.group_members(name) or ()}
    people = (directory.person(user_id) for user_id in members)
    return {each.user_id for each in people if each and each.is_active and not (each.is_bot or each.is_guest)}
