"""User groups. Bots are refused everywhere here; they learn of groups through `register` and events."""

from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.records import Group, User
from sandbox.zulip.shapes import group_shape
from sandbox.zulip.world import World

_OF_ROLE = {
    100: ("role:owners",),
    200: ("role:administrators",),
    300: ("role:moderators",),
    400: ("role:members", "role:fullmembers"),
    600: ("role:everyone",),
}
EVERYONE_GROUP = 15


def _tell(world: World, event: Json) -> None:
    world.queues.tell(world.active_ids(), {"type": "user_group", **event})


def tell_group(world: World, name: str, operation: str, user_ids: list[int]) -> None:
    """Change a group's members (`add_members`, `remove_members`) and tell everyone."""
    group = world.group_by_name(name)
    if group is None:
        return
    if operation == "add_members":
        group.members = sorted({*group.members, *user_ids})
    else:
        group.members = sorted(set(group.members) - set(user_ids))
    world.keep(group)
    _tell(world, {"op": operation, "group_id": group.id, "user_ids": user_ids})


def place_in_system_groups(world: World, user: User, old_role: int) -> None:
    """After a change of role: out of the old role's groups, into the new one's."""
    old, new = _OF_ROLE[old_role], _OF_ROLE[user.role]
    tell_group(world, old[0], "remove_members", [user.id])
    for name in new:
        tell_group(world, name, "add_members", [user.id])
    for name in old[1:]:
        tell_group(world, name, "remove_members", [user.id])


def listing(call: Call) -> Json:
    """GET /user_groups."""
    call.people_only()
    return {"user_groups": [group_shape(group) for group in call.world.groups.values()]}


def _find(call: Call, group_id: int) -> Group:
    call.people_only()
    group = call.world.groups.get(group_id)
    if group is None:
        raise Refused("Invalid user group")
    return group


def _changeable(call: Call, group_id: int) -> Group:
    group = _find(call, group_id)
    if group.system:
        raise Refused("Insufficient permission")
    return group


def create(call: Call) -> Json:
    """POST /user_groups/create."""
    call.people_only()
    name = call.arguments.need("name").strip()
    description = call.arguments.need("description")
    members = call.arguments.whole_list("members")
    if not name:
        raise Refused("User group name can't be empty!")
    if call.world.group_by_name(name) is not None:
        raise Refused(f"User group '{name}' already exists.")
    _check_people(call, members)
    group = Group(
        id=call.world.number("group"),
        name=name,
        description=description,
        members=sorted(set(members)),
        can_mention=EVERYONE_GROUP,
    )
    call.world.keep(group)
    _tell(call.world, {"op": "add", "group": group_shape(group)})
    return {}


def _check_people(call: Call, user_ids: list[int]) -> None:
    for user_id in user_ids:
        if user_id not in call.world.users:
            raise Refused(f"Invalid user ID: {user_id}")


def change(call: Call, group_id: int) -> Json:
    """PATCH /user_groups/{id}."""
    group = _changeable(call, group_id)
    data: Json = {}
    for name in ("name", "description"):
        value = call.arguments.text(name)
        if value is not None and value != getattr(group, name):
            data[name] = value
    if not data:
        raise Refused("No new data supplied")
    group.name = data.get("name", group.name)
    group.description = data.get("description", group.description)
    call.world.keep(group)
    _tell(call.world, {"op": "update", "group_id": group.id, "data": data})
    return {}


def delete(call: Call, group_id: int) -> Json:
    """DELETE /user_groups/{id}."""
    group = _changeable(call, group_id)
    del call.world.groups[group.id]
    call.world.store.drop(group, group.id)
    _tell(call.world, {"op": "remove", "group_id": group.id})
    return {}


def members(call: Call, group_id: int) -> Json:
    """GET /user_groups/{id}/members."""
    group = _find(call, group_id)
    direct = call.arguments.flag("direct_member_only")
    return {"members": sorted(group.members if direct else call.world.in_group(group))}


def is_member(call: Call, group_id: int, user_id: int) -> Json:
    """GET /user_groups/{id}/members/{user}."""
    group = _find(call, group_id)
    call.arguments.flag("direct_member_only")
    return {"is_user_group_member": user_id in call.world.in_group(group)}


def change_members(call: Call, group_id: int) -> Json:
    """POST /user_groups/{id}/members."""
    group = _changeable(call, group_id)
    added = call.arguments.whole_list("add")
    removed = call.arguments.whole_list("delete")
    if not added and not removed:
        raise Refused('Nothing to do. Specify at least one of "add" or "delete".')
    _check_people(call, added + removed)
    for user_id in added:
        if user_id in group.members:
            raise Refused(f"User {user_id} is already a member of this group")
    for user_id in removed:
        if user_id not in group.members:
            raise Refused(f"There is no member '{user_id}' in this user group")
    if added:
        tell_group(call.world, group.name, "add_members", added)
    if removed:
        tell_group(call.world, group.name, "remove_members", removed)
    return {}


def change_subgroups(call: Call, group_id: int) -> Json:
    """POST /user_groups/{id}/subgroups."""
    group = _changeable(call, group_id)
    added = call.arguments.whole_list("add")
    removed = call.arguments.whole_list("delete")
    if not added and not removed:
        raise Refused('Nothing to do. Specify at least one of "add" or "delete".')
    _check_subgroups(call.world, group, added, removed)
    group.subgroups = sorted({*group.subgroups, *added} - set(removed))
    call.world.keep(group)
    for operation, ids in (("add_subgroups", added), ("remove_subgroups", removed)):
        if ids:
            _tell(call.world, {"op": operation, "group_id": group.id, "direct_subgroup_ids": ids})
    return {}


def _check_subgroups(world: World, group: Group, added: list[int], removed: list[int]) -> None:
    """Raises Refused where a group is unknown, is one already or none, or would hold itself."""
    for other in (*added, *removed):
        if other not in world.groups:
            raise Refused(f"Invalid user group ID: {other}")
    for other in added:
        if other in group.subgroups:
            raise Refused(f"User group {other} is already a subgroup of this group.")
        if group.id == other or group.id in _below(world, other):
            raise Refused("User group cannot be added because it is a supergroup of this group.")
    for other in removed:
        if other not in group.subgroups:
            raise Refused(f"User group {other} is not a subgroup of this group.")


def _below(world: World, group_id: int) -> set[int]:
    """Every group within this one."""
    found: set[int] = set()
    ahead = [group_id]
    while ahead:
        for inner in world.groups[ahead.pop()].subgroups:
            if inner not in found:
                found.add(inner)
                ahead.append(inner)
    return found
