"""From what somebody typed behind `relays STUF` to a change, or to a mistake that names field and reason."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import available_timezones

from stuf_bot.chat.arguments import said, without_code_marks
from stuf_bot.chat.nearest import nearest
from stuf_bot.chat.times import read_duration, read_moment
from stuf_bot.chat.words import Word, split
from stuf_bot.relays.changes import AddRule, Change, Restore, SetBatch, SetChannel, SetQuiet, Unmute
from stuf_bot.relays.hours import Quiet
from stuf_bot.relays.kinds import KINDS
from stuf_bot.relays.rules import FIELDS

VERBS = ("mute", "only", "unmute", "quiet", "batch", "channel")
LONGEST_BATCH = timedelta(days=1)
_MOST_PATTERNS = 20
_PATTERN_LENGTH = 200
_ALL = frozenset({"everything", "all"})
_OFF = frozenset({"off", "none", "no"})
_SYNONYMS = {
    "push": "pushes",
    "commits": "pushes",
    "pull": "pull-requests",
    "pulls": "pull-requests",
    "pr": "pull-requests",
    "prs": "pull-requests",
    "branch": "branches",
    "tags": "branches",
    "ci": "checks",
    "runs": "checks",
    "deploys": "deployments",
    "accesses": "access",
    "securities": "security",
}
_FIELDS = {"env": "environment", "by": "actor", "topic": "object", "kind": "kind", "kinds": "kind"} | {
    name: name for name in FIELDS
}
_CLOCKS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|to|until)\s*(\d{1,2})(?::(\d{2}))?(?:\s+(\S+))?")  # noqa: RUF001 - phones make such dashes.
_WEEKDAY = re.compile(r"(?:next )?(mon|tue|wed|thu|fri|sat|sun)", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d{2}")


class Mistake(Exception):  # noqa: N818 - it is an answer, not a fault of the program.
    """`what` names the field and the reason, as safe Markdown; `meant` is the change that was perhaps meant."""

    def __init__(self, what: str, meant: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.meant = meant


def read_change(text: str, now: datetime) -> Change:
    """The change that these words say. Raises Mistake."""
    verb, _, rest = text.strip().partition(" ")
    reader = _READERS.get(verb.lower())
    if reader is None:
        near = nearest(verb, VERBS)
        raise Mistake(
            f"I do not know {said(verb)} here. It is one of {', '.join(f'`{one}`' for one in VERBS)}.",
            f"{near[0]} {rest}".strip() if len(near) == 1 else "",
        )
    return reader(rest.strip(), now)


def _rule(mode: Literal["mute", "only"]) -> Callable[[str, datetime], Change]:
    def read(text: str, now: datetime) -> Change:
        words = split(re.sub(r"(?i)\bpull requests?\b", "pull-requests", text))
        if mode == "mute" and re.fullmatch(r"[a-z](?:[\s,]+[a-z])*", text.lower()):
            return Restore(re.split(r"[\s,]+", text.lower()))
        at = next((n for n, word in enumerate(words) if word.text.lower() in {"until", "for"}), len(words))
        conditions = _conditions(mode, words[:at], text)
        until = None
        if at < len(words):
            moment = " ".join(word.text for word in words[at + 1 :])
            until = _until(moment, now, length=words[at].text.lower() == "for")
        return AddRule(mode, conditions, until)

    return read


def _conditions(mode: str, words: Sequence[Word], text: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    everything = False
    for word in words:
        field, value = _parts(word, mode, text)
        if field == "kind":
            everything = everything or value.lower() in _ALL
            found.setdefault("kind", []).extend(_kinds(value, mode, text))
        else:
            found.setdefault(field, []).extend(_patterns(field, value))
    conditions = {name: list(dict.fromkeys(values)) for name, values in found.items() if values}
    if not conditions and not everything:
        raise Mistake(f"**kinds** is missing: say what to {mode}, such as `checks` or `branch:feature/*`.")
    if not conditions and mode == "only":
        raise Mistake("**kinds**: only everything is everything. Name kinds, or a branch.")
    return conditions


def _parts(word: Word, mode: str, text: str) -> tuple[str, str]:
    """`branch:main`, `branch=main`, or a bare kind."""
    name, colon, value = (word.key, "=", word.value) if word.key else word.text.partition(":")
    if not colon:
        return "kind", name
    field = _FIELDS.get(name.lower())
    if field is None:
        near = nearest(name, FIELDS)
        known = ", ".join(f"`{one}`" for one in FIELDS)
        meant = text.replace(name, near[0], 1) if len(near) == 1 else ""
        raise Mistake(
            f"{said(name)} is nothing that I look at: it is one of {known}.", meant and f"{mode} {meant}"
        )
    return field, value


def _kinds(value: str, mode: str, text: str) -> list[str]:
    kinds: list[str] = []
    for given in (part for part in value.split(",") if part):
        word = without_code_marks(given).lower().replace("_", "-")
        if word in _ALL:
            continue
        kind = next((name for name in (word, _SYNONYMS.get(word, ""), f"{word}s") if name in KINDS), None)
        if kind is None:
            near = nearest(word, KINDS)
            meant = f"{mode} {text.replace(given, near[0], 1)}" if len(near) == 1 else ""
            known = ", ".join(f"`{name}`" for name in KINDS)
            raise Mistake(f"**kinds**: {said(given)} is none. They are {known}.", meant)
        kinds.append(kind)
    return kinds


def _patterns(field: str, value: str) -> list[str]:
    given = [part.strip().removeprefix("@" if field == "actor" else "") for part in value.split(",")]
    patterns = [part for part in given if part]
    if not patterns:
        raise Mistake(f"**{field}** is empty: type it as `{field}:main`, with `*` for any signs.")
    if len(patterns) > _MOST_PATTERNS or any(len(part) > _PATTERN_LENGTH for part in patterns):
        raise Mistake(
            f"**{field}** takes at most {_MOST_PATTERNS} patterns of at most {_PATTERN_LENGTH} characters."
        )
    return patterns


def _until(text: str, now: datetime, *, length: bool) -> datetime:
    """A moment to come: a weekday is the next one. Raises Mistake."""
    try:
        if length:
            return now + read_duration(text)
        at = read_moment(text.removeprefix("next "), now)
    except (ValueError, OverflowError) as error:
        try:
            return now + read_duration(text)
        except ValueError:
            raise Mistake(f"**until** {error}.") from None
    if at <= now and _WEEKDAY.match(text):
        at += timedelta(days=7)
    elif at <= now and _CLOCK.fullmatch(text):
        at += timedelta(days=1)
    if at <= now:
        raise Mistake("**until** must lie ahead, such as `until monday`, `until 2026-12-24` or `for 3 days`.")
    return at


def _unmute(text: str, now: datetime) -> Change:
    del now
    names = [part.lower() for part in re.split(r"[\s,]+", text) if part and part.lower() != "and"]
    if not names:
        raise Mistake("**rules** is missing: say which to take back by its number, or `all`.")
    if names == ["all"]:
        return Unmute()
    for name in names:
        if not re.fullmatch(r"[0-9]{1,6}|[a-z]", name) and name not in KINDS:
            raise Mistake(
                f"**rules**: {said(name)} is none. A rule has a number, or a letter; `all` takes back all."
            )
    return Unmute(names)


def _quiet(text: str, now: datetime) -> Change:
    del now
    if text.lower() in _OFF:
        return SetQuiet(None)
    found = _CLOCKS.fullmatch(text)
    if found is None:
        raise Mistake(
            "**quiet** must be hours with a time zone, such as `22:00-07:00 Europe/Berlin`, or `off`."
        )
    start, end = _minute(found[1], found[2]), _minute(found[3], found[4])
    if start == end:
        raise Mistake("**quiet** must end at another time than it begins; `off` ends quiet hours for good.")
    return SetQuiet(Quiet(start, end, _zone(found[5] or "UTC", text)))


def _minute(hour: str, minute: str | None) -> int:
    if int(hour) > 24 or int(minute or 0) > 59 or (int(hour) == 24 and int(minute or 0)):  # noqa: PLR2004 - of a clock.
        raise Mistake("**quiet** has no such time of the day: hours are 00:00 to 24:00.")
    return (int(hour) * 60 + int(minute or 0)) % (24 * 60)


def _zone(name: str, text: str) -> str:
    zones = {zone.casefold(): zone for zone in available_timezones()}
    zone = zones.get(name.casefold())
    if zone is None:
        cities = {each.rpartition("/")[2].casefold(): each for each in sorted(zones.values()) if "/" in each}
        near = [cities[name.casefold()]] if name.casefold() in cities else nearest(name, zones.values())
        meant = f"quiet {text.replace(name, near[0])}" if len(near) == 1 else ""
        raise Mistake(
            f"**time zone**: there is no {said(name)}. It is named as `Europe/Berlin` or `UTC`.", meant
        )
    return zone


def _batch(text: str, now: datetime) -> Change:
    del now
    if text.lower() in _OFF:
        return SetBatch(timedelta())
    try:
        batch = read_duration(text)
    except ValueError as error:
        raise Mistake(f"**batch** {error}, or `off`.") from None
    if not timedelta(minutes=1) <= batch <= LONGEST_BATCH:
        raise Mistake("**batch** must be between one minute and one day, such as `30m`.")
    return SetBatch(timedelta(minutes=batch // timedelta(minutes=1)))


def _channel(text: str, now: datetime) -> Change:
    del now
    bare = without_code_marks(text).removeprefix("#").removeprefix("**").removesuffix("**")
    name = bare.partition(">")[0].strip()
    if not name:
        raise Mistake("**channel** is missing: type `#` and pick one, or `own` for the STUF's own.")
    return SetChannel("" if name.lower() == "own" else name)


_READERS: Mapping[str, Callable[[str, datetime], Change]] = {
    "mute": _rule("mute"),
    "only": _rule("only"),
    "unmute": _unmute,
    "quiet": _quiet,
    "batch": _batch,
    "channel": _channel,
}
