"""How a call to Zulip is made: the official client inside, three kinds of errors outside."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3
import zulip

from stuf_bot.chat.wire import Wire, wire

Json = dict[str, Any]

_EVENTS = "events"
_TOO_MANY = 429
_SERVER_ERROR = 500
_DEFAULT_PAUSE = 10.0


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

    def count(self, remaining: int | None = None, limit: int | None = None) -> None:
        """One call was made; so many remain of so many."""

    def block(self, seconds: float) -> None:
        """Zulip refuses calls for so long."""


class ZulipCalls:
    """Calls as one account. Any thread may call; every call may raise a `ZulipError`.

    `connect` makes the official client (with `retry_on_errors=False`: it would post twice);
    it is called at the first use, and again until it succeeds.
    """

    def __init__(self, connect: Callable[[], zulip.Client], meter: Meter | None = None) -> None:
        self._connect = connect
        self._connecting = threading.Lock()
        self._client: zulip.Client | None = None
        self._wire: Wire | None = None
        self._meter = meter
        self._seen = threading.local()

    def connected(self) -> Any:
        """The official client, with a session that reports what it sees. Raises Unavailable."""
        with self._connecting:
            if self._client is None:
                with self.mapped():
                    client = self._connect()
                client.ensure_session()
                session: Any = client.session
                session.hooks["response"].append(self._note_response)
                self._wire = wire(client)
                self._client = client
            return self._client

    def call(  # noqa: PLR0913 - what an endpoint may need.
        self,
        path: str,
        method: str,
        request: Mapping[str, Any],
        *,
        files: Sequence[IO[bytes]] = (),
        poll: bool = False,
        timeout: float | None = None,
    ) -> Json:
        """The answer of one endpoint below `/api/v1/`; strings go out as they are, the rest as JSON.

        With `poll` it may take its time; else 15 seconds, or `timeout`.
        """
        client = self.connected()
        self._seen.status = None
        with self.mapped():
            if self._wire is None or files:
                answer = client.call_endpoint(
                    path, method, dict(request), longpolling=poll, files=list(files), timeout=timeout
                )
            else:
                heard = self._wire.call(path, method, request, poll=poll, timeout=timeout)
                self._note(path == _EVENTS, heard.status, heard.headers)
                answer = {"result": "http-error"} if heard.content is None else heard.content
        if not isinstance(answer, dict):
            raise Unavailable("an answer that is no object")
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
    def mapped(self) -> Iterator[None]:
        """Turns the errors of the network into Unavailable."""
        try:
            yield
        except (zulip.ConfigNotFoundError, zulip.MissingURLError):
            raise
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            zulip.ZulipError,
            OSError,
            AssertionError,
        ) as error:
            # The client asserts that the server told its version: not so while a proxy answers for it.
            # The text of these names the host only, never the key.
            raise Unavailable(type(error).__name__) from error

    def _note_response(self, response: requests.Response, *_: object, **__: object) -> None:
        polled = urlsplit(response.url).path.endswith(f"/{_EVENTS}")
        self._note(polled, response.status_code, response.headers)

    def _note(self, polled: bool, status: int, headers: Mapping[str, str]) -> None:  # noqa: FBT001 - ours alone.
        self._seen.status = status
        self._seen.pause = headers.get("Retry-After")
        # Polls have a budget of their own.
        if self._meter and not polled:
            self._meter.count(
                _number(headers.get("X-RateLimit-Remaining")), _number(headers.get("X-RateLimit-Limit"))
            )


def _seconds(value: Any) -> float:
    try:
        return max(0.1, float(value))
    except (TypeError, ValueError):
        return _DEFAULT_PAUSE


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isdigit() else None
