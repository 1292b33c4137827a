"""Notes when people got or lost a role by a change of the realm's groups, also while the bot was away."""

from collections.abc import Mapping
from datetime import datetime
from threading import Event
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot.access import Role
from stuf_bot.acts import Act
from stuf_bot.audit.chain import record
from stuf_bot.audit.tags import Tag
from stuf_bot.places import Person
from stuf_bot.store.audit_tables import KnownRole

_MOST_NAMED = 100


class Realm(Protocol):
    """What is looked at: the realm as the bot knows it now."""

    @property
    def ready(self) -> Event:
        """Set once the realm is known."""
        ...

    def people(self) -> tuple[Person, ...]:
        """All accounts."""
        ...

    def group_members(self, name: str) -> frozenset[int] | None:
        """The ids of all in a group, or None where there is no such group."""
        ...


class RoleWatch:
    """Compares who has which role with what was last noted. `groups`: the names of a role's groups."""

    def __init__(self, realm: Realm, groups: Mapping[Role, tuple[str, ...]]) -> None:
        self._realm = realm
        self._groups = dict(groups)

    def look(self, session: Session, now: datetime) -> list[Act]:
        """Note what is other than last time, one entry a role. Gives nothing to say."""
        if not self._realm.ready.is_set():
            return []
        usable = {
            person.user_id
            for person in self._realm.people()
            if person.is_active and not person.is_bot and not person.is_guest
        }
        known = {row.role: row for row in session.scalars(select(KnownRole))}
        first: dict[str, int] = {}
        for role, names in self._groups.items():
            members = {each for name in names for each in self._realm.group_members(name) or ()} & usable
            row = known.get(role)
            if row is None:
                session.add(KnownRole(role=str(role), members=sorted(members)))
                first[str(role)] = len(members)
            elif set(row.members) != members:
                _changed(
                    session, now, role, gained=members - set(row.members), lost=set(row.members) - members
                )
                row.members = sorted(members)
        if first:
            record(
                session, at=now, tag=Tag.ROLES_READ, actor_id=None, outcome="noted", details={"people": first}
            )
        return []


def _changed(session: Session, now: datetime, role: Role, *, gained: set[int], lost: set[int]) -> None:
    details = {
        "role": str(role),
        "gained": sorted(gained)[:_MOST_NAMED],
        "lost": sorted(lost)[:_MOST_NAMED],
        "people": len(gained) + len(lost),
    }
    record(session, at=now, tag=Tag.ROLE_CHANGED, actor_id=None, outcome="noted", details=details)
