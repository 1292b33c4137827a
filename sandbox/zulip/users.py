"""People and bots: looking up, renaming, roles, coming and going."""

import secrets

from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused, no_bots
from sandbox.zulip.groups import place_in_system_groups, tell_group
from sandbox.zulip.records import ADMINISTRATOR, GUEST, MEMBER, MODERATOR, OWNER, User
from sandbox.zulip.shapes import avatar, user_shape
from sandbox.zulip.world import World

_ROLES = {OWNER, ADMINISTRATOR, MODERATOR, MEMBER, GUEST}


def new_key() -> str:
    """An API key of Zulip's length."""
    return secrets.token_hex(16)


def me(call: Call) -> Json:
    """GET /users/me."""
    shape = user_shape(call.world, call.user, fields=True)
    return shape | {"max_message_id": call.world.last_message_of(call.user)}


def listing(call: Call) -> Json:
    """GET /users."""
    fields = _wants_fields(call)
    ordered = sorted(call.world.members(), key=lambda user: user.email)
    members = [user_shape(call.world, user, fields=fields) for user in ordered]
    return {"members": members}


def _wants_fields(call: Call) -> bool:
    call.arguments.text("client_gravatar")
    return call.arguments.flag("include_custom_profile_fields")


def find(call: Call, user_id: int) -> User:
    """An account by id. Raises Refused."""
    user = call.world.users.get(user_id)
    if user is None:
        raise Refused("No such user")
    return user


def by_id(call: Call, user_id: int) -> Json:
    """GET /users/{id}."""
    return {"user": user_shape(call.world, find(call, user_id), fields=_wants_fields(call))}


def by_email(call: Call, email: str) -> Json:
    """GET /users/{e-mail}."""
    user = call.world.user_by_email(email)
    if user is None:
        raise Refused("No such user")
    return {"user": user_shape(call.world, user, fields=_wants_fields(call))}


def presence(call: Call, user_id: int) -> Json:
    """GET /users/{id}/presence: nobody here tells."""
    user = find(call, user_id)
    if user.is_bot:
        raise Refused("Presence is not supported for bot users.")
    raise Refused(f"No presence data for {user_id}")


def status(call: Call, user_id: int) -> Json:
    """GET /users/{id}/status: nobody here sets one."""
    find(call, user_id)
    return {"status": {}}


def _tell(world: World, person: Json) -> None:
    world.queues.tell(world.active_ids(), {"type": "realm_user", "op": "update", "person": person})


def _may_administer(call: Call, user: User) -> bool:
    return call.user.is_admin or user.owner_id == call.user.id


def change(call: Call, user_id: int) -> Json:
    """PATCH /users/{id}: name and role."""
    user = find(call, user_id)
    if not call.user.is_admin:
        raise Refused("Insufficient permission")
    name = call.arguments.text("full_name")
    role = call.arguments.whole("role")
    if name is not None:
        if not name.strip():
            raise Refused("Name too short!")
        user.full_name = name.strip()
        call.world.keep(user)
        _tell(call.world, {"user_id": user.id, "full_name": user.full_name})
    if role is not None and role != user.role:
        if role not in _ROLES:
            raise Refused("Invalid role")
        old, user.role = user.role, role
        call.world.keep(user)
        _tell(call.world, {"user_id": user.id, "role": role})
        place_in_system_groups(call.world, user, old)
    return {}


def deactivate(call: Call, user_id: int) -> Json:
    """DELETE /users/{id} and /bots/{id}: the account can do nothing any more."""
    user = find(call, user_id)
    if not _may_administer(call, user):
        raise Refused("Insufficient permission")
    user.active = False
    call.world.keep(user)
    _tell(call.world, {"user_id": user.id, "is_active": False})
    return {}


def reactivate(call: Call, user_id: int) -> Json:
    """POST /users/{id}/reactivate."""
    user = find(call, user_id)
    if not _may_administer(call, user):
        raise Refused("Insufficient permission")
    user.active = True
    call.world.keep(user)
    _tell(call.world, {"user_id": user.id, "is_active": True})
    channels = [
        channel.id
        for channel in call.world.channels.values()
        if user.id in channel.subscribers and not channel.archived and not channel.private
    ]
    if channels:
        event = {"type": "subscription", "op": "peer_add", "stream_ids": channels, "user_ids": [user.id]}
        call.world.queues.tell(call.world.active_ids() - {user.id}, event)
    return {}


def create_bot(call: Call) -> Json:
    """POST /bots."""
    if call.user.is_bot:
        raise no_bots()
    name = call.arguments.need("full_name").strip()
    short = call.arguments.need("short_name").strip()
    kind = call.arguments.whole("bot_type", 1)
    if not name or not short:
        raise Refused("Bad name or username")
    domain = call.user.email.partition("@")[2]
    email = f"{short}-bot@{domain}"
    if call.world.user_by_email(email) is not None:
        raise Refused("Email is already in use.")
    bot = add_account(call.world, email, name, bot_type=kind, owner_id=call.user.id)
    return {
        "user_id": bot.id,
        "api_key": bot.api_key,
        "avatar_url": avatar(call.world),
        "default_sending_stream": None,
        "default_events_register_stream": None,
        "default_all_public_streams": False,
    }


def add_account(
    world: World, email: str, name: str, *, bot_type: int | None = None, owner_id: int | None = None
) -> User:
    """A new member of the realm."""
    user = User(
        id=world.number("user"),
        email=email,
        full_name=name,
        api_key=new_key(),
        joined=world.now(),
        bot_type=bot_type,
        owner_id=owner_id,
    )
    world.keep(user)
    shape = user_shape(world, user, fields=True)
    world.queues.tell(world.active_ids(), {"type": "realm_user", "op": "add", "person": shape})
    for group in ("role:members", "role:fullmembers"):
        tell_group(world, group, "add_members", [user.id])
    return user


def bots(call: Call) -> Json:
    """GET /bots: one's own."""
    if call.user.is_bot:
        raise no_bots()
    mine = [user for user in call.world.members() if user.owner_id == call.user.id and user.active]
    return {
        "bots": [
            {
                "username": bot.email,
                "full_name": bot.full_name,
                "api_key": bot.api_key,
                "avatar_url": avatar(call.world),
                "default_sending_stream": None,
                "default_events_register_stream": None,
                "default_all_public_streams": False,
            }
            for bot in mine
        ],
    }


def regenerate_key(call: Call, user_id: int) -> Json:
    """POST /bots/{id}/api_key/regenerate."""
    bot = find(call, user_id)
    if not bot.is_bot or not _may_administer(call, bot):
        raise Refused("Insufficient permission")
    bot.api_key = new_key()
    call.world.keep(bot)
    return {"api_key": bot.api_key}
