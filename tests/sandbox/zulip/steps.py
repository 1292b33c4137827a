"""What can happen in the recorded realm: the verbs of the tables of causes."""

from collections.abc import Awaitable, Callable
from typing import Any

from recorded_realm import INCIDENTS, say
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


async def crash(replay: Replay) -> None:
    """The event server loses everything."""
    replay.realm.drop_queues()


def fail(method: str, status: int, path: str, body: str | None = None) -> Step:
    """The server is out of order for one request."""

    async def arm(replay: Replay) -> None:
        replay.realm.fail_next(method, path, status, body)

    return arm


async def omars_queue(replay: Replay) -> None:
    """A queue that is not the bot's."""
    await replay.register("omar")


async def use_up(replay: Replay) -> None:
    """Omar calls until nothing is left."""
    for _ in range(200):
        await replay.ask("omar", "GET", "users/me")


LISTEN = listen(event_types=MAIN_QUEUE)
ALL_PUBLIC = listen(event_types=MAIN_QUEUE, all_public_streams=True)
TOPIC = [past(89, 11, INCIDENTS, "@**STUF Bot** status", topic="db1 down", age=300)]
TOPIC += [past(number, 12, INCIDENTS, f"line {number}", topic="db1 down", age=200) for number in (107, 109)]
ONCALL_ADDED = do("ada", "POST", "user_groups/17/members", add=[11])
