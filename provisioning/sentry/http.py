"""Sentry's REST API as one caller sees it: time limits, rate limits, and errors that say what to do.

No message of an error raised here holds the token, a header or the body of an answer beyond its `detail`.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import requests
from pydantic import SecretStr

_TIMEOUT: Final = (5.0, 20.0)
_WHOLE_SECONDS: Final = 60.0
_MOST_BYTES: Final = 16 * 1024**2
_LONGEST_PAUSE: Final = 3600.0
_DETAIL: Final = 200
_NUMBER: Final = re.compile(r"/\d+(?=/)")
_NEXT: Final = re.compile(r'rel="next";\s*results="true";\s*cursor="([^"]+)"')

Query = Sequence[tuple[str, str]]


class SentryError(Exception):
    """Sentry did not do what was asked; the text is fit for a person."""


class SentryUnavailable(SentryError):  # noqa: N818 - the base class says that it is one.
    """Not now: no connection, or a server error. What was asked may or may not have happened."""


class SentryBusy(SentryUnavailable):
    """The rate limit is reached: ask again in `seconds`. Nothing has happened."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"Sentry's rate limit is reached while {what}")
        self.seconds = seconds


class SentryRefused(SentryError):  # noqa: N818 - as above.
    """Not like this. `code` is stable, `status` is HTTP's (0: refused before anything was sent)."""

    def __init__(self, code: str, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.code, self.status = code, status


@dataclass(frozen=True, slots=True)
class Answer:
    """What Sentry answered: its JSON, and the cursor of the next page, None on the last."""

    status: int
    body: Any
    cursor: str | None


class _Bearer(requests.auth.AuthBase):
    """The token, as an auth object: a header alone would give way to a machine's netrc."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


class SentryHttp:
    """Calls to `url`/api/0/. A call is never repeated here: whoever calls knows whether it may be.

    Limits hold for each caller and endpoint, with the moment at which they are lifted in the answer's
    headers (https://docs.sentry.io/api/ratelimits/): once an endpoint has nothing left, it is not asked
    before that moment.
    """

    def __init__(
        self,
        url: str,
        token: SecretStr,
        *,
        timeout: tuple[float, float] = _TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._base = f"{url.rstrip('/')}/api/0"
        self._auth, self._timeout, self._clock = _Bearer(token), timeout, clock
        # A connection must not be shared by two threads.
        self._made = threading.local()
        self._closed_until: dict[str, float] = {}

    def call(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: Query = (),
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Ask for `path` (with slashes at both ends); `what` says in words what is being done.

        Raises SentryRefused, SentryBusy, SentryUnavailable.
        """
        endpoint = f"{method} {_NUMBER.sub('/#', path)}"
        waits = self._closed_until.get(endpoint, 0.0) - self._clock()
        if waits > 0:
            raise SentryBusy(what, waits)
        try:
            with self._session().request(
                method,
                f"{self._base}{path}",
                params=list(query),
                json=body,
                auth=self._auth,
                timeout=self._timeout,
                # A token goes nowhere but where it was meant to go.
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = self._content(answer, what)
        except requests.RequestException as error:
            raise SentryUnavailable(f"no answer from Sentry while {what}: {type(error).__name__}") from None
        self._note_limit(endpoint, answer.headers)
        return self._read(answer, content, what)

    def _session(self) -> requests.Session:
        made: requests.Session | None = getattr(self._made, "session", None)
        if made is None:
            made = self._made.session = requests.Session()
            made.headers.update({"Accept": "application/json", "User-Agent": "stuf-bot"})
        return made

    def _content(self, answer: requests.Response, what: str) -> bytes:
        end = time.monotonic() + _WHOLE_SECONDS
        content = bytearray()
        for piece in answer.iter_content(64 * 1024):
            content += piece
            if len(content) > _MOST_BYTES or time.monotonic() > end:
                raise SentryUnavailable(f"Sentry's answer is too large or too slow while {what}")
        return bytes(content)

    def _note_limit(self, endpoint: str, headers: Mapping[str, str]) -> None:
        if headers.get("X-Sentry-Rate-Limit-Remaining") == "0":
            reset = _number(headers.get("X-Sentry-Rate-Limit-Reset"))
            if reset is not None:
                self._closed_until[endpoint] = min(reset, self._clock() + _LONGEST_PAUSE)

    def _read(self, answer: requests.Response, content: bytes, what: str) -> Answer:
        status = answer.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise SentryBusy(what, self._pause(answer.headers))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SentryUnavailable(f"Sentry answered {status} while {what}")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(status, content, what)
        try:
            body = json.loads(content) if content.strip() else None
        except ValueError:
            raise SentryUnavailable(f"Sentry's answer cannot be read while {what}") from None
        found = _NEXT.search(answer.headers.get("Link", ""))
        return Answer(status, body, found.group(1) if found else None)

    def _pause(self, headers: Mapping[str, str]) -> float:
        after = _number(headers.get("Retry-After"))
        reset = _number(headers.get("X-Sentry-Rate-Limit-Reset"))
        seconds = after if after is not None else (reset - self._clock() if reset is not None else 1.0)
        return min(max(seconds, 1.0), _LONGEST_PAUSE)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def _refusal(status: int, content: bytes, what: str) -> SentryRefused:
    if status == HTTPStatus.UNAUTHORIZED:
        return SentryRefused(
            "sentry-token",
            f"Sentry does not accept the bot's token ({what}). Its administrator has to check token in [sentry].",
            status,
        )
    if status == HTTPStatus.FORBIDDEN:
        return SentryRefused(
            "sentry-forbidden",
            f"Sentry does not let the bot do this ({what}). Its administrator has to check the token's scopes.",
            status,
        )
    if status == HTTPStatus.NOT_FOUND:
        return SentryRefused("sentry-not-found", f"Sentry does not know it ({what}).", status)
    if status == HTTPStatus.CONFLICT:
        return SentryRefused("sentry-conflict", f"It exists in Sentry already ({what}).", status)
    said = _detail(content)
    return SentryRefused(
        "sentry-refused", f"Sentry answered {status} while {what}{': ' + said if said else ''}.", status
    )


def _detail(content: bytes) -> str:
    """What Sentry says about a refusal, as one short line: `detail`, or the fields that it names."""
    try:
        body = json.loads(content)
    except ValueError:
        return ""
    if isinstance(body, Mapping):
        said = body.get("detail", body)
        if isinstance(said, Mapping):
            said = said.get("message") or "; ".join(f"{name}: {_text(one)}" for name, one in said.items())
    else:
        said = body
    return _text(said)[:_DETAIL].rstrip(".")


def _text(said: Any) -> str:
    if isinstance(said, list):
        return " ".join(_text(one) for one in said)
    return " ".join(str(said).split())
