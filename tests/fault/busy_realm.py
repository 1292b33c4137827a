"""The realm of the busy hour: its people, what they do, and all that the bot has said in it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from sandbox.zulip import ZulipRealm
from sandbox.zulip import seed as seeds
from sandbox.zulip.records import Message, User
from sandbox.zulip.users import new_key
from sandbox.zulip.world import World

NAMES = ("Tess Architect", "Pat Plain", "Uma Usual", "Vic Visitor", "Wes Worker", "Xia Xtra")
CHANNEL = "general"
_FIRST_ID = 20
_MEMBERS = (13, 14)


def _seed(world: World) -> None:
    """The realm of the demo, and more people like Tess and Pat."""
    seeds.seed_demo(world)
    everybody = [8, 9, 10, 11, 12]
    for slug in ("alpha", "beta"):
        seeds.add_channel(world, f"stuf-{slug}", f"The STUF {slug}", list(everybody))
    general = next(channel for channel in world.channels.values() if channel.name == CHANNEL)
    for number, name in enumerate(NAMES[2:], _FIRST_ID):
        email = f"{name.split()[0].lower()}@{seeds.DOMAIN}"
        world.keep(User(id=number, email=email, full_name=name, api_key=new_key(), joined=world.now()))
        general.subscribers.append(number)
        for group in _MEMBERS:
            world.groups[group].members.append(number)
    world.remember("next:user", 30)
    world.keep(general, *(world.groups[group] for group in _MEMBERS))


class BusyRealm:
    """A realm that can be restarted under the feet of everybody but its people, who wait for it."""

    def __init__(self, state: Path) -> None:
        self.zulip = ZulipRealm(state, rate_limit=100_000, seed=_seed)
        self.zulip.start()
        self._gate = threading.Lock()
        self.busy = threading.Event()
        """Set whenever somebody did something."""
        self.bot = self.zulip.accounts["bot"].user_id

    @property
    def world(self) -> World:
        """Everything in the realm."""
        return self.zulip._world

    def restart(self, seconds: float) -> None:
        """Let the server be away for so long."""
        with self._gate:
            self.zulip.stop()
            time.sleep(seconds)
            self.zulip.start()

    def call(self, user: User, method: str, path: str, **request: Any) -> dict[str, Any]:
        """What one person's client asks. Fails where Zulip refuses."""
        with self._gate:
            answer = requests.request(
                method,
                f"{self.zulip.url}/api/v1/{path}",
                auth=(user.email, user.api_key),
                data=request,
                timeout=20,
            )
        told: dict[str, Any] = answer.json()
        assert told["result"] == "success", told
        self.busy.set()
        return told

    def user(self, name: str) -> User:
        """Somebody by name."""
        return next(user for user in self.world.users.values() if user.full_name == name)

    def said(self, where: Callable[[Message], bool]) -> list[Message]:
        """What the bot has said there, in order."""
        messages = list(self.world.messages.values())
        return sorted(
            (one for one in messages if one.sender_id == self.bot and where(one)), key=lambda one: one.id
        )

    def channel_id(self, name: str) -> int:
        """The id of a channel; 0 where there is none yet."""
        found = [one.id for one in list(self.world.channels.values()) if one.name == name]
        return found[0] if found else 0
