"""How people, numbers and states of Sentry are called, wherever they are read."""

import re
from dataclasses import dataclass
from typing import Final

from provisioning.sentry.models import Issue
from stuf_bot.chat.outside import inline
from stuf_bot.personal_text import hidden

_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_IPV6: Final = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F:]{1,19}(?![\w:])")
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
    return _IPV6.sub(_HIDDEN, _IPV4.sub(_HIDDEN, hidden(text, _HIDDEN)))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 event`, `2,400 events`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def state(issue: Issue) -> str:
    """How it stands, with what belongs to it."""
    if issue.status == "unresolved":
        return _SUBSTATES.get(issue.substatus, STATES["unresolved"])
    words = STATES.get(issue.status) or inline(issue.status, 40)
    return f"{words}{resolved_in(issue) if issue.status == 'resolved' else archived_until(issue)}"


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
        return f" until {inline(str(until)[:16].replace('T', ' '), 20)} UTC"
    if count := details.get("count"):
        return f" until {counted(int(count), 'more event')}"
    if count := details.get("user_count"):
        return f" until {counted(int(count), 'more person', 'more people')}"
    return " until it escalates" if issue.substatus == "archived_until_escalating" else ""
