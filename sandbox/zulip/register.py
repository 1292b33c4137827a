"""POST /register: a new event queue, and the state of the realm at that moment."""

from typing import Any

from sandbox.zulip import server
from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.narrow import parse_narrow, queue_filter
from sandbox.zulip.queues import Queue
from sandbox.zulip.records import MODERATOR, OWNER, User
from sandbox.zulip.shapes import (
    avatar,
    channel_shape,
    group_shape,
    subscription_shape,
    user_shape,
)
from sandbox.zulip.world import World


def register(call: Call) -> Json:
    """POST /register."""
    arguments = call.arguments
    event_types = _types(call, "event_types")
    fetch = _types(call, "fetch_event_types")
    capabilities = arguments.json("client_capabilities")
    if capabilities is not None and not isinstance(capabilities, dict):
        raise Refused("client_capabilities is not a dict")
    for known in ("client_gravatar", "slim_presence", "presence_history_limit_days"):
        arguments.text(known)
    subscribers = arguments.flag("include_subscribers")
    queue = Queue(
        user_id=call.user.id,
        event_types=event_types,
        apply_markdown=arguments.flag("apply_markdown"),
        all_public=arguments.flag("all_public_streams"),
        wants=queue_filter(call.world, call.user, parse_narrow(arguments.items("narrow"))),
    )
    call.world.queues.add(queue, arguments.whole("queue_lifespan_secs"))
    answer: Json = {
        "queue_id": queue.id,
        "zulip_version": server.VERSION,
        "zulip_feature_level": server.FEATURE_LEVEL,
        "zulip_merge_base": "",
        "last_event_id": -1,
    }
    return answer | initial_state(
        call.world, call.user, fetch if fetch is not None else event_types, subscribers=subscribers
    )


def _types(call: Call, name: str) -> frozenset[str] | None:
    given = call.arguments.items(name)
    if given is None:
        return None
    for index, one in enumerate(given):
        if not isinstance(one, str):
            raise Refused(f"{name}[{index}] is not a string")
    return frozenset(given)


def initial_state(world: World, user: User, wanted: frozenset[str] | None, *, subscribers: bool) -> Json:
    """What a client asked to know at the start; None asks for everything."""
    state: Json = {}
    parts: dict[str, Any] = {
        "message": lambda: {"max_message_id": world.last_message_of(user)},
        "realm": lambda: server.realm_state(world) | server.LIMITS,
        "realm_user": lambda: _users(world, user),
        "realm_user_groups": lambda: {
            "realm_user_groups": [group_shape(group) for group in world.groups.values()]
        },
        "stream": lambda: {
            "streams": [channel_shape(world, channel) for channel in _visible(world, user)],
        },
        "subscription": lambda: _subscriptions(world, user, subscribers=subscribers),
    }
    for name, part in parts.items():
        if wanted is None or name in wanted:
            state |= part()
    return state


def _visible(world: World, user: User) -> list[Any]:
    seen = [one for one in world.channels.values() if not one.archived and world.sees_channel(user, one)]
    return sorted(seen, key=lambda channel: channel.name)


def _users(world: World, user: User) -> Json:
    people: list[Json] = []
    gone: list[Json] = []
    for one in world.members():
        shape = user_shape(world, one, fields=True)
        del shape["is_active"]
        (people if one.active else gone).append(shape)
    may_create = {
        "can_create_private_streams": True,
        "can_create_public_streams": True,
        "can_create_web_public_streams": False,
        "can_create_streams": True,
        "can_subscribe_other_users": True,
        "can_invite_others_to_realm": True,
    }
    return {
        "cross_realm_bots": [user_shape(world, one) for one in world.users.values() if one.system],
        "avatar_source": "G",
        "avatar_url_medium": avatar(world),
        "avatar_url": avatar(world),
        **may_create,
        "is_admin": user.is_admin,
        "is_owner": user.role == OWNER,
        "is_moderator": user.role == MODERATOR,
        "is_guest": False,
        "is_billing_admin": False,
        "user_id": user.id,
        "email": user.email,
        "delivery_email": user.email,
        "full_name": user.full_name,
        "realm_users": people,
        "realm_non_active_users": gone,
    }


def _subscriptions(world: World, user: User, *, subscribers: bool) -> Json:
    mine: list[Json] = []
    former: list[Json] = []
    never: list[Json] = []
    for channel in _visible(world, user):
        if user.id in channel.subscribers:
            mine.append(subscription_shape(world, channel, subscribers=subscribers))
        elif user.id in channel.former:
            former.append(subscription_shape(world, channel, subscribers=subscribers))
        else:
            shape = channel_shape(world, channel)
            if subscribers:
                shape["subscribers"] = sorted(channel.subscribers)
            never.append(shape)
    return {"subscriptions": mine, "unsubscribed": former, "never_subscribed": never}
