"""Every call to Zulip, typed: the official client inside, three kinds of errors outside."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urljoin, urlsplit

import requests
import zulip

from stuf_bot import __name__ as client_name
from stuf_bot.acts import Choice
from stuf_bot.places import Direct, Topic

log = logging.getLogger(__name__)

Json = dict[str, Any]

_EVENTS = "/api/v1/events"
_TOO_MANY = 429
_SERVER_ERROR = 500
_DOWNLOAD_SECONDS = 30.0
_DEFAULT_PAUSE = 10.0
EVENT_TYPES = (
    "message",
    "update_message",
    "reaction",
    "realm",
    "realm_user",
    "user_group",
    "stream",
    "subscription",
)
_FETCHED = ("message", "realm", "realm_user", "realm_user_groups", "stream", "subscription")


class ZulipError(Exception):
    """A call to Zulip did not do what was asked."""


class RateLimited(ZulipError):  # noqa: N818 - it says what happened.
    """The budget is used up; nothing was done. Try again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"rate limited for {seconds:.1f} s")
        self.seconds = seconds


class Unavailable(ZulipError):  # noqa: N818 - it says what happened.
    """No answer, or none that can be understood: whether it was done is unknown. Try again later."""


class Unauthorised(Unavailable):
    """Zulip does not accept the account (key changed, bot deactivated); nothing was done."""


class Rejected(ZulipError):  # noqa: N818 - it says what happened.
    """Zulip said no, and would say so again; nothing was done."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Meter(Protocol):
    """Is told of every call that counts, with what Zulip says is left."""

    def count(self, remaining: int | None) -> None:
        """One call was made."""

    def block(self, seconds: float) -> None:
        """Zulip refuses calls for so long."""


class ZulipApi:
    """The realm as one account sees it. Any thread may call; every call may raise a `ZulipError`.

    `connect` makes the official client (with `retry_on_errors=False`: it would post twice);
    it is called at the first use, and again until it succeeds.
    """

    def __init__(self, connect: Callable[[], zulip.Client], meter: Meter | None = None) -> None:
        self._connect = connect
        self._connecting = threading.Lock()
        self._client: zulip.Client | None = None
        self._meter = meter
        self._seen = threading.local()

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
        return self._call(
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
        answer = self._call(
            "events",
            "GET",
            {"queue_id": queue_id, "last_event_id": last_event_id},
            longpolling=True,
        )
        return _list(answer, "events")

    def delete_queue(self, queue_id: str) -> None:
        """Close an event queue; one that waits on it is answered."""
        self._call("events", "DELETE", {"queue_id": queue_id})

    def messages(
        self, anchor: int | str, *, before: int = 0, after: int = 0, narrow: Sequence[Json] = ()
    ) -> tuple[list[Json], bool]:
        """Messages around an anchor (itself excluded), oldest first; and whether the newest is among them."""
        answer = self._call(
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
        answer = self._call(f"messages/{message_id}", "GET", {"apply_markdown": False})
        found: Json = answer["message"]
        return found

    def find_user(self, user_id: int) -> Json | None:
        """One account, or None where there is none."""
        try:
            answer = self._call(f"users/{user_id}", "GET", {})
        except Rejected:
            return None
        found: Json = answer["user"]
        return found

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
        return int(self._call("messages", "POST", request)["id"])

    def edit(self, message_id: int, content: str) -> None:
        """Say something else in a message of ours."""
        self._call(f"messages/{message_id}", "PATCH", {"content": content})

    def move_topic(self, message_id: int, topic: str) -> None:
        """Rename the topic that holds the message."""
        self._call(
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
        self._call(f"messages/{message_id}/reactions", "POST", {"emoji_name": emoji_name})

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
        self._call("users/me/subscriptions", "POST", request)

    def channel_id(self, name: str) -> int:
        """The id of a channel. Raises Rejected where there is none that the bot may see."""
        return int(self._call("get_stream_id", "GET", {"stream": name})["stream_id"])

    # Files.

    def upload(self, name: str, content: bytes) -> str:
        """Store a file; gives its path, to be linked in a message."""
        file = io.BytesIO(content)
        file.name = name
        answer = self._call("user_uploads", "POST", {}, files=[file])
        return str(answer.get("url") or answer["uri"])

    def download(self, path: str, limit: int = 10_000_000) -> bytes:
        """The file behind a `/user_uploads/…` path or address of this realm, of `limit` bytes at most.

        Raises Rejected for any other address, for a file that is too large, and for one the bot may not read.
        """
        client = self._connected()
        base = client.base_url.removesuffix("api/")
        wanted = urlsplit(urljoin(base, path))
        if wanted[:2] != urlsplit(base)[:2] or not wanted.path.startswith("/user_uploads/"):
            raise Rejected("NOT_AN_UPLOAD", "only files uploaded to this Zulip can be read")
        if ".." in wanted.path.split("/"):
            raise Rejected("NOT_AN_UPLOAD", "only files uploaded to this Zulip can be read")
        answer = self._call(quote(wanted.path.removeprefix("/"), safe="/%"), "GET", {})
        with (
            self._mapped(),
            requests.get(
                urljoin(base, str(answer["url"])),
                timeout=_DOWNLOAD_SECONDS,
                stream=True,
                verify=client.tls_verification,
            ) as response,
        ):
            if response.status_code >= _SERVER_ERROR:
                raise Unavailable(f"the file's address answered {response.status_code}")
            if not response.ok:
                raise Rejected("BAD_REQUEST", f"the file's address answered {response.status_code}")
            return _limited(response.iter_content(65_536), limit)

    # Inside.

    def _connected(self) -> Any:
        with self._connecting:
            if self._client is None:
                with self._mapped():
                    client = self._connect()
                client.ensure_session()
                session: Any = client.session
                session.hooks["response"].append(self._note)
                self._client = client
            return self._client

    def _call(self, path: str, method: str, request: Mapping[str, Any], **options: Any) -> Json:
        client = self._connected()
        self._seen.status = None
        with self._mapped():
            answer: Json = client.call_endpoint(url=path, method=method, request=dict(request), **options)
        return self._checked(answer)

    def _checked(self, answer: Json) -> Json:
        if answer.get("result") == "success":
            return answer
        status = answer.get("status_code") or getattr(self._seen, "status", None) or 0
        code = str(answer.get("code") or status)
        message = str(answer.get("msg") or "no reason given")
        if code == "RATE_LIMIT_HIT" or status == _TOO_MANY:
            seconds = _seconds(answer.get("retry-after") or getattr(self._seen, "pause", None))
            if self._meter:
                self._meter.block(seconds)
            raise RateLimited(seconds)
        if status >= _SERVER_ERROR or answer.get("result") == "http-error":
            raise Unavailable(f"Zulip answered {status}")
        if code == "UNAUTHORIZED":
            raise Unauthorised(message)
        raise Rejected(code, message)

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (requests.RequestException, zulip.ZulipError, OSError) as error:
            if isinstance(error, zulip.ConfigNotFoundError | zulip.MissingURLError):
                raise
            # The text of these names the host only, never the key.
            raise Unavailable(type(error).__name__) from error

    def _note(self, response: requests.Response, *_: object, **__: object) -> None:
        self._seen.status = response.status_code
        self._seen.pause = response.headers.get("Retry-After")
        if self._meter and urlsplit(response.url).path != _EVENTS:
            remaining = response.headers.get("X-RateLimit-Remaining", "")
            self._meter.count(int(remaining) if remaining.isdigit() else None)


def _form(content: str, choices: Sequence[Choice]) -> Json:
    return {
        "widget_type": "zform",
        "extra_data": {
            "type": "choices",
            "heading": content,
            "choices": [
                {
                    "type": "multiple_choice",
                    "short_name": str(number),
                    "long_name": choice.label,
                    "reply": choice.reply,
                }
                for number, choice in enumerate(choices, 1)
            ],
        },
    }


def _list(answer: Json, name: str) -> list[Json]:
    found = answer.get(name)
    if not isinstance(found, list):
        raise Unavailable(f"an answer without {name}")
    return found


def _seconds(value: Any) -> float:
    try:
        return max(0.1, float(value))
    except (TypeError, ValueError):
        return _DEFAULT_PAUSE


def _limited(pieces: Iterator[bytes], limit: int) -> bytes:
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > limit:
            raise Rejected("TOO_LARGE", f"the file is larger than {limit // 1_000_000} MB")
    return bytes(content)
