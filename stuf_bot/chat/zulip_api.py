"""Every call to Zulip that the bot makes, typed."""

import io
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import requests
import zulip

from stuf_bot import __name__ as client_name
from stuf_bot.acts import Choice
from stuf_bot.chat.downloads import DOWNLOAD_SECONDS, limited, pieces
from stuf_bot.chat.format import plain_text
from stuf_bot.chat.zulip_calls import (
    Json,
    Meter,
    RateLimited,
    Rejected,
    Unauthorised,
    Unavailable,
    ZulipCalls,
    ZulipError,
)
from stuf_bot.places import Direct, Topic

__all__ = ["RateLimited", "Rejected", "Unauthorised", "Unavailable", "ZulipApi", "ZulipError"]

_SERVER_ERROR = 500
EVENT_TYPES = (
    "message",
    "update_message",
    "reaction",
    "realm",
    "realm_user",
    "user_group",
    "stream",
    "subscription",
    "custom_profile_fields",
)
_FETCHED = (
    "message",
    "realm",
    "realm_user",
    "realm_user_groups",
    "stream",
    "subscription",
    "custom_profile_fields",
)


class ZulipApi(ZulipCalls):
    """The realm as one account sees it. Any thread may call; every call may raise a `ZulipError`."""

    @classmethod
    def from_zuliprc(cls, path: Path, meter: Meter | None = None) -> "ZulipApi":
        """With the account of a zuliprc file."""
        return cls(
            lambda: zulip.Client(config_file=str(path), client=client_name, retry_on_errors=False), meter
        )

    @classmethod
    def from_account(cls, site: str, email: str, key: str, meter: Meter | None = None) -> "ZulipApi":
        """With an account named directly."""
        return cls(
            lambda: zulip.Client(
                site=site, email=email, api_key=key, client=client_name, retry_on_errors=False
            ),
            meter,
        )

    # What comes in.

    def register(self) -> Json:
        """Open an event queue; gives its id and the state of the realm at that moment."""
        return self.call(
            "register",
            "POST",
            {
                "event_types": EVENT_TYPES,
                "fetch_event_types": _FETCHED,
                "apply_markdown": False,
                "client_gravatar": False,
                "include_subscribers": False,
                "client_capabilities": {
                    "notification_settings_null": True,
                    "bulk_message_deletion": True,
                    "user_avatar_url_field_optional": True,
                    "user_settings_object": True,
                },
            },
        )

    def events(self, queue_id: str, last_event_id: int) -> list[Json]:
        """Wait for what is newer than the event; that and all before are forgotten by Zulip."""
        answer = self.call(
            "events",
            "GET",
            {"queue_id": queue_id, "last_event_id": last_event_id},
            poll=True,
        )
        return _list(answer, "events")

    def delete_queue(self, queue_id: str) -> None:
        """Close an event queue; one that waits on it is answered."""
        self.call("events", "DELETE", {"queue_id": queue_id})

    def messages(
        self, anchor: int | str, *, before: int = 0, after: int = 0, narrow: Sequence[Json] = ()
    ) -> tuple[list[Json], bool]:
        """Messages around an anchor (itself excluded), oldest first; and whether the newest is among them."""
        answer = self.call(
            "messages",
            "GET",
            {
                "anchor": anchor,
                "include_anchor": False,
                "num_before": before,
                "num_after": after,
                "narrow": list(narrow),
                "apply_markdown": False,
                "client_gravatar": False,
            },
        )
        return _list(answer, "messages"), bool(answer.get("found_newest"))

    def message(self, message_id: int) -> Json:
        """One message, its content as Markdown."""
        answer = self.call(f"messages/{message_id}", "GET", {"apply_markdown": False})
        return _object(answer, "message")

    def find_user(self, user_id: int) -> Json | None:
        """One account, or None where there is none."""
        try:
            answer = self.call(f"users/{user_id}", "GET", {})
        except Rejected:
            return None
        return _object(answer, "user")

    # What goes out.

    def send(self, to: Topic | Direct, content: str, choices: Sequence[Choice] = ()) -> int:
        """Post a message; gives its id. A channel has to be named by its id."""
        request: Json = {"content": content}
        if isinstance(to, Direct):
            request |= {"type": "direct", "to": list(to.user_ids)}
        else:
            request |= {"type": "stream", "to": to.channel, "topic": to.topic}
        if choices:
            request["widget_content"] = json.dumps(_form(content, choices))
        return _number(self.call("messages", "POST", request), "id")

    def edit(self, message_id: int, content: str) -> None:
        """Say something else in a message of ours."""
        self.call(f"messages/{message_id}", "PATCH", {"content": content})

    def move_topic(self, message_id: int, topic: str) -> None:
        """Rename the topic that holds the message."""
        self.call(
            f"messages/{message_id}",
            "PATCH",
            {
                "topic": topic,
                "propagate_mode": "change_all",
                "send_notification_to_old_thread": False,
                "send_notification_to_new_thread": False,
            },
        )

    def react(self, message_id: int, emoji_name: str) -> None:
        """Add a reaction."""
        self.call(f"messages/{message_id}/reactions", "POST", {"emoji_name": emoji_name})

    def unreact(self, message_id: int, emoji_name: str) -> None:
        """Take a reaction of ours away."""
        self.call(f"messages/{message_id}/reactions", "DELETE", {"emoji_name": emoji_name})

    def change_channel(
        self, channel_id: int, *, name: str | None = None, description: str | None = None
    ) -> None:
        """Rename or describe a channel; it takes an administrator."""
        request = {"new_name": name, "description": description}
        given = {field: value for field, value in request.items() if value is not None}
        self.call(f"streams/{channel_id}", "PATCH", given)

    def archive_channel(self, channel_id: int) -> None:
        """Close a channel for ever; it takes an administrator."""
        self.call(f"streams/{channel_id}", "DELETE", {})

    def subscribe(
        self,
        name: str,
        *,
        description: str = "",
        user_ids: Sequence[int] | None = None,
        private: bool = False,
    ) -> None:
        """Subscribe these people (or, without, the bot) to a channel, which is made where it is missing."""
        request: Json = {"subscriptions": [{"name": name, "description": description}]}
        if user_ids is not None:
            request["principals"] = list(user_ids)
        if private:
            request |= {"invite_only": True, "history_public_to_subscribers": True}
        self.call("users/me/subscriptions", "POST", request)

    def channel_id(self, name: str) -> int:
        """The id of a channel. Raises Rejected where there is none that the bot may see."""
        return _number(self.call("get_stream_id", "GET", {"stream": name}), "stream_id")

    # Files.

    def upload(self, name: str, content: bytes) -> str:
        """Store a file; gives its path, to be linked in a message."""
        file = io.BytesIO(content)
        file.name = name
        answer = self.call("user_uploads", "POST", {}, files=[file])
        return str(answer.get("url") or answer.get("uri"))

    def download(
        self, path: str, limit: int = 10_000_000, *, monotonic: Callable[[], float] = time.monotonic
    ) -> bytes:
        """The file behind a `/user_uploads/…` path or address of this realm, of `limit` bytes at most.

        Raises Rejected for any other address, for a file that is too large, and for one the bot may not
        read; Unavailable for one that has not come as a whole within 15 seconds.
        """
        until = monotonic() + DOWNLOAD_SECONDS
        client = self.connected()
        base = client.base_url.removesuffix("api/")
        wanted = urlsplit(urljoin(base, path))
        if wanted[:2] != urlsplit(base)[:2] or not wanted.path.startswith("/user_uploads/"):
            raise Rejected("NOT_AN_UPLOAD", "only files uploaded to this Zulip can be read")
        if ".." in wanted.path.split("/"):
            raise Rejected("NOT_AN_UPLOAD", "only files uploaded to this Zulip can be read")
        answer = self.call(
            quote(wanted.path.removeprefix("/"), safe="/%"), "GET", {}, timeout=DOWNLOAD_SECONDS
        )
        with (
            self.mapped(),
            requests.get(
                urljoin(base, str(answer.get("url"))),
                timeout=max(1.0, until - monotonic()),
                stream=True,
                verify=client.tls_verification,
            ) as response,
        ):
            if response.status_code >= _SERVER_ERROR:
                raise Unavailable(f"the file's address answered {response.status_code}")
            if not response.ok:
                raise Rejected("BAD_REQUEST", f"the file's address answered {response.status_code}")
            return limited(pieces(response), limit, lambda: monotonic() > until)


def _form(content: str, choices: Sequence[Choice]) -> Json:
    return {
        "widget_type": "zform",
        "extra_data": {
            "type": "choices",
            # The web client shows the heading, as plain text, in place of the message.
            "heading": plain_text(content),
            "choices": [
                {
                    "type": "multiple_choice",
                    "short_name": choice.label,
                    "long_name": "" if choice.reply == choice.label else choice.reply,
                    "reply": choice.reply,
                }
                for choice in choices
            ],
        },
    }


def _number(answer: Json, name: str) -> int:
    found = answer.get(name)
    if not isinstance(found, int):
        raise Unavailable(f"an answer without {name}")
    return found


def _object(answer: Json, name: str) -> Json:
    found = answer.get(name)
    if not isinstance(found, dict):
        raise Unavailable(f"an answer without {name}")
    return found


def _list(answer: Json, name: str) -> list[Json]:
    found = answer.get(name)
    if not isinstance(found, list):
        raise Unavailable(f"an answer without {name}")
    return found
