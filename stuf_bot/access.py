"""Who may do what: roles come from the realm's user groups, asked at the moment of the act."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from stuf_bot.chat.outside import inline
from stuf_bot.errors import Refusal
from stuf_bot.places import Person

_MARKS = frozenset("*`")


class Role(StrEnum):
    """What a person is to the bot. A TA of a STUF is found in the fleet, not here."""

    MEMBER = "member"
    VIEWER = "viewer"
    ARCHITECT = "architect"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


_IMPLIED = {
    Role.ADMINISTRATOR: frozenset({Role.ADMINISTRATOR, Role.OPERATOR, Role.ARCHITECT, Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.OPERATOR, Role.VIEWER}),
    Role.ARCHITECT: frozenset({Role.ARCHITECT}),
    Role.VIEWER: frozenset({Role.VIEWER}),
}


class People(Protocol):
    """What access needs to know of the realm."""

    def person(self, user_id: int) -> Person | None:
        """The account as it is now, or None."""
        ...

    def groups_of(self, user_id: int) -> frozenset[str]:
        """Names of the user groups that the account is in, also through groups in groups."""
        ...

    def group_members(self, name: str) -> frozenset[int] | None:
        """The ids of all in a group; None where there is no such group."""
        ...


class Access:
    """Roles of people. `groups` maps a role to the names of the groups that have it."""

    def __init__(self, people: People, groups: Mapping[Role, tuple[str, ...]]) -> None:
        self._people = people
        self._groups = groups

    def roles(self, user_id: int) -> frozenset[Role]:
        """The roles of the account now; none at all for bots, guests and deactivated people."""
        person = self._people.person(user_id)
        if person is None or person.is_bot or person.is_guest or not person.is_active:
            return frozenset()
        mine = self._people.groups_of(user_id)
        found = {Role.MEMBER}
        for role, names in self._groups.items():
            if mine.intersection(names):
                found |= _IMPLIED[role]
        return frozenset(found)

    def require(self, role: Role, roles: frozenset[Role], what: str) -> None:
        """Raises Refusal that says who may do `what`, where `role` is not among these."""
        if role not in roles:
            raise Refusal("not-allowed", f"`{what}` is for {self.granted_by(role)}. Ask one of them.", "help")

    def groups(self, role: Role) -> tuple[str, ...]:
        """Names of the user groups that have the role."""
        return self._groups.get(role, ())

    def granted_by(self, role: Role) -> str:
        """Who has the role, for a refusal: the groups, or what the administrator has to set."""
        names = self._groups.get(role, ())
        if not names:
            return f"nobody yet: an administrator sets `{role}s` under `[roles]` in the bot's configuration"
        return "members of " + " or ".join(self._named(name) for name in names)

    def _named(self, group: str) -> str:
        members = self._people.group_members(group)
        # Silent: a refusal must not call a whole group.
        named = inline(group) if members is None or set(group) & _MARKS else f"@_*{group}*"
        if members:
            return named
        lacks = "does not exist" if members is None else "has no members"
        return f"{named} (a user group that {lacks}: who looks after the organisation in Zulip sees to that)"
