"""The realm in which the exchanges were recorded: the same ids of people, channels, groups and messages."""

import json

from sandbox.zulip import seed
from sandbox.zulip.delivery import store_and_announce
from sandbox.zulip.markdown import render
from sandbox.zulip.records import Channel, Group, Message, Submessage, Upload, User
from sandbox.zulip.world import World

NOW = 1795460000
ADA, TESS, OMAR, PAT, BOT = 8, 9, 10, 11, 12
INCIDENTS, ADMIN, NO_BOT, SECRET, PAT_SECRET, ANNOUNCE, CROWD = 4, 5, 6, 7, 8, 9, 40
DAY = 24 * 3600
THROWAWAY = 13
OLD_KEY = "0" * 32
UPLOAD = "2/f1/f2yRsy7oKsOW8kAG5x19jZ_B/report.txt"
EVIL = "2/cb/5K_dbGH0Rdxr_3mmQk1pzKds/evil-b.html"
PICTURE = "2/1d/HLf3sJJjJxaasX7goDWSPe2T/dot.png"
ZFORM = {
    "widget_type": "zform",
    "extra_data": {
        "type": "choices",
        "heading": "Approve deploy?",
        "choices": [
            {"type": "multiple_choice", "short_name": "Y", "long_name": "Yes, deploy", "reply": "approve 42"},
            {"type": "multiple_choice", "short_name": "N", "long_name": "No", "reply": "reject 42"},
        ],
    },
}


def say(
    world: World,
    number: int,
    sender: int,
    where: int | list[int],
    content: str,
    *,
    topic: str = "t",
    age: int = 60,
    widget: dict[str, object] | None = None,
) -> None:
    """Put a message with a given id into the realm's past; `where` is a channel or a list of people."""
    rendered = render(world, content)
    direct = isinstance(where, list)
    message = Message(
        id=number,
        sender_id=sender,
        channel_id=None if isinstance(where, list) else where,
        topic="" if direct else topic,
        people=sorted({*where, sender}) if isinstance(where, list) else [],
        content=content,
        rendered=rendered.html,
        sent=NOW - age,
        client="STUF-transcripts" if sender >= ADA else "Internal",
    )
    if widget is not None:
        message.submessages.append(
            Submessage(
                id=1, message_id=number, sender_id=sender, msg_type="widget", content=json.dumps(widget)
            )
        )
    store_and_announce(world, message, rendered.mentions)


def _channels(world: World) -> None:
    people = [ADA, TESS, OMAR, PAT]
    for number, name, creator, subscribers, more in (
        (1, "Zulip", None, people, {"description": "Questions and discussion about using Zulip."}),
        (2, "sandbox", None, people, {"description": "Experiment with Zulip here. :test_tube:"}),
        (3, "general", None, [*people, BOT], {"description": "For team-wide conversations"}),
        (INCIDENTS, "incidents", ADA, [*people, BOT], {"description": "incidents channel"}),
        (ADMIN, "stuf-admin", ADA, [ADA, BOT], {"private": True, "history_public": False}),
        (NO_BOT, "no-bot-public", ADA, [ADA, PAT], {"description": "no-bot-public channel"}),
        (SECRET, "secret-room", ADA, [ADA, PAT], {"private": True, "history_public": False}),
        (PAT_SECRET, "pat-secret", PAT, [PAT, OMAR], {"private": True, "history_public": False}),
        (ANNOUNCE, "announce", ADA, [ADA, PAT, BOT], {"post_policy": 2}),
    ):
        channel = Channel(
            id=number,
            name=name,
            creator_id=creator,
            created=NOW - DAY,
            subscribers=list(subscribers),
            first_message_id=number,
        )
        world.keep(channel.model_copy(update=more))
    world.remember("next:channel", 10)


def _people(world: World) -> None:
    world.users[BOT].joined = NOW - DAY


def add_crowd(world: World) -> None:
    """Fourteen people more, and a channel in which there are nineteen."""
    for number in range(14, 28):
        world.keep(User(id=number, email=f"crowd{number}@example.org", full_name=f"Crowd {number - 13}"))
    people = [ADA, TESS, OMAR, PAT, BOT, *range(14, 28)]
    world.keep(Channel(id=CROWD, name="crowd", creator_id=ADA, subscribers=people))


def add_twins(world: World) -> None:
    """Two people of one name."""
    for number in (30, 31):
        world.keep(User(id=number, email=f"twin{number}@example.org", full_name="Twin Name"))


def add_throwaway(world: World) -> None:
    """A bot to switch off and on again."""
    bot = User(id=THROWAWAY, email="throwaway-bot@example.org", full_name="Throwaway Bot")
    bot.bot_type, bot.owner_id, bot.api_key = 1, ADA, OLD_KEY
    world.keep(bot)


def rename_bot(world: World) -> None:
    """The realm before its bot was made: its address and its number are free."""
    world.users[BOT].email = "somebody-else@example.org"
    world.remember("next:user", BOT)


def remove_announce(world: World) -> None:
    """The realm before it had a channel for announcements."""
    del world.channels[ANNOUNCE]


def _messages(world: World) -> None:
    say(world, 17, 6, INCIDENTS, "**Public** channel created by @_**Ada Admin|8**.", topic="channel events")
    say(world, 18, 6, ADMIN, "**Private** channel created by @_**Ada Admin|8**.", topic="channel events")
    say(world, 21, PAT, [BOT], "pruning test 1", age=500)
    say(world, 31, BOT, INCIDENTS, "**disk full** on `db1`", topic="disk full on db1")
    say(world, 48, BOT, INCIDENTS, "Approve deploy?", topic="approval", widget=dict(ZFORM))
    say(world, 54, PAT, INCIDENTS, "by Pat", topic="pats topic")
    say(world, 55, BOT, INCIDENTS, "to be deleted")
    say(world, 56, PAT, SECRET, "secret")
    say(world, 57, PAT, NO_BOT, "public, bot not subscribed")
    say(world, 61, BOT, INCIDENTS, "to be emptied")
    say(world, 62, PAT, INCIDENTS, "first line by Pat", topic="rack 7")
    say(world, 63, TESS, INCIDENTS, "second", topic="rack 7")
    say(world, 71, PAT, NO_BOT, "in the other channel", topic="unsub topic")
    say(world, 85, BOT, INCIDENTS, f"[report.txt](/user_uploads/{UPLOAD})")
    say(world, 86, BOT, INCIDENTS, f"[dot.png](/user_uploads/{PICTURE})")
    say(world, 136, PAT, INCIDENTS, "catch-up 0", topic="catchup")
    say(world, 137, PAT, INCIDENTS, "catch-up 1", topic="catchup")
    say(world, 138, PAT, INCIDENTS, "catch-up 2 @**STUF Bot**", topic="catchup")
    say(world, 139, PAT, INCIDENTS, "catch-up 3", topic="catchup")
    say(world, 140, PAT, [BOT], "catch-up dm")
    say(world, 141, PAT, NO_BOT, "not subscribed", topic="catchup")
    say(world, 142, PAT, [TESS, BOT], "catch-up group dm")
    world.remember("next:message", 143)
    world.remember("next:submessage", 2)


def _files(world: World) -> None:
    for number, path, kind in (
        (1, UPLOAD, "text/plain"),
        (2, EVIL, "text/html"),
        (3, PICTURE, "image/png"),
    ):
        world.keep(
            Upload(
                id=number,
                path_id=path,
                owner_id=BOT,
                name=path.rpartition("/")[2],
                size=13,
                content_type=kind,
                created=NOW,
            )
        )
        target = world.state / "uploads" / str(number)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(b"hello report\n")
    world.remember("next:upload", 4)


def seed_recorded(world: World) -> None:
    """Fill an empty realm."""
    seed.seed_accounts(world)
    world.remember("realm:name", "Test Org")
    _people(world)
    _channels(world)
    oncall = Group(id=17, name="oncall", description="on call", members=[TESS, OMAR, BOT], can_mention=15)
    world.keep(oncall)
    world.remember("next:group", 18)
    _messages(world)
    _files(world)
