"""What happens to an act that Zulip refuses for good: whoever asked hears of it, or the administrators."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from stuf_bot.acts import Act, Card, ChangeChannel, Edit, EnsureChannel, Post, React, ResolveTopic
from stuf_bot.chat import outside
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outbox import AnyAct
from stuf_bot.chat.zulip_calls import Rejected, ZulipError
from stuf_bot.places import Direct, Topic, conversation

TOPIC = "STUF Bot"
INTERNAL = "INTERNAL"
"""The code of a fault of the program itself, not of Zulip's."""
NOT_POSTED = "NOT_POSTED"
"""The code where an act is about a message that was never sent; of that message it has been told."""

REFUSED = "I could not {what}: {reason}. {hint}"
FAULT = "that went wrong on my side, and the log has the details"
ONCE = "*(I say this once a day.)*"
UNREACHABLE = "Zulip does not deliver to that account"

_POST = "post in {place}"
_POST_HINT = "Please see that the channel is there, not archived, and that I may post in it; then ask again."
_WRITE = "write to {people}"
_WRITE_HINT = "The account may be deactivated: please tell them another way."
_EDIT = "change a message of mine"
_EDIT_HINT = "That message may be out of date; ask me again."
_REACT = "react to a message"
_REACT_HINT = "It may have been deleted or moved; nothing else depends on it."
_ENSURE = "make the channel {place}, or subscribe people to it"
_ENSURE_HINT = "Please make it under that name and add me to it, or let me make channels; then ask again."
_CHANGE = "change the channel {place}"
_ARCHIVE = "archive the channel {place}"
_CHANGE_HINT = "It takes an administrator of Zulip: please do it in the channel's settings, or make me one."
_RESOLVE = "mark the topic of a message of mine as {state}"
_RESOLVE_HINT = "Please mark it by hand, or let members of Zulip edit topics."


@dataclass(frozen=True, slots=True)
class Undone:
    """An act that will never be done, and why; `asker` and `cause` as in its row of the outbox."""

    act: AnyAct
    error: Rejected
    asker: int | None
    cause: str
    at: datetime
    directory: Directory


OnRejected = Callable[[Undone], Iterable[Act]]


def tell_in(channel: str) -> OnRejected:
    """For the sender: tells who asked, in a direct message, once for what they asked.

    Where nobody asked, or just they cannot be reached, it tells the people in `channel`, once a day for
    each place.
    """
    home = Topic(channel=channel, topic=TOPIC)

    def told(undone: Undone) -> Iterable[Act]:
        said = _said(undone)
        if said is None:
            return ()
        to = getattr(undone.act, "to", None)
        if undone.asker is not None and to != Direct(user_ids=(undone.asker,)):
            asker = Direct(user_ids=(undone.asker,))
            return (Post(to=asker, content=said, key=f"refused:{undone.cause}", folds=False),)
        if isinstance(to, Topic) and _name(undone, to.channel) == channel:
            # Nobody is left to tell but the log.
            return ()
        what = conversation(to) if to else f"{undone.act.kind}:{_subject(undone.act)}"
        key = f"refused:{what}:{undone.error.code}:{undone.at.date()}"
        return (Post(to=home, content=f"{said} {ONCE}", key=key, folds=False),)

    return told


def _said(undone: Undone) -> str | None:
    act, error = undone.act, undone.error
    reason = f"Zulip says {outside.inline(error.message)}"
    if error.code == NOT_POSTED:
        return None
    if isinstance(act, Post | Card):
        what, hint = _place(undone, act.to)
        # Zulip's reason names the account's e-mail address.
        reason = UNREACHABLE if isinstance(act.to, Direct) else reason
    elif isinstance(act, Edit):
        what, hint = _EDIT, _EDIT_HINT
    elif isinstance(act, React):
        what, hint = _REACT, _REACT_HINT
    elif isinstance(act, EnsureChannel):
        what, hint = _ENSURE.format(place=outside.inline(f"#{act.name}")), _ENSURE_HINT
    elif isinstance(act, ChangeChannel):
        place = outside.inline(f"#{_name(undone, act.channel)}")
        what, hint = (_ARCHIVE if act.archive else _CHANGE).format(place=place), _CHANGE_HINT
    elif isinstance(act, ResolveTopic):
        what, hint = _RESOLVE.format(state="done" if act.done else "not done"), _RESOLVE_HINT
    else:
        return None
    if error.code == INTERNAL:
        reason = FAULT
    return REFUSED.format(what=what, reason=reason, hint=hint)


def _place(undone: Undone, to: Topic | Direct) -> tuple[str, str]:
    if isinstance(to, Direct):
        return _WRITE.format(people=_people(undone, to)), _WRITE_HINT
    place = outside.inline(f"#{_name(undone, to.channel)} > {to.topic}")
    return _POST.format(place=place), _POST_HINT


def _name(undone: Undone, channel: int | str) -> str:
    if isinstance(channel, str):
        return channel
    return undone.directory.channel_name(channel) or f"channel {channel}"


def _people(undone: Undone, to: Direct) -> str:
    names = []
    for user_id in to.user_ids:
        try:
            person = undone.directory.person(user_id)
        except ZulipError:
            person = None
        names.append(person.silent_mention if person else f"user {user_id}")
    return ", ".join(names)


def _subject(act: AnyAct) -> str:
    return str(getattr(act, "key", None) or getattr(act, "name", None) or getattr(act, "message_id", ""))
