"""What stands in Zulip's place: who would read what is noted, and nothing is sent."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import talk as talking

from stuf_bot.chat.zulip_calls import ZulipError
from stuf_bot.places import Direct


class Directory(talking.FakeDirectory):
    """The people of the handlers' tests, and what the sender asks besides."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.ready.set()

    def is_subscribed(self, channel_id: int) -> bool:
        return True

    def note_channel(self, channel_id: int, name: str, *, subscribed: bool) -> None:
        pass

    def channel_id(self, name: str) -> int | None:
        return 7


@dataclass
class Zulip:
    """Notes what is called. `refuse` is raised instead of the next calls of a kind, once each."""

    public: list[str] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)
    keys: dict[int, str] = field(default_factory=dict)
    refuse: dict[str, ZulipError] = field(default_factory=dict)
    last: int = 1000

    def __getattr__(self, name: str) -> Callable[..., int]:
        def call(*values: Any, **named: Any) -> int:
            if error := self.refuse.pop(name, None):
                raise error
            self.last += 1
            private = any(isinstance(value, Direct) for value in values) or name in {"upload", "edit"}
            (self.direct if private else self.public).append(f"{name} {values} {named}")
            return self.last

        return call

    def message(self, message_id: int) -> dict[str, str]:
        return {"id": message_id, "subject": "a topic"}

    def messages(self, *values: Any, **named: Any) -> tuple[list[Any], bool]:
        return [], True

    def edit(self, message_id: int, content: str) -> None:
        self.public.append(f"edit {content}")

    def upload(self, name: str, content: bytes) -> str:
        self.direct.append(name)
        return f"/user_uploads/1/{name}"
