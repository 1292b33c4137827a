"""What GitHub could not deliver: its webhooks' deliveries are listed, and sent again where they failed.

GitHub never tries twice by itself, and keeps deliveries for three days:
https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from provisioning.github import API_VERSION, GitHub

if TYPE_CHECKING:
    from github.Requester import Requester

KEPT_FOR: Final = timedelta(days=3)
"""How long GitHub can send a delivery again."""
PATH: Final = "/hooks/github"

_AT_A_TIME: Final = 100
_MOST_PAGES: Final = 20
_MOST_TRIES: Final = 4
# The answers of a bot that would say the same again: no JSON, too large, another content type.
_FOR_GOOD: Final = frozenset({400, 413, 415})
# An account that may not look at a webhook, or an App without one.
_NOT_OURS: Final = (403, 404)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of GitHub to deliver one event, under the event's `guid`. `code` 0: nobody answered."""

    id: int
    guid: str
    at: datetime
    code: int

    @property
    def arrived(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.code < 300  # noqa: PLR2004 - HTTP's own numbers.


def to_send_again(attempts: Iterable[Attempt], known: Callable[[str], bool]) -> list[Attempt]:
    """The last attempt of each event that never arrived, the oldest first, as far as another one may help.

    `known` says of a guid whether it arrived after all, with the answer lost.
    """
    by_guid: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda each: (each.at, each.id)):
        by_guid.setdefault(attempt.guid, []).append(attempt)
    return [
        tries[-1]
        for tries in by_guid.values()
        if not any(each.arrived for each in tries)
        and len(tries) < _MOST_TRIES
        and tries[-1].code not in _FOR_GOOD
        and not known(tries[-1].guid)
    ]


class GitHubDeliveries(GitHub):
    """The webhooks that tell the bot: of its App, and of repositories."""

    def hooks(self, repositories: Sequence[str], public_url: str = "") -> list[str]:
        """Where they are in the API: the App's, and those of `repositories` (owner/name) that lead to the bot.

        `public_url` is the bot's address; without it any hook counts whose path is the bot's. What this
        account may not look at is left out. Raises GitHubUnavailable, GitHubRefused.
        """
        found = ["/app/hook"] if self._app is not None else []
        for repository in repositories:
            with self._errors(f"listing the webhooks of {repository}"), unless(*_NOT_OURS):
                _, hooks = self._client().requester.requestJsonAndCheck("GET", f"/repos/{repository}/hooks")
                found += [
                    f"/repos/{repository}/hooks/{hook['id']}"
                    for hook in hooks
                    if hook["active"] and _leads_here(hook["config"].get("url", ""), public_url)
                ]
        return found

    def attempts(self, hook: str, since: datetime) -> list[Attempt]:
        """What was delivered to a hook since then, or tried; nothing for one that is not there.

        Raises GitHubUnavailable, GitHubRefused.
        """
        found: list[Attempt] = []
        with self._errors("listing the deliveries of a webhook"), unless(*_NOT_OURS):
            for each in self._listed(f"{hook}/deliveries"):
                attempt = Attempt(
                    id=int(each["id"]),
                    guid=str(each["guid"]),
                    at=datetime.fromisoformat(each["delivered_at"]),
                    code=int(each["status_code"] or 0),
                )
                if attempt.at < since:
                    break
                found.append(attempt)
        return found

    def send_again(self, hook: str, attempt: Attempt) -> bool:
        """Have it delivered once more, under its guid; False where it is no longer kept.

        Raises GitHubUnavailable, GitHubRefused.
        """
        with self._errors("having a webhook delivered again"), unless(*_NOT_OURS):
            self._requester(hook).requestJsonAndCheck("POST", f"{hook}/deliveries/{attempt.id}/attempts")
            return True
        return False

    def _listed(self, path: str) -> Iterator[Any]:
        """The newest first, page by page."""
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            parameters = {"per_page": _AT_A_TIME} | ({"cursor": cursor} if cursor else {})
            headers, page = self._requester(path).requestJsonAndCheck("GET", path, parameters=parameters)
            yield from page
            cursor = _next_cursor(str(headers.get("link", "")))
            if cursor is None:
                return

    def _requester(self, path: str) -> "Requester":
        """For the App's own paths with the App's own key, which is no installation's."""
        if not path.startswith("/app/") or self._app is None:
            return self._client().requester
        from github import Auth, Github  # noqa: PLC0415 - as in the class above.

        return Github(
            auth=Auth.AppAuth(self._app.app_id, self._app.private_key.get_secret_value()),
            base_url=self._url,
            timeout=self._timeout,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            api_version=API_VERSION,
            user_agent="stuf-bot",
        ).requester


@contextmanager
def unless(*statuses: int) -> Iterator[None]:
    """Lets a refusal with one of these statuses pass, but not that of a rate limit, which has 403 as well."""
    from github import GithubException, RateLimitExceededException  # noqa: PLC0415 - as in the class above.

    try:
        yield
    except RateLimitExceededException:
        raise
    except GithubException as error:
        if error.status not in statuses:
            raise


def _leads_here(url: str, public_url: str) -> bool:
    if public_url:
        return url.rstrip("/") == f"{public_url.rstrip('/')}{PATH}"
    return urlsplit(url).path.rstrip("/").endswith(PATH)


def _next_cursor(link: str) -> str | None:
    """The cursor of the next page, from the Link header."""
    for part in link.split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest:
            return parse_qs(urlsplit(address.strip(" <>")).query).get("cursor", [None])[0]
    return None
