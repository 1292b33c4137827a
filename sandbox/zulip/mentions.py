"""Who is meant by `@**Name**`, `@**Name|id**`, `@_**Name**`, `@*group*`."""

import re
from typing import TYPE_CHECKING

from sandbox.zulip.errors import Json

if TYPE_CHECKING:
    from sandbox.zulip.world import World

PERSON = re.compile(r"@(_?)\*\*([^*]+)\*\*")
GROUP = re.compile(r"@(_?)\*([^*]+)\*")
_WILDCARDS = {"all", "everyone", "channel", "stream"}
_OPENING = "'\"({[</"


def may_stand_before(text: str, position: int) -> bool:
    """Whether a mention may start here: at the start, or after a blank or an opening sign."""
    return position == 0 or text[position - 1].isspace() or text[position - 1] in _OPENING


def find_person(world: "World", written: str) -> Json | None:
    """What stands between the stars, looked up; None where nobody is meant. Of namesakes the newest is."""
    if written in _WILDCARDS:
        return {"kind": "everyone", "id": "*", "name": written}
    if written == "topic":
        return {"kind": "topic", "name": written}
    name, bar, number = written.rpartition("|")
    if not (bar and number.isdecimal()):
        name, number = written, ""
    candidates = [
        user
        for user in world.users.values()
        if (not name or user.full_name.casefold() == name.casefold())
        and (not number or user.id == int(number[:9]))
        and (name or number)
    ]
    if not candidates:
        return None
    user = max(candidates, key=lambda one: (one.active, one.id))
    return {"kind": "user", "id": user.id, "name": user.full_name, "silent": not user.active}


def find_group(world: "World", written: str) -> Json | None:
    """The group of that name. Mentions of system groups address nobody."""
    group = world.group_by_name(written)
    if group is None or group.system:
        return None
    return {"kind": "group", "id": group.id, "name": group.name}
