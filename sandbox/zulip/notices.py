"""What the realm's Notification Bot says by itself."""

from sandbox.zulip.delivery import participants, store_and_announce
from sandbox.zulip.markdown import render
from sandbox.zulip.records import Channel, Message, User
from sandbox.zulip.world import World

NOTIFICATION_BOT = 6
CHANNEL_EVENTS = "channel events"


def silent_name(user: User) -> str:
    """A mention that notifies nobody."""
    return f"@_**{user.full_name}|{user.id}**"


def _say(world: World, content: str, where: tuple[Channel, str] | int, *, quiet: bool = False) -> None:
    """Post in a channel's topic, or to the person of that id."""
    rendered = render(world, content)
    message = Message(
        id=world.number("message"),
        sender_id=NOTIFICATION_BOT,
        content=content,
        rendered=rendered.html,
        sent=world.now(),
        client="Internal",
    )
    if isinstance(where, int):
        message.people = sorted({NOTIFICATION_BOT, where})
    else:
        message.channel_id, message.topic = where[0].id, where[1]
    unread = participants(world, message) if quiet else None
    store_and_announce(world, message, rendered.mentions, unread_for=unread)


def say_in_topic(world: World, channel: Channel, topic: str, content: str, *, quiet: bool = False) -> None:
    """Post in a channel as the Notification Bot; a quiet post is news only to who wrote in the topic."""
    _say(world, content, (channel, topic), quiet=quiet)


def tell_person(world: World, user_id: int, content: str) -> None:
    """Send a direct message as the Notification Bot."""
    _say(world, content, user_id)


def tell_owner_of_unknown_channel(world: World, bot: User, name: str) -> None:
    """A bot that posts to a channel that is not there: its owner hears of it."""
    if bot.owner_id is None or bot.owner_id not in world.active_ids():
        return
    tell_person(
        world,
        bot.owner_id,
        f"Your bot `{bot.email}` tried to send a message to channel #**{name}**, but that channel does not "
        "exist. Click [here](#channels/new) to create it.",
    )


def tell_channel_created(world: World, channel: Channel, creator: User) -> None:
    """The first message of a channel."""
    if not channel.private:
        kind = "Public"
    else:
        kind = "Private, shared history" if channel.history_public else "Private, protected history"
    description = channel.description or "*No description.*"
    say_in_topic(
        world,
        channel,
        CHANNEL_EVENTS,
        f"**{kind}** channel created by {silent_name(creator)}. **Description:**\n"
        f"```` quote\n{description}\n````",
    )
