"""What the bot said since the conversation began, as its listeners heard it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from stuf_bot.play.script import Where

RESOLVED = "✔ "


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of the bot as it reads now; `place` names a direct conversation by the person in it."""

    message_id: int
    place: Where
    content: str

    def at(self, where: Where) -> bool:
        """Whether it stands at `where`; a topic that was marked as done is still the same topic."""
        if where.person or self.place.person:
            return where.person == self.place.person
        topic = self.place.topic.removeprefix(RESOLVED)
        return self.place.channel == where.channel and where.topic in ("", topic)


class Heard:
    """Collects messages and their edits from all listeners; every message counts once."""

    def __init__(self, now: Callable[[], float] = time.monotonic, look_seconds: float = 2.0) -> None:
        self.now = now
        self._look_seconds = look_seconds
        self._changed = threading.Condition()
        self._messages: dict[int, Utterance] = {}
        self._consumed: set[int] = set()
        self._forbidden: list[tuple[str, bool]] = []
        self._broken: list[str] = []

    def message(self, utterance: Utterance) -> None:
        """Take note of a message, new or as it reads now."""
        with self._changed:
            if self._messages.get(utterance.message_id) == utterance:
                return
            self._messages[utterance.message_id] = utterance
            self._check(utterance)
            self._changed.notify_all()

    def edit(self, message_ids: list[int], *, content: tuple[int, str] | None, topic: str | None) -> None:
        """Take note of a changed text (message id, text), and of messages that moved to `topic`."""
        with self._changed:
            for message_id in message_ids:
                known = self._messages.get(message_id)
                if known and topic is not None:
                    self._messages[message_id] = replace(known, place=replace(known.place, topic=topic))
            if content and (known := self._messages.get(content[0])):
                self._messages[content[0]] = replace(known, content=content[1])
                self._check(self._messages[content[0]])
            self._changed.notify_all()

    def forbid(self, text: str, *, in_channels: bool) -> None:
        """From now on nothing of the bot may contain `text`; what was said before is looked at, too."""
        with self._changed:
            self._forbidden.append((text, in_channels))
            for utterance in self._messages.values():
                self._check(utterance)

    @property
    def broken(self) -> list[str]:
        """What was said although it was forbidden."""
        with self._changed:
            return list(self._broken)

    def find(
        self,
        where: Where,
        met: Callable[[str], bool],
        seconds: float,
        *,
        shows: bool,
        look: Callable[[], None],
    ) -> Utterance | None:
        """The first message at `where` that is `met`, waiting up to `seconds` for it; else None.

        A message is an answer once only; with `shows`, it may have been met before, and every
        later version of it counts. `look` is called when a while passed without anything new.
        """
        until = self.now() + seconds
        while True:
            with self._changed:
                for utterance in self._candidates(where, shows=shows):
                    if met(utterance.content):
                        self._take(utterance, shows=shows)
                        return utterance
                left = until - self.now()
                if left <= 0:
                    return None
                heard = self._changed.wait(min(self._look_seconds, left))
            if not heard:
                look()

    def lately(self, where: Where) -> list[str]:
        """What stands at `where` and answered nothing yet, oldest first; else what reads so there, or elsewhere."""
        with self._changed:
            fresh = [utterance.content for utterance in self._candidates(where, shows=False)]
            here = [f"(met before, reads now) {u.content}" for u in self._candidates(where, shows=True)]
            elsewhere = [f"({u.place}) {u.content}" for u in self._messages.values() if not u.at(where)]
            return fresh or here[-1:] or elsewhere[-2:]

    def _candidates(self, where: Where, *, shows: bool) -> Iterator[Utterance]:
        for message_id in sorted(self._messages):
            utterance = self._messages[message_id]
            if utterance.at(where) and (shows or message_id not in self._consumed):
                yield utterance

    def _take(self, utterance: Utterance, *, shows: bool) -> None:
        if not shows:
            # Answers are met in order: what was passed over on the way does not answer anything later.
            self._consumed |= {
                u.message_id
                for u in self._messages.values()
                if u.message_id <= utterance.message_id and u.at(utterance.place)
            }

    def _check(self, utterance: Utterance) -> None:
        for text, in_channels in self._forbidden:
            if text in utterance.content and not (in_channels and utterance.place.person):
                note = f"the bot wrote {text!r} in {utterance.place}"
                if note not in self._broken:
                    self._broken.append(note)
