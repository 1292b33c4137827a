"""One person's account on a realm, through the official client."""

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
import zulip

from stuf_bot.play.heard import Heard, Utterance
from stuf_bot.play.script import Where

log = logging.getLogger(__name__)
Answer = dict[str, Any]

_AGAIN_SECONDS = 1.0
_RECENT = 50


class AccountError(Exception):
    """The realm refused something, in words for the person at the terminal."""


class Account:
    """Speaks as one person, and hears with that person's event queue what the bot says."""

    def __init__(self, name: str, zuliprc: Path, heard: Heard) -> None:
        self.name = name
        self._zuliprc = zuliprc
        self._heard = heard
        self._client = self._connect()
        profile = self._checked(self._client.get_profile(), "signing in")
        self.user_id: int = profile["user_id"]
        self.full_name: str = profile["full_name"]
        self._bot_id = 0
        self._begin = 0
        self._queue = ""
        self._last_event = -1
        self._ended = threading.Event()
        self._ears: threading.Thread | None = None

    def find_bot(self, full_name: str) -> int:
        """The id of the active bot with that name. Raises AccountError where there is none or more than one."""
        members = self._checked(self._client.get_members(), "listing people")["members"]
        found = [
            m["user_id"] for m in members if m["full_name"] == full_name and m["is_bot"] and m["is_active"]
        ]
        if len(found) != 1:
            raise AccountError(f"the realm has {len(found)} bots with the name {full_name!r}; it needs one")
        return int(found[0])

    def listen(self, bot_id: int) -> None:
        """Hear from now on what the bot says."""
        self._bot_id = bot_id
        self._begin = self._register()
        self._ears = threading.Thread(target=self._hear, name=f"ears-{self.name}", daemon=True)
        self._ears.start()

    def stop(self) -> None:
        """Hear no more; the thread ends with the process, since a long poll cannot be cut short."""
        self._ended.set()
        with contextlib.suppress(requests.RequestException, zulip.ZulipError):
            self._client.deregister(self._queue)

    def say(self, where: Where, text: str) -> int:
        """Send a message; returns its id. Raises AccountError."""
        if where.person:
            message: Answer = {"type": "private", "to": [self._bot_id], "content": text}
        else:
            message = {"type": "stream", "to": where.channel, "topic": where.topic, "content": text}
        return int(self._patiently(lambda: self._client.send_message(message), f"writing in {where}")["id"])

    def upload(self, path: Path) -> str:
        """Upload a file; returns the Markdown that links it. Raises AccountError, OSError."""
        with path.open("rb") as file:

            def send() -> Answer:
                file.seek(0)
                return dict(self._client.upload_file(file))

            answer = self._patiently(send, f"uploading {path.name}")
        return f"[{path.name}]({answer.get('url') or answer['uri']})"

    def react(self, message_id: int, emoji_name: str) -> None:
        """React to a message. Raises AccountError."""
        reaction = {"message_id": message_id, "emoji_name": emoji_name}
        self._patiently(lambda: self._client.add_reaction(reaction), "reacting")

    def look(self, where: Where) -> None:
        """Read the newest messages at `where`: edits in channels that one follows not are told to nobody."""
        if where.person:
            narrow: list[Answer] = [{"operator": "dm", "operand": [self._bot_id]}]
        else:
            # The whole channel: a topic has another name once it is marked as done.
            narrow = [{"operator": "channel", "operand": where.channel}]
        answer = self._client.get_messages(
            {
                "anchor": "newest",
                "num_before": _RECENT,
                "num_after": 0,
                "narrow": narrow,
                "apply_markdown": False,
            }
        )
        # The channel may not exist yet; then there is nothing to read.
        for message in answer.get("messages", []):
            self._take(message)

    def _connect(self) -> zulip.Client:
        try:
            return zulip.Client(config_file=str(self._zuliprc), client="stuf-bot-play", retry_on_errors=False)
        except (zulip.ZulipError, requests.RequestException, OSError) as error:
            raise AccountError(f"{self.name}'s account cannot be used ({self._zuliprc}): {error}") from None

    def _checked(self, answer: Answer, doing: str) -> Answer:
        if answer.get("result") != "success":
            raise AccountError(f"{self.name}: {doing} was refused: {answer.get('msg', 'no reason given')}")
        return answer

    def _patiently(self, act: Callable[[], Answer], doing: str) -> Answer:
        """Do it, later when the realm says that it was too much; then nothing was done yet."""
        while (answer := act()).get("code") == "RATE_LIMIT_HIT" and not self._ended.is_set():
            self._ended.wait(float(answer.get("retry-after", _AGAIN_SECONDS)))
        return self._checked(answer, doing)

    def _register(self) -> int:
        """Open an event queue; returns the id of the newest message before it."""
        answer = self._checked(
            self._client.register(
                event_types=["message", "update_message"],
                all_public_streams=True,
                apply_markdown=False,
                fetch_event_types=["message"],
            ),
            "opening an event queue",
        )
        self._queue = answer["queue_id"]
        self._last_event = answer["last_event_id"]
        return int(answer["max_message_id"])

    def _hear(self) -> None:
        client = self._connect()
        while not self._ended.is_set():
            try:
                answer = client.get_events(queue_id=self._queue, last_event_id=self._last_event)
                if answer.get("result") == "success":
                    for event in answer["events"]:
                        self._last_event = max(self._last_event, event["id"])
                        self._notice(event)
                elif not self._ended.is_set():
                    self._ended.wait(_AGAIN_SECONDS)
                    self._register()
            except (requests.RequestException, zulip.ZulipError, AccountError) as error:
                log.info("%s does not hear the realm: %s", self.name, error)
                self._ended.wait(_AGAIN_SECONDS)

    def _notice(self, event: Answer) -> None:
        if event["type"] == "message":
            self._take(event["message"])
        elif event["type"] == "update_message":
            content = (event["message_id"], event["content"]) if "content" in event else None
            topic = event.get("subject") if "orig_subject" in event else None
            self._heard.edit(event.get("message_ids", []), content=content, topic=topic)

    def _take(self, message: Answer) -> None:
        if message["sender_id"] != self._bot_id or message["id"] <= self._begin:
            return
        if message["type"] == "private":
            place = Where(person=self.name)
        else:
            place = Where(channel=message["display_recipient"], topic=message["subject"])
        self._heard.message(Utterance(message["id"], place, message["content"]))
