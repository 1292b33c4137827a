"""What has to happen in the recorded realm before an exchange, so that it can be repeated."""

from collections.abc import Awaitable, Callable
from typing import Any

from recorded_realm import (
    DAY,
    INCIDENTS,
    NO_BOT,
    PAT_SECRET,
    SECRET,
    add_crowd,
    add_throwaway,
    add_twins,
    remove_announce,
    rename_bot,
    say,
)
from replay import Replay

from sandbox.zulip.world import World

Step = Callable[[Replay], Awaitable[Any]]
MAIN_QUEUE = [
    *("message", "reaction", "realm_user", "stream", "subscription", "user_group", "update_message"),
    *("delete_message", "submessage", "typing", "update_message_flags", "restart"),
]


def do(who: str, method: str, path: str, **params: Any) -> Step:
    """A request that succeeds."""
    return lambda replay: replay.do(who, method, path, params)


def post(who: str, content: str, to: Any = "incidents", topic: str = "db1 down", **more: Any) -> Step:
    """A channel message."""
    return do(who, "POST", "messages", type="stream", to=to, topic=topic, content=content, **more)


def direct(who: str, to: list[int], content: str) -> Step:
    """A direct message."""
    return do(who, "POST", "messages", type="direct", to=to, content=content)


def edit(who: str, message: int, **change: Any) -> Step:
    """A change of a message."""
    return do(who, "PATCH", f"messages/{message}", **change)


def react(who: str, message: int, emoji: str, method: str = "POST") -> Step:
    """A reaction put or taken away."""
    return do(who, method, f"messages/{message}/reactions", emoji_name=emoji)


def listen(**options: Any) -> Step:
    """A queue of the bot's."""
    return lambda replay: replay.register("bot", **options)


def subscribe(who: str, name: str, people: list[int], **more: Any) -> Step:
    """A channel created or joined."""
    return do(
        who, "POST", "users/me/subscriptions", subscriptions=[{"name": name}], principals=people, **more
    )


def change_channel(number: int, **change: Any) -> Step:
    """An administrator's change of a channel."""
    return do("ada", "PATCH", f"streams/{number}", **change)


async def _later(replay: Replay, seconds: float) -> None:
    replay.clock.now += seconds


def wait(seconds: float) -> Step:
    """Time goes by."""
    return lambda replay: _later(replay, seconds)


def past(number: int, sender: int, where: Any, content: str, **more: Any) -> Step:
    """A message of the past, with its recorded number."""

    async def put(replay: Replay) -> None:
        say(replay.world, number, sender, where, content, **more)

    return put


def change(what: Callable[[World], None]) -> Step:
    """A change of the realm behind its back."""

    async def do_it(replay: Replay) -> None:
        what(replay.world)

    return do_it


async def _crash(replay: Replay) -> None:
    replay.realm.drop_queues()


def fail(method: str, status: int, path: str, body: str | None = None) -> Step:
    """The server is out of order for one request."""

    async def arm(replay: Replay) -> None:
        replay.realm.fail_next(method, path, status, body)

    return arm


async def _omars_queue(replay: Replay) -> None:
    await replay.register("omar")


async def _use_up(replay: Replay) -> None:
    for _ in range(200):
        await replay.ask("omar", "GET", "users/me")


LISTEN = listen(event_types=MAIN_QUEUE)
ALL_PUBLIC = listen(event_types=MAIN_QUEUE, all_public_streams=True)
HELLO = direct("pat", [12], "pruning test 1")
PAIR = [LISTEN, HELLO, direct("pat", [12], "pruning test 2")]
DELETE_QUEUE: Step = lambda replay: replay.do("bot", "DELETE", "events", {"queue_id": replay.queue})  # noqa: E731
ACKNOWLEDGE: Step = lambda replay: replay.events("bot", 0)  # noqa: E731
TOPIC = [past(89, 11, INCIDENTS, "@**STUF Bot** status", topic="db1 down", age=300)]
TOPIC += [past(number, 12, INCIDENTS, f"line {number}", topic="db1 down", age=200) for number in (107, 109)]
OLD = [past(1166, 11, INCIDENTS, "old", topic="old topic", age=8 * DAY)]
HALF_OLD = [past(1167, 11, INCIDENTS, "old", topic="half old", age=8 * DAY)]
HALF_OLD += [past(1168, 11, INCIDENTS, "young", topic="half old")]
STRICT = [
    past(1170, 12, INCIDENTS, "p", topic="policy topic"),
    do("ada", "PATCH", "realm", edit_topic_policy=2),
]
MODERATOR = do("ada", "PATCH", "users/12", role=300)
PROMOTED = do("ada", "PATCH", "users/12", role=200)
THROWAWAY = change(add_throwaway)
STARRED = do("ada", "POST", "messages/flags", messages=[13], op="add", flag="starred")
CHANNEL = subscribe("bot", "inc-1001", [12, 9])
ONCALL_ADDED = do("ada", "POST", "user_groups/17/members", add=[11])
CROWD = [change(add_crowd)]

BEFORE: dict[str, list[Step]] = {
    "10": [change(rename_bot)],
    "30": [change(remove_announce)],
    "37b": [listen(queue_lifespan_secs=86400), HELLO, direct("pat", [12], "pruning test 2"), wait(780)],
    "42": [_omars_queue],
    "43": [LISTEN],
    "44": PAIR,
    "45": PAIR,
    "46": PAIR,
    "47": [*PAIR, ACKNOWLEDGE],
    "48": [*PAIR, ACKNOWLEDGE],
    "49": PAIR,
    "50": [*PAIR, DELETE_QUEUE],
    "51": [*PAIR, DELETE_QUEUE],
    "52": [_omars_queue],
    "53": [LISTEN],
    "54": [_use_up],
    "54b": [_use_up],
    "54c": [_use_up],
    "55": [LISTEN, wait(780)],
    "56": [LISTEN, fail("GET", 502, "/api/v1/events")],
    "56b": [fail("POST", 500, "/api/v1/register", '{"result": "error", "msg": "Internal server error"}')],
    "57": [LISTEN, _crash],
    "58": [wait(700)],
    "58b": [wait(700)],
    "58c": OLD,
    "58d": OLD,
    "58e": HALF_OLD,
    "58g": STRICT,
    "58h": STRICT,
    "58i": [*OLD, MODERATOR],
    "58j": [MODERATOR, wait(700)],
    "58l": [do("ada", "PATCH", "realm", message_content_edit_limit_seconds='"unlimited"'), wait(700)],
    "69b": [past(37, 12, INCIDENTS, "x")],
    "70b": [past(40, 12, INCIDENTS, "topic too long", topic="t" * 57 + "...")],
    "77c": [
        past(13, 7, [8], "Hello, and welcome to Zulip!"),
        STARRED,
        lambda replay: replay.ask(
            "bot",
            "POST",
            "messages",
            {
                "type": "stream",
                "to": "no-such-stream",
                "topic": "t",
                "content": "x",
            },
        ),
    ],
    "84c2": [edit("bot", 61, content="")],
    "84i": [do("pat", "POST", "submessage", message_id=48, msg_type="widget", content='{"type": "click"}')],
    "85": [edit("bot", 31, content=text) for text in ("resolved", "", "resolved", "x" * 10001)],
    "87b": [react("bot", 54, "eyes")],
    "87e": [react("bot", 54, "eyes")],
    "91b": [edit("bot", 62, topic="✔ rack 7", propagate_mode="change_all")],
    "91c": [edit("bot", 62, topic="✔ rack 7", propagate_mode="change_all")],
    "91d": [edit("bot", 62, topic="✔ rack 7", propagate_mode="change_all")],
    "91f": [edit("bot", 62, topic="rack 7 (one moved)")],
    "91g": [edit("bot", 62, topic="n" * 57 + "...")],
    "91j": [edit("bot", 62, stream_id=3, topic="moved", propagate_mode="change_all")],
    "93c": [CHANNEL],
    "93j": [subscribe("bot", "inc-1001", [12, 11])],
    "94": [CHANNEL],
    "94b": [CHANNEL],
    "94c": [CHANNEL],
    "94e": [CHANNEL, PROMOTED],
    "94f": [CHANNEL, PROMOTED],
    "94g": [CHANNEL, PROMOTED, do("bot", "DELETE", "streams/10")],
    "94h": [CHANNEL, change_channel(10, new_name="inc-1001-renamed"), do("ada", "DELETE", "streams/10")],
    "94i": [CHANNEL, change_channel(10, new_name="inc-1001-renamed"), do("ada", "DELETE", "streams/10")],
    "94j": [CHANNEL, change_channel(10, new_name="inc-1001-renamed"), do("ada", "DELETE", "streams/10")],
    "94k": [CHANNEL, subscribe("bot", "private", [12, 11], invite_only=True), PROMOTED],
    "94l": [PROMOTED],
    "94m": [PROMOTED],
    "94n": [PROMOTED],
    "95c": [do("ada", "DELETE", "user_groups/17")],
    "95h": [do("ada", "POST", "user_groups/17/members", delete=[10, 12])],
    "95m": [ONCALL_ADDED],
    "96f": [do("bot", "DELETE", "messages/85")],
    "B19": [past(993, 11, SECRET, "secret")],
    "B22": [do("bot", "POST", "messages/flags", messages=[136, 137, 138, 139], op="add", flag="read")],
    "C01": [THROWAWAY],
    "C02": [THROWAWAY],
    "C03": [THROWAWAY, do("ada", "DELETE", "bots/13")],
    "C04": [THROWAWAY, do("ada", "DELETE", "bots/13")],
    "C05": [THROWAWAY, do("ada", "DELETE", "bots/13")],
    "C06": [THROWAWAY],
    "C07": [THROWAWAY],
    "C08": [THROWAWAY, do("ada", "POST", "bots/13/api_key/regenerate")],
    "D02": CROWD,
    "D03": CROWD,
    "D04": CROWD,
    "D05": CROWD,
    "D06": [*CROWD, past(965, 12, 40, "to be edited")],
    "D07": CROWD,
    "D11": [post("bot", "@**all** from the bot", topic="t")],
    "D21": [do("ada", "DELETE", "users/10")],
    "D22": [do("ada", "DELETE", "users/10")],
    "D23": [do("ada", "DELETE", "users/10")],
    "D24": [do("ada", "DELETE", "users/10")],
    "D25": [change(add_twins)],
    "A22c": [past(130, 11, PAT_SECRET, "@**STUF Bot** in a private channel without bot and owner")],
    "A22e": [past(131, 11, SECRET, "@**STUF Bot** with the owner")],
}

# Exchanges that fetch events: the cause comes after the queue.
CAUSE: dict[str, list[Step]] = {
    "A01": [LISTEN, direct("pat", [12], "help me please")],
    "A02": [LISTEN, direct("pat", [12, 9], "group dm")],
    "A03": [LISTEN, post("pat", "@**STUF Bot** status")],
    "A04": [LISTEN, post("pat", "@**STUF Bot|12** status")],
    "A05": [LISTEN, post("pat", "please @**STUF Bot** have a look")],
    "A06": [LISTEN, post("pat", "thanks @_**STUF Bot**")],
    "A07": [LISTEN, post("pat", "`@**STUF Bot** status`")],
    "A08": [LISTEN, post("pat", "```quote\n@**STUF Bot** status\n```\nwhat about this?")],
    "A09": [LISTEN, post("pat", "@**all** hi")],
    "A10": [LISTEN, post("pat", "@**topic** hi")],
    "A11": [LISTEN, post("pat", "@*oncall* hi")],
    "A12": [LISTEN, post("pat", "no mention at all")],
    "A13": [LISTEN, post("pat", "@**stuf bot** lower case")],
    "A14": [LISTEN, post("pat", "@**STUF Bot|99999** wrong id / @**STUF  Bot** two blanks")],
    "A20": [LISTEN, post("pat", "no mention", "no-bot-public", "t")],
    "A21": [LISTEN, post("pat", "@**STUF Bot** are you there?", "no-bot-public", "t")],
    "A21b": [
        past(1179, 11, NO_BOT, "@**STUF Bot** ping"),
        LISTEN,
        edit("pat", 1179, content="@**STUF Bot** ping edited"),
    ],
    "A21c": [past(1179, 11, NO_BOT, "@**STUF Bot** ping"), LISTEN, react("pat", 1179, "eyes")],
    "A21d": [
        past(1180, 12, NO_BOT, "mine"),
        LISTEN,
        post("bot", "x", NO_BOT, "t"),
        react("pat", 1180, "eyes"),
    ],
    "A21e": [past(1179, 11, NO_BOT, "@**STUF Bot** ping"), LISTEN, post("pat", "follow-up", NO_BOT, "t")],
    "A22": [LISTEN, post("pat", "@**STUF Bot** are you there?", "secret-room", "t")],
    "A22b": [
        LISTEN,
        post("pat", "@**STUF Bot** in a private channel without bot and owner", "pat-secret", "t"),
    ],
    "A23": [LISTEN, post("pat", "@*oncall* hi", "no-bot-public", "t")],
    "A24": [ALL_PUBLIC, post("pat", "no mention, seen by all_public_streams only", "no-bot-public", "t")],
    "A24b": [LISTEN, post("pat", "no mention", "no-bot-public", "t")],
    "A24c": [ALL_PUBLIC, post("pat", "again", "no-bot-public", "t")],
    "A25": [
        past(1178, 11, NO_BOT, "x"),
        ALL_PUBLIC,
        react("pat", 1178, "eyes"),
        edit("pat", 1178, content="y"),
    ],
    "A25b": [
        past(1178, 11, NO_BOT, "edited"),
        react("pat", 1178, "eyes"),
        react("bot", 1178, "check"),
        ALL_PUBLIC,
        edit("pat", 1178, content="edited twice"),
        react("pat", 1178, "eyes", "DELETE"),
    ],
    "A26": [ALL_PUBLIC, post("pat", "x", "secret-room", "t")],
    "A30": [LISTEN, post("bot", "posted by the bot itself")],
    "A31": [LISTEN, direct("bot", [11], "bot to Pat")],
    "A40": [LISTEN, react("pat", 31, "thumbs_up")],
    "A41": [react("pat", 31, "thumbs_up"), LISTEN, react("pat", 31, "thumbs_up", "DELETE")],
    "A42": [LISTEN, react("pat", 54, "check")],
    "A50": [*TOPIC, LISTEN, edit("pat", 89, content="@**STUF Bot** status please")],
    "A51": [
        past(109, 11, INCIDENTS, "no mention yet"),
        LISTEN,
        edit("pat", 109, content="now @**STUF Bot** is"),
    ],
    "A52": [past(109, 11, INCIDENTS, "now @**STUF Bot**"), LISTEN, edit("pat", 109, content="mention gone")],
    "A53": [*TOPIC, LISTEN, edit("tess", 109, topic="db1 down - disk")],
    "A54": [*TOPIC, LISTEN, edit("tess", 89, topic="✔ db1 down", propagate_mode="change_all")],
    "A55": [
        *TOPIC,
        edit("tess", 89, topic="✔ db1 down", propagate_mode="change_all"),
        LISTEN,
        edit("tess", 89, topic="db1 down", propagate_mode="change_all"),
    ],
    "A56": [
        *TOPIC,
        LISTEN,
        edit(
            "tess", 89, topic="db1 renamed", propagate_mode="change_all", send_notification_to_old_thread=True
        ),
    ],
    "A57": [
        past(89, 11, INCIDENTS, "@**STUF Bot** status", topic="db1 renamed"),
        LISTEN,
        edit("ada", 89, topic="moved here", stream_id=3, propagate_mode="change_all"),
    ],
    "A58": [
        past(89, 11, 3, "@**STUF Bot** status", topic="moved here"),
        LISTEN,
        edit("ada", 89, stream_id=NO_BOT, propagate_mode="change_all"),
    ],
    "A59": [past(116, 11, INCIDENTS, "x"), LISTEN, do("ada", "DELETE", "messages/116")],
    "A59b": [past(117, 11, [12], "x"), LISTEN, do("pat", "DELETE", "messages/117")],
    "A60": [LISTEN, post("pat", "https://127.0.0.1:1/x.png an image link", topic="t")],
    "A70": [LISTEN, post("pat", "/poll Deploy now?\nyes\nno", topic="poll")],
    "A71": [
        LISTEN,
        do("tess", "POST", "submessage", message_id=48, msg_type="widget", content='{"type": "vote"}'),
    ],
    "A72": [LISTEN, post("pat", "/me waves", topic="t")],
    "A73": [LISTEN, post("pat", "/todo Tasks", topic="t")],
    "A74": [
        LISTEN,
        post(
            "bot",
            "Approve?",
            topic="approval",
            widget_content={
                "widget_type": "zform",
                "extra_data": {"type": "choices", "heading": "Approve?", "choices": []},
            },
        ),
    ],
    "A80": [LISTEN, do("pat", "POST", "typing", op="start", to=[12])],
    "A81": [LISTEN, do("pat", "POST", "typing", op="start", type="stream", stream_id=4, topic="t")],
    "A90": [LISTEN, do("ada", "PATCH", "users/11", full_name="Pat Renamed")],
    "A90b": [
        do("ada", "PATCH", "users/11", full_name="Pat Renamed"),
        LISTEN,
        do("ada", "PATCH", "users/11", full_name="Pat Plain"),
    ],
    "A91": [LISTEN, do("ada", "PATCH", "users/10", role=300)],
    "A92": [LISTEN],
    "A93": [LISTEN, do("ada", "DELETE", "users/10")],
    "A94": [do("ada", "DELETE", "users/10"), LISTEN, do("ada", "POST", "users/10/reactivate")],
    "A95": [LISTEN, ONCALL_ADDED],
    "A96": [ONCALL_ADDED, LISTEN, do("ada", "POST", "user_groups/17/members", delete=[11])],
    "A97": [LISTEN, do("ada", "PATCH", "user_groups/17", name="oncall-x")],
    "A98": [LISTEN, subscribe("tess", "new-public", [9])],
    "A98b": [subscribe("tess", "new-public", [9]), LISTEN, subscribe("tess", "new-public", [12])],
    "A98c": [subscribe("tess", "new-public", [9, 12]), LISTEN, change_channel(10, new_name="new-public-2")],
    "A98d": [
        subscribe("tess", "new-public-2", [9, 12]),
        LISTEN,
        do("ada", "DELETE", "users/me/subscriptions", subscriptions=["new-public-2"], principals=[12]),
    ],
    "A98e2": [
        subscribe("ada", "pub-to-priv", [8]),
        change_channel(10, is_private=True),
        LISTEN,
        change_channel(10, is_private=False),
    ],
    "A98f": [subscribe("ada", "pub-to-priv", [8]), LISTEN, do("ada", "DELETE", "streams/10")],
    "A98g": [LISTEN, subscribe("pat", "priv-with-bot", [11, 12], invite_only=True)],
    "A98h": [
        subscribe("pat", "priv-with-bot", [11, 12], invite_only=True),
        LISTEN,
        do("ada", "DELETE", "streams/10"),
    ],
    "A99b": [LISTEN, do("pat", "POST", "users/me/muted_users/12")],
    "D09": [LISTEN, post("bot", "I am @**STUF Bot**", topic="t")],
    "D10": [LISTEN, post("bot", "@**all** from the bot", topic="t")],
}
CAUSE["A98e"] = [subscribe("ada", "pub-to-priv", [8]), LISTEN, change_channel(10, is_private=True)]
