"""How each kind of act is done in Zulip. Every one may be begun again after a crash."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from stuf_bot.acts import Card, ChangeChannel, Choice, Edit, EnsureChannel, Part, Post, React, ResolveTopic
from stuf_bot.chat.content import fingerprint, fit_content
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.files import Draw, Uploaded, content_of, fitted, linked, upload_name
from stuf_bot.chat.lookup import Lookup, Wanted
from stuf_bot.chat.outbox import AnyAct, Forward
from stuf_bot.chat.refused import NOT_POSTED
from stuf_bot.chat.zulip_api import Rejected, ZulipApi
from stuf_bot.places import Direct, Topic

Json = dict[str, Any]

_RESOLVED = "✔ "
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

    `known` is the message of the card or topic it is about. `mark` is the newest message there was when
    it was put. `uploaded` is what became of its files so far, and `keep` stores that before the message
    is sent, so that its text stays the same. `place` is the topic that it concerns, where that is known.
    """

    act: AnyAct
    mark: int
    created_at: datetime
    known: Message | None
    anew: bool
    uploaded: tuple[Uploaded, ...]
    keep: Callable[[Sequence[Uploaded]], None]
    place: Topic | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it: a new message of ours, the fingerprint of what it says.

    `channel_id` is that of a channel that now exists.
    """

    message_id: int | None = None
    content_hash: str | None = None
    channel_id: int | None = None


class Delivery:
    """Does acts. Each may raise a `ZulipError`; `claimed` tells whose messages are known already.

    `draws` are the functions that draw pictures, by the names that drawings call them.
    """

    def __init__(
        self,
        api: ZulipApi,
        directory: Directory,
        claimed: Callable[[Sequence[int]], set[int]],
        draws: Mapping[str, Draw],
    ) -> None:
        self._api = api
        self._directory = directory
        self._draws = draws
        self._lookup = Lookup(api, claimed)

    def find(self, job: Job, *, now: bool) -> Done | None:
        """What became of it where an earlier try may have reached Zulip; None where it did not.

        A message of ours that says the same, is newer than the mark and is claimed by nobody is taken for
        this one. With `now` the try was a moment ago, else before this start. What may simply be done once
        more is not looked for. Raises `ZulipError`s.
        """
        act = job.act
        if isinstance(act, Post):
            content = linked(fitted(act), job.uploaded)
        elif isinstance(act, Card) and (job.known is None or job.anew):
            content = fit_content(act.content)
        else:
            return None
        me = self._directory.me.user_id
        wanted = Wanted(self._where(job, act), content, sender=me, mark=job.mark, since=job.created_at)
        found = self._lookup.now(wanted) if now else self._lookup.of_before(wanted)
        return None if found is None else Done(found, fingerprint(content))

    def deliver(self, job: Job, now: datetime) -> Done:
        """Do it. Raises TooOld, and `ZulipError`s."""
        act = job.act
        if isinstance(act, Post):
            return self._post(job, act)
        if isinstance(act, Card):
            return self._card(job, act, now)
        if isinstance(act, Edit):
            return self._edit(job, act)
        if isinstance(act, React):
            self._react(act)
        elif isinstance(act, EnsureChannel):
            return Done(channel_id=self._ensure(act))
        elif isinstance(act, ChangeChannel):
            self._change(act)
        elif isinstance(act, ResolveTopic):
            self._resolve(job, act)
        else:
            self._forward(act)
        return Done()

    def _post(self, job: Job, given: Post) -> Done:
        post = fitted(given)
        place = self._where(job, post)
        uploaded = list(job.uploaded)
        for part in post.files[len(uploaded) :]:
            uploaded.append(self._uploaded(part))
            job.keep(uploaded)
        return self._send(place, linked(post, uploaded), post.choices)

    def _uploaded(self, part: Part) -> Uploaded:
        content = content_of(part, self._draws)
        if content is None:
            return Uploaded(undrawn=True)
        try:
            return Uploaded(path=self._api.upload(upload_name(part.name), content))
        except Rejected as error:
            # The text is worth more than its file, and says that it is missing.
            return Uploaded(refused=error.message)

    def _send(self, place: Topic | Direct, content: str, choices: Sequence[Choice] = ()) -> Done:
        return Done(self._api.send(place, content, choices), fingerprint(content))

    def _card(self, job: Job, card: Card, now: datetime) -> Done:
        content = fit_content(card.content)
        if job.known is None or job.anew:
            return self._send(self._where(job, card), content)
        limit = self._directory.edit_limit_seconds
        if card.anew and nears_edit_limit(job.known.posted_at, now, limit):
            # While the old card can still be edited, so that it points to the new one.
            raise TooOld
        if job.known.content_hash == fingerprint(content):
            return Done()
        if limit is not None and now - job.known.posted_at >= timedelta(seconds=limit):
            if not card.anew:
                return Done()
            raise TooOld
        try:
            self._api.edit(job.known.message_id, content)
        except Rejected as error:
            if not card.anew:
                return Done()
            # The limit has passed, the message is deleted, editing is off: a new card serves them all.
            raise TooOld from error
        return Done(content_hash=fingerprint(content))

    def _edit(self, job: Job, act: Edit) -> Done:
        content = fit_content(act.content)
        if job.known is not None and job.known.content_hash == fingerprint(content):
            return Done()
        if job.known is None:
            if act.needed:
                raise Rejected(NOT_POSTED, "there is no message of its own to edit")
            return Done()
        try:
            self._api.edit(job.known.message_id, content)
        except Rejected:
            if act.needed:
                raise
            return Done()
        return Done(content_hash=fingerprint(content))

    def _where(self, job: Job, act: Post | Card) -> Topic | Direct:
        """The place of an act; beside a message, or an older card, the topic in which that stands now."""
        beside = act.beside if isinstance(act, Post) else job.known.message_id if job.known else None
        if beside is None or isinstance(act.to, Direct):
            return self._place(act.to)
        try:
            message = self._api.message(beside)
        except Rejected:
            # Somebody deleted it, or moved it where the bot cannot see it.
            return self._place(act.to)
        return self._place(Topic(channel=int(message["stream_id"]), topic=str(message["subject"])))

    def _place(self, to: Topic | Direct) -> Topic | Direct:
        """The place by channel id, with the bot there to hear reactions. Raises Rejected where there is none.

        A name that nobody knows is never sent to: Zulip would write to the bot's owner.
        """
        if isinstance(to, Direct):
            return to
        number = self._channel_id(to.channel)
        if not self._directory.is_subscribed(number):
            name = self._directory.channel_name(number)
            if name is None:
                raise Rejected("STREAM_DOES_NOT_EXIST", "the channel is unknown")
            self._api.subscribe(name)
            self._directory.note_channel(number, name, subscribed=True)
        return Topic(channel=number, topic=to.topic)

    def _channel_id(self, channel: int | str) -> int:
        number = channel if isinstance(channel, int) else self._directory.channel_id(channel)
        if number is None:
            number = self._api.channel_id(str(channel))
            self._directory.note_channel(number, str(channel), subscribed=False)
        return number

    def _react(self, act: React) -> None:
        call = self._api.unreact if act.remove else self._api.react
        try:
            call(act.message_id, act.emoji_name)
        except Rejected as error:
            if error.code != ("REACTION_DOES_NOT_EXIST" if act.remove else "REACTION_ALREADY_EXISTS"):
                raise

    def _ensure(self, act: EnsureChannel) -> int:
        people = [self._directory.person(user_id) for user_id in act.subscribers]
        there = [person.user_id for person in people if person and person.is_active]
        user_ids = sorted({self._directory.me.user_id, *there})
        self._api.subscribe(act.name, description=act.description, user_ids=user_ids, private=act.private)
        number = self._api.channel_id(act.name)
        self._directory.note_channel(number, act.name, subscribed=True)
        return number

    def _change(self, act: ChangeChannel) -> None:
        number = self._channel_id(act.channel)
        if act.name is not None or act.description is not None:
            self._api.change_channel(number, name=act.name, description=act.description)
        if act.archive and self._directory.channel_name(number) is not None:
            self._api.archive_channel(number)

    def _resolve(self, job: Job, act: ResolveTopic) -> None:
        if job.known is None:
            raise Rejected(NOT_POSTED, "there is no message whose topic could be resolved")
        try:
            message = self._api.message(job.known.message_id)
        except Rejected:
            # Somebody deleted it, or moved it where the bot cannot see it.
            found = self._left_in(job.place)
            if found is None:
                return
            message = found
        topic = str(message["subject"])
        bare = topic.removeprefix(_RESOLVED)
        wanted = _RESOLVED + bare if act.done else bare
        if wanted != topic:
            self._api.move_topic(int(message["id"]), wanted)

    def _left_in(self, place: Topic | None) -> Json | None:
        """The newest message of a topic, resolved or not."""
        if place is None:
            return None
        for topic in (place.topic, _RESOLVED + place.topic):
            narrow: list[Json] = [
                {"operator": "channel", "operand": place.channel},
                {"operator": "topic", "operand": topic},
            ]
            page, _ = self._api.messages("newest", before=1, narrow=narrow)
            if page:
                return page[-1]
        return None

    def _forward(self, act: Forward) -> None:
        try:
            self._api.edit(act.message_id, act.content)
        except Rejected:
            # Where the old card can no longer be edited it stays as it is.
            return


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
