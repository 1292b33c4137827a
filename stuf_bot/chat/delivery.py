"""How each kind of act is done in Zulip. Every one may be begun again after a crash."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from stuf_bot.acts import Card, Choice, EnsureChannel, Post, React, ResolveTopic
from stuf_bot.chat.content import fingerprint, fit_content
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outbox import AnyAct, Forward
from stuf_bot.chat.zulip_api import Rejected, ZulipApi
from stuf_bot.places import Direct, Topic

Json = dict[str, Any]

_RESOLVED = "✔ "
_PAGE = 200
_PAGES = 25
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST_MARGIN = timedelta(minutes=2)


class TooOld(Exception):  # noqa: N818 - it says what happened.
    """The card's message can no longer be edited, or soon cannot: it needs a new one."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of ours, as the database knows it."""

    message_id: int
    content_hash: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the outbox, ready to be done.

    `known` is the message of the card or topic it is about. `unsure` is true where an earlier
    try may have reached Zulip; then a message of ours that says the same, is newer than `mark`
    and is claimed by nobody is taken for this one.
    """

    act: AnyAct
    mark: int
    created_at: datetime
    known: Message | None
    anew: bool
    unsure: bool


class Delivery:
    """Does acts. Each may raise a `ZulipError`; `claimed` tells whose messages are known already."""

    def __init__(
        self, api: ZulipApi, directory: Directory, claimed: Callable[[Sequence[int]], set[int]]
    ) -> None:
        self._api = api
        self._directory = directory
        self._claimed = claimed

    def deliver(self, job: Job, now: datetime) -> int | None:
        """Do it; gives the id of a message that is new. Raises TooOld, and `ZulipError`s."""
        act = job.act
        if isinstance(act, Post):
            return self._post(job, act, act.choices)
        if isinstance(act, Card):
            return self._card(job, act, now)
        if isinstance(act, React):
            self._quietly(
                {"REACTION_ALREADY_EXISTS"}, lambda: self._api.react(act.message_id, act.emoji_name)
            )
        elif isinstance(act, EnsureChannel):
            self._ensure(act)
        elif isinstance(act, ResolveTopic):
            self._resolve(job, act)
        else:
            self._forward(act)
        return None

    def _post(self, job: Job, act: Post | Card, choices: Sequence[Choice] = ()) -> int:
        place = self._place(act.to)
        content = fit_content(act.content)
        if job.unsure:
            found = self._find(job, place, content)
            if found is not None:
                return found
        return self._api.send(place, content, choices)

    def _card(self, job: Job, card: Card, now: datetime) -> int | None:
        if job.known is None or job.anew:
            return self._post(job, card)
        content = fit_content(card.content)
        limit = self._directory.edit_limit_seconds
        if nears_edit_limit(job.known.posted_at, now, limit):
            # While the old card can still be edited, so that it points to the new one.
            raise TooOld
        if job.known.content_hash == fingerprint(content):
            return None
        if limit is not None and now - job.known.posted_at >= timedelta(seconds=limit):
            raise TooOld
        try:
            self._api.edit(job.known.message_id, content)
        except Rejected as error:
            # The limit has passed, the message is deleted, editing is off: a new card serves them all.
            raise TooOld from error
        return None

    def _place(self, to: Topic | Direct) -> Topic | Direct:
        """The place by channel id, with the bot there to hear reactions. Raises Rejected where there is none.

        A name that nobody knows is never sent to: Zulip would write to the bot's owner.
        """
        if isinstance(to, Direct):
            return to
        number = to.channel if isinstance(to.channel, int) else self._directory.channel_id(to.channel)
        if number is None:
            number = self._api.channel_id(str(to.channel))
            self._directory.note_channel(number, str(to.channel), subscribed=False)
        if not self._directory.is_subscribed(number):
            name = self._directory.channel_name(number)
            if name is None:
                raise Rejected("STREAM_DOES_NOT_EXIST", "the channel is unknown")
            self._api.subscribe(name)
            self._directory.note_channel(number, name, subscribed=True)
        return Topic(channel=number, topic=to.topic)

    def _find(self, job: Job, place: Topic | Direct, content: str) -> int | None:
        wanted = fingerprint(content)
        anchor: int | str = job.mark
        for _ in range(_PAGES):
            if job.mark:
                page, newest = self._api.messages(anchor, after=_PAGE, narrow=self._narrow(place))
            else:
                page, newest = self._api.messages("newest", before=_PAGE, narrow=self._narrow(place))[0], True
            same = [
                message
                for message in page
                if fingerprint(str(message["content"])) == wanted
                and _is_in(message, place)
                and (job.mark or message["timestamp"] >= (job.created_at - _CLOCKS_DIFFER).timestamp())
            ]
            claimed = self._claimed([int(message["id"]) for message in same])
            free = [int(message["id"]) for message in same if int(message["id"]) not in claimed]
            if free:
                return free[0]
            if newest or not page:
                return None
            anchor = int(page[-1]["id"])
        return None

    def _narrow(self, place: Topic | Direct) -> list[Json]:
        # By channel, not topic: somebody may have renamed or resolved the topic meanwhile.
        where = (
            {"operator": "dm", "operand": list(place.user_ids)}
            if isinstance(place, Direct)
            else {"operator": "channel", "operand": place.channel}
        )
        return [where, {"operator": "sender", "operand": self._directory.me.user_id}]

    def _ensure(self, act: EnsureChannel) -> None:
        people = [self._directory.person(user_id) for user_id in act.subscribers]
        there = [person.user_id for person in people if person and person.is_active]
        user_ids = sorted({self._directory.me.user_id, *there})
        self._api.subscribe(act.name, description=act.description, user_ids=user_ids, private=act.private)
        self._directory.note_channel(self._api.channel_id(act.name), act.name, subscribed=True)

    def _resolve(self, job: Job, act: ResolveTopic) -> None:
        if job.known is None:
            raise Rejected("NOT_POSTED", "there is no message whose topic could be resolved")
        topic = str(self._api.message(job.known.message_id)["subject"])
        plain = topic.removeprefix(_RESOLVED)
        wanted = _RESOLVED + plain if act.done else plain
        if wanted != topic:
            self._api.move_topic(job.known.message_id, wanted)

    def _forward(self, act: Forward) -> None:
        # Where the old card can no longer be edited it stays as it is.
        self._quietly(None, lambda: self._api.edit(act.message_id, act.content))

    def _quietly(self, codes: set[str] | None, call: Callable[[], None]) -> None:
        try:
            call()
        except Rejected as error:
            if codes is not None and error.code not in codes:
                raise


def _is_in(message: Json, place: Topic | Direct) -> bool:
    if isinstance(place, Direct):
        return True
    topics = {str(message.get("subject", ""))}
    topics |= {str(edit["prev_topic"]) for edit in message.get("edit_history", ()) if "prev_topic" in edit}
    plain = place.topic.removeprefix(_RESOLVED).casefold()
    return plain in {topic.removeprefix(_RESOLVED).casefold() for topic in topics}


def nears_edit_limit(posted_at: datetime, now: datetime, limit: int | None) -> bool:
    """Whether a message can be edited for a short while only; `limit` in seconds, None: for ever."""
    if limit is None:
        return False
    allowed = timedelta(seconds=limit)
    return allowed - min(_LONGEST_MARGIN, allowed / 4) < now - posted_at < allowed


def forward_to(card: Card, message_id: int) -> str:
    """What an old card says once there is a new one."""
    link = "below"
    if isinstance(card.to, Topic) and isinstance(card.to.channel, int):
        topic = quote(card.to.topic, safe="").replace(".", "%2E").replace("%", ".")
        link = f"[here](#narrow/channel/{card.to.channel}/topic/{topic}/near/{message_id})"
    return f"*This has moved: what holds now is {link}.*"
