"""How records look in answers and events."""

from datetime import UTC, datetime
from typing import Any

from sandbox.zulip.errors import Json
from sandbox.zulip.markdown import render
from sandbox.zulip.records import ADMINISTRATOR, GUEST, OWNER, Channel, Group, Message, Reaction, User
from sandbox.zulip.world import World

_COLOURS = ("#76ce90", "#fae589", "#a6c7e5", "#e79ab5", "#bfd56f", "#f4ae55", "#b0a5fd", "#addfe5")
ADMINISTRATORS_GROUP = 11


def avatar(world: World) -> str:
    """Everybody's picture."""
    return f"{world.base_url}/static/images/default-avatar.png?version=1"


def user_shape(world: World, user: User, *, fields: bool = False) -> Json:
    """A person or a bot; `fields` adds the custom profile fields that people have."""
    joined = datetime.fromtimestamp(user.joined, UTC)
    shape: Json = {
        "email": user.email,
        "user_id": user.id,
        "avatar_version": 1,
        "is_admin": user.is_admin,
        "is_owner": user.role == OWNER,
        "is_guest": user.role == GUEST,
        "is_billing_admin": False,
        "role": user.role,
        "is_bot": user.is_bot,
        "full_name": user.full_name,
        "timezone": "",
        "is_active": user.active,
        "date_joined": joined.strftime("%Y-%m-%dT%H:%M+00:00"),
        "delivery_email": user.email,
        "avatar_url": avatar(world),
    }
    if user.is_bot:
        shape["bot_type"] = user.bot_type
        if user.system:
            shape["is_system_bot"] = True
        shape["bot_owner_id"] = user.owner_id
    elif fields:
        shape["profile_data"] = {}
    return shape


def channel_shape(world: World, channel: Channel) -> Json:
    """A channel as everybody sees it."""
    return {
        "can_remove_subscribers_group": ADMINISTRATORS_GROUP,
        "creator_id": channel.creator_id,
        "date_created": channel.created,
        "description": channel.description,
        "first_message_id": channel.first_message_id,
        "history_public_to_subscribers": channel.history_public,
        "invite_only": channel.private,
        "is_web_public": False,
        "message_retention_days": None,
        "name": shown_name(channel),
        "rendered_description": render(world, channel.description).html,
        "stream_id": channel.id,
        "stream_post_policy": channel.post_policy,
        "is_announcement_only": channel.post_policy == 2,  # noqa: PLR2004 (Zulip's number for 'administrators')
        "stream_weekly_traffic": None,
    }


def shown_name(channel: Channel) -> str:
    """A channel's name; an archived one is marked, as Zulip 9 does."""
    return f"3c11e4f!DEACTIVATED:{channel.name}" if channel.archived else channel.name


def subscription_shape(world: World, channel: Channel, *, subscribers: bool) -> Json:
    """A channel as its subscriber sees it."""
    shape = channel_shape(world, channel) | {
        "audible_notifications": None,
        "color": _COLOURS[channel.id % len(_COLOURS)],
        "desktop_notifications": None,
        "email_notifications": None,
        "in_home_view": True,
        "is_muted": False,
        "pin_to_top": False,
        "push_notifications": None,
        "wildcard_mentions_notify": None,
    }
    if subscribers:
        shape["subscribers"] = sorted(channel.subscribers)
    return shape


def group_shape(group: Group) -> Json:
    """A user group."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "members": sorted(group.members),
        "direct_subgroup_ids": sorted(group.subgroups),
        "is_system_group": group.system,
        "can_mention_group": group.can_mention,
    }


def reaction_shape(world: World, reaction: Reaction) -> Json:
    """A reaction, with its author in both of Zulip's forms."""
    author = world.users[reaction.user_id]
    return {
        "emoji_name": reaction.emoji_name,
        "emoji_code": reaction.emoji_code,
        "reaction_type": reaction.reaction_type,
        "user": {"email": author.email, "id": author.id, "full_name": author.full_name},
        "user_id": author.id,
    }


def _destination(world: World, message: Message, viewer_id: int) -> Json:
    if message.channel_id is not None:
        channel = world.channels[message.channel_id]
        return {
            "recipient_id": world.recipient("channel", [channel.id]),
            "display_recipient": shown_name(channel),
            "type": "stream",
            "stream_id": channel.id,
        }
    people = [world.users[user_id] for user_id in message.people]
    if len(people) > 2:  # noqa: PLR2004 (more than two people are a group)
        recipient = world.recipient("people", message.people)
    else:
        people.sort(key=lambda user: user.email)
        # Zulip numbers a conversation of two by the person at the other end, seen from the sender.
        others = [user_id for user_id in message.people if user_id != message.sender_id]
        recipient = world.recipient("person", others or [viewer_id])
    return {
        "recipient_id": recipient,
        "display_recipient": [
            {"id": user.id, "email": user.email, "full_name": user.full_name, "is_mirror_dummy": False}
            for user in people
        ],
        "type": "private",
    }


def message_shape(world: World, message: Message, viewer_id: int, *, html: bool) -> Json:
    """A message without flags. `html` gives rendered content, otherwise the text as typed."""
    sender = world.users[message.sender_id]
    shape: dict[str, Any] = {
        "id": message.id,
        "sender_id": sender.id,
        "content": message.rendered if html else message.content,
        "timestamp": message.sent,
        "client": message.client,
        "subject": message.topic,
        "topic_links": [],
        "is_me_message": message.is_me,
        "reactions": [reaction_shape(world, reaction) for reaction in message.reactions],
        "submessages": [submessage.model_dump() for submessage in message.submessages],
        "sender_full_name": sender.full_name,
        "sender_email": sender.email,
        "sender_realm_str": "zulipinternal" if sender.system else "",
        "avatar_url": avatar(world),
        "content_type": "text/html" if html else "text/x-markdown",
    }
    if message.last_edit is not None:
        shape["last_edit_timestamp"] = message.last_edit
        shape["edit_history"] = message.edits
    return shape | _destination(world, message, viewer_id)


def flags_for(message: Message, user: User) -> list[str]:
    """The account's flags; a message read in a channel's history was never delivered."""
    return list(message.received.get(user.id, ["read", "historical"]))


def is_administrator(user: User | None) -> bool:
    """Whether somebody is there and administers the realm."""
    return user is not None and user.role <= ADMINISTRATOR
