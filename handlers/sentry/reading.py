"""Takes of Sentry's payloads what is used, and nothing personal.

Forms: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers.sentry.record import Record, digest, located
from handlers.sentry.wording import Who, clean
from provisioning.sentry.models import Frame, Issue, person_name
from stuf_bot.chat.outside import inline
from stuf_bot.relays import News
from stuf_bot.settings import Settings

Json = dict[str, Any]

_PROJECT: Final = re.compile(r"/projects/[^/]+/(?P<slug>[^/]+)/")
_ISSUE_LINK: Final = re.compile(r"(?P<link>.+?/issues/[0-9]+/)")
_FRAMES: Final = 5
_TOLD_ANYWAY: Final = frozenset({"new issue", "regression", "measured"})

WENT_OFF = "🔔 Sentry's alert {rule} went off. The card above says how often it happens, and to how many."


class Unreadable(Exception):  # noqa: N818 - it says what a delivery is.
    """A delivery is not what its kind should be."""


@contextmanager
def reading() -> Iterator[None]:
    """Take a payload apart in it: whatever it lacks makes it Unreadable."""
    try:
        yield
    except (ValidationError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable from error


class Hook(BaseModel):
    """What every webhook has."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    data: Json
    actor: Json = {}


class Comment(BaseModel):
    """Somebody's comment on an issue, as it waits for being told."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    id: str
    issue: str
    text: str
    by_id: str = ""
    by_name: str = ""

    @classmethod
    def of(cls, data: Json, by: Who) -> Self:
        """From a `comment` webhook. Raises KeyError where an id is missing."""
        return cls(
            id=str(data["comment_id"]),
            issue=str(data["issue_id"]),
            text=str(data.get("comment") or ""),
            by_id=by.id,
            by_name=by.name,
        )


def who(actor: Json, settings: Settings | None) -> Who:
    """Who did it; `own` where it is the integration that the bot is."""
    machine = actor.get("type") == "application"
    number = str(actor.get("id") or "")
    mine = settings.sentry.app_id if settings else ""
    own = machine and bool(mine) and number == mine
    return Who(id=number, name=clean(person_name(actor)), own=own, machine=machine)


def own_project(settings: Settings | None) -> str:
    """The number of the project to which the bot reports its own errors: it ends the DSN."""
    dsn = settings.sentry.dsn if settings else None
    return urlsplit(dsn.get_secret_value()).path.rpartition("/")[2] if dsn else ""


def alerted(event: Json) -> Issue:
    """The issue of an `event_alert`, as far as its event tells. Raises what a payload of another form raises."""
    number = str(event["issue_id"])
    project = _PROJECT.search(str(event.get("url") or ""))
    link = _ISSUE_LINK.match(str(event.get("web_url") or ""))
    return Issue(
        id=number,
        short_id="",
        title=str(event.get("title") or event.get("message") or ""),
        culprit=str(event.get("culprit") or ""),
        level=str(event.get("level") or "error"),
        status="unresolved",
        project_id=str(event.get("project") or ""),
        project=unquote(project["slug"]) if project else "",
        link=link["link"] if link else "",
        first_seen=event.get("datetime"),
        last_seen=event.get("datetime"),
        count=1,
    )


def event_place(record: Record, event: Json) -> Record:
    """With where in the code this event happened. Raises what a payload of another form raises."""
    values = (event.get("exception") or {}).get("values") or [{}]
    stack = (values[-1].get("stacktrace") or {}).get("frames") or []
    frames = [_frame(frame) for frame in stack if frame.get("in_app")]
    tags = {str(tag[0]): str(tag[1]) for tag in event.get("tags") or () if len(tag) == 2}  # noqa: PLR2004 - pairs.
    return located(
        record,
        list(reversed(frames))[:_FRAMES],
        release=str(event.get("release") or ""),
        environment=str(event.get("environment") or tags.get("environment", "")),
        transaction=str(event.get("transaction") or ""),
    )


def _frame(body: Json) -> Frame:
    return Frame(
        file=str(body.get("filename") or ""),
        function=str(body.get("function") or ""),
        module=str(body.get("module") or ""),
        line=int(body.get("lineno") or 0),
        code=str(body.get("context_line") or ""),
        ours=True,
    )


def alert_news(data: Json) -> tuple[News, ...]:
    """That a rule went off, where it says more than the card: that an issue is new or back is told by itself."""
    rule, event = str(data.get("triggered_rule") or ""), data["event"]
    if not rule or rule.rpartition(": ")[2] in _TOLD_ANYWAY:
        return ()
    key = f"rule:{event.get('event_id') or event.get('id') or ''}:{digest(rule)}"
    return (News(key, WENT_OFF.format(rule=inline(clean(rule), 120))),)
