"""How an entry of the audit log reads in chat: when, who, what, and how it went."""

from collections.abc import Callable, Mapping
from typing import Any

from stuf_bot.audit import Entry, Tag
from stuf_bot.chat.format import duration, moment
from stuf_bot.chat.outside import inline
from stuf_bot.places import silent_mention

# Outcomes that say no more than the words of the tag.
_PLAIN = frozenset(
    {"done", "begun", "shown", "noted", "accepted", "refused", "started", "stopped", "restored"}
)
_TAGS = {str(tag): tag for tag in Tag}


def line(entry: Entry, *, stuf: bool) -> str:
    """One line; with `stuf` it names the STUF, too."""
    tag = _TAGS.get(entry.tag)
    words = tag.words if tag else inline(entry.tag)
    who = f"{silent_mention(entry.actor_id)}: " if entry.actor_id is not None else ""
    more = [*_details(entry)]
    if stuf and entry.stuf:
        more.insert(0, f"`{entry.stuf}`")
    text = f"{moment(entry.at)} {who}{words}"
    if more:
        text += f" ({', '.join(more)})"
    return text + _outcome(entry)


def _outcome(entry: Entry) -> str:
    refused = entry.outcome == "refused" and entry.tag not in {Tag.COMMAND_REFUSED, Tag.DELIVERY_REFUSED}
    shown = "**refused**" if refused else "" if entry.outcome in _PLAIN else f"**{_plain(entry.outcome)}**"
    code = inline(entry.reason_code) if entry.reason_code else ""
    return "".join(f" · {part}" for part in (shown, code) if part)


def _details(entry: Entry) -> list[str]:
    details = entry.details
    return [text for name, show in _SHOWN.items() if name in details and (text := show(details))]


def _plain(text: str) -> str:
    return text if text.replace("-", "").isalnum() else inline(text)


def _command(details: Mapping[str, Any]) -> str:
    """The command with the arguments that were kept, but for the STUF; the tag tells of one without."""
    given = details.get("arguments")
    given = given if isinstance(given, Mapping) else {}
    shown = [f"{name}={value}" for name, value in given.items() if value != details.get("stuf")]
    return inline(" ".join([str(details["command"]), *shown])) if shown else ""


def _step(details: Mapping[str, Any]) -> str:
    seconds = details.get("seconds")
    took = f" in {duration(seconds)}" if isinstance(seconds, int | float) else ""
    return f"{inline(str(details['step']))}{took}"


def _settings(details: Mapping[str, Any]) -> str:
    changed = details["settings"]
    return ", ".join(inline(name) for name in changed) if isinstance(changed, Mapping) else ""


def _people(details: Mapping[str, Any]) -> str:
    parts = [
        f"{word}: " + ", ".join(silent_mention(user_id) for user_id in details[name])
        for name, word in (("gained", "has it now"), ("lost", "no longer has it"))
        if details.get(name)
    ]
    return f"{inline(str(details['role']))}, {'; '.join(parts)}"


_SHOWN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "command": _command,
    "kind": lambda details: inline(str(details["kind"])),
    "step": _step,
    "operation": lambda details: inline(str(details["operation"])),
    "attempt": lambda details: f"attempt {details['attempt']}" if details["attempt"] != 1 else "",
    "upload": lambda details: inline(str(details["upload"])),
    "source": lambda details: inline(str(details["source"])),
    "count": lambda details: f"{details['count']} times" if details["count"] != 1 else "",
    "role": _people,
    "settings": _settings,
    "version": lambda details: f"version {inline(str(details['version']))}",
}
