"""How people, numbers and states of Sentry are called, wherever they are read."""

import ipaddress
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from provisioning.sentry.models import Issue
from stuf_bot.chat.format import moment
from stuf_bot.chat.outside import inline
from stuf_bot.personal_text import hidden

_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_COLONS: Final = re.compile(r"(?<![\w:.])(?=[0-9a-fA-F:]*:[0-9a-fA-F:]*:)[0-9a-fA-F:]{3,39}(?![\w:])")
_HIDDEN: Final = "…"

STATES: Final = {"resolved": "✅ resolved", "ignored": "🗄️ archived", "unresolved": "🔴 unresolved"}
_SUBSTATES: Final = {
    "regressed": "🔁 regressed: it was resolved, and is back",
    "escalating": "📈 escalating",
    "new": "🆕 new",
}


@dataclass(frozen=True, slots=True)
class Who:
    """Who did something: `id` and `name` as Sentry tells them, or `user`, a Zulip user who did it by chat.

    `own` is this bot; `machine` any program, Sentry itself among them.
    """

    id: str = ""
    name: str = ""
    own: bool = False
    machine: bool = False
    user: int | None = None

    @property
    def is_person(self) -> bool:
        """Whether it is somebody who can be named."""
        return not self.machine and bool(self.id or self.name or self.user)


def clean(text: str) -> str:
    """The text without e-mail addresses, phone numbers and IP addresses: an exception may quote them."""
    return _COLONS.sub(_without_address, _IPV4.sub(_HIDDEN, hidden(text, _HIDDEN)))


def _without_address(found: re.Match[str]) -> str:
    """Nothing in place of an IPv6 address; times and names with colons stay."""
    try:
        ipaddress.IPv6Address(found.group())
    except ValueError:
        return found.group()
    return _HIDDEN


def counted(number: int, one: str, many: str = "") -> str:
    """`1 event`, `2,400 events`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def state(issue: Issue) -> str:
    """How it stands, with what belongs to it."""
    if issue.status == "unresolved":
        return _SUBSTATES.get(issue.substatus, STATES["unresolved"])
    words = STATES.get(issue.status) or inline(issue.status, 40)
    return f"{words}{resolved_in(issue) if issue.status == 'resolved' else archived_until(issue)}"


def _moment(text: str) -> str:
    """A time of Sentry's for the reader's time zone; as it is where it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return inline(text, 40)
    return moment(at if at.tzinfo else at.replace(tzinfo=UTC))


def resolved_in(issue: Issue) -> str:
    """In which release, where that was said."""
    if issue.details.get("in_next_release"):
        return " in the next release"
    release = issue.details.get("in_release")
    return f" in {inline(str(release), 60)}" if release else ""


def archived_until(issue: Issue) -> str:
    """Until what, where that was said."""
    details = issue.details
    if until := details.get("until"):
        return f" until {_moment(str(until))}"
    if count := details.get("count"):
        return f" until {counted(int(count), 'more event')}"
    if count := details.get("user_count"):
        return f" until {counted(int(count), 'more person', 'more people')}"
    return " until it escalates" if issue.substatus == "archived_until_escalating" else ""
