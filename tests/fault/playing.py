"""Plays scenes as one person, and compares what the bot said with what it has to say."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest

from busy_realm import CHANNEL, BusyRealm
from scenes import SCENES, Act, Edit, React, Rename, Say

from sandbox.zulip.records import Message, User

PATIENCE = 60.0
_POLL = 0.02
_REWRITES = (
    (r"<time:[^>]*>", "<time>"),
    (r"took [^·\n]*", "took so long"),
    (r"(op-|(provision|test|abandon) ~ )[a-z0-9]{6}", "an operation"),
    (r"/near/\d+", "/near/n"),
    (r"\d+", "0"),
)


@dataclass(frozen=True)
class Due:
    """One message that has to come: its normal form, or, where that may change, what it holds."""

    text: str | None
    like: tuple[str, ...]

    def fits(self, normal: str) -> bool:
        """Whether a message is this one."""
        return normal == self.text if self.text is not None else all(part in normal for part in self.like)


Where = str
Answers = dict[Where, list[Due]]
Learned = dict[str, list[Answers]]


@dataclass
class Play:
    """One playing of a scene by one person."""

    realm: BusyRealm
    user: User
    scene: str
    number: int
    due: dict[Where, list[Due]] = field(default_factory=dict)
    since: int = 0

    def __post_init__(self) -> None:
        self.slug = f"audit-{self.user.id}-{self.number}"
        self.name = f"Yearly audit {self.user.id} {self.number}"
        self.topic = f"{self.scene} {self.user.id} {self.number}"
        self._mine = 0

    def fill(self, text: str) -> str:
        """The text with this play's names in it."""
        named = {"{bot}": "@**STUF Bot**", "{slug}": self.slug, "{name}": self.name}
        for mark, value in named.items():
            text = text.replace(mark, value)
        return text

    def normal(self, text: str) -> str:
        """A message without what differs from one playing to the next."""
        for value in (self.topic, self.slug, self.name, self.user.full_name):
            text = text.replace(value, "~")
        for pattern, instead in _REWRITES:
            text = re.sub(pattern, instead, text)
        return text

    def messages(self, where: Where) -> list[Message]:
        """What the bot said in one of the three places of this play."""
        if where == "direct":
            people = {self.realm.bot, self.user.id}
            return self.realm.said(
                lambda one: one.channel_id is None and set(one.people) == people and one.id > self.since
            )
        if where == "topic":
            general = self.realm.channel_id(CHANNEL)
            return self.realm.said(lambda one: one.channel_id == general and one.topic == self.topic)
        channel = self.realm.channel_id(f"stuf-{self.slug}")
        return self.realm.said(lambda one: bool(channel) and one.channel_id == channel)

    def do(self, act: Act) -> None:
        """Act as the person."""
        if isinstance(act, Say):
            to = {"type": "direct", "to": f"[{self.realm.bot}]"}
            if act.where == "topic":
                to = {"type": "stream", "to": CHANNEL, "topic": self.topic}
            told = self.realm.call(self.user, "POST", "messages", content=self.fill(act.text), **to)
            self._mine = int(told["id"])
        elif isinstance(act, Edit):
            self.realm.call(self.user, "PATCH", f"messages/{self._mine}", content=self.fill(act.text))
        elif isinstance(act, Rename):
            topic = f"{self.topic} anew"
            self.realm.call(
                self.user, "PATCH", f"messages/{self._mine}", topic=topic, propagate_mode="change_all"
            )
            self.topic = topic
        elif isinstance(act, React):
            shown = [one for one in self.messages(act.where) if act.on in one.content]
            path = f"messages/{shown[-1].id}/reactions"
            self.realm.call(self.user, "POST", path, emoji_name=act.emoji)

    def wait(self, calm: threading.Event) -> None:
        """Until all has come that is due by now. Raises AssertionError where it does not, long after it is calm."""
        waited = 0.0
        while any(len(self.messages(where)) < len(due) for where, due in self.due.items()):
            if waited > PATIENCE:
                raise AssertionError("\n".join(["something is missing", *self.differences()]))
            time.sleep(_POLL)
            waited += _POLL if calm.is_set() else 0.0

    def expect(self, answers: Answers) -> None:
        """From now on these are due, too."""
        for where, due in answers.items():
            self.due.setdefault(where, []).extend(due)

    def differences(self, until: int | None = None) -> list[str]:
        """What was said and not due, or due and not said, or in another order."""
        found = []
        for where in ("topic", "direct", "stuf"):
            said = [
                one for one in self.messages(where) if until is None or one.id <= until or where != "direct"
            ]
            due = self.due.get(where, [])
            for number, (message, wanted) in enumerate(zip_longest(said, due)):
                if message is None or wanted is None or not wanted.fits(self.normal(message.content)):
                    text = self.normal(message.content) if message else "nothing"
                    found.append(
                        f"{self.scene} of {self.user.full_name}, {where}, message {number + 1}:\n"
                        f"  said: {text!r}\n  due:  {wanted!r}"
                    )
        return found


def learn(realm: BusyRealm, user: User, quiet: Callable[[], None]) -> Learned:
    """Play every scene once with a bot that lives, and note what it answers to each act."""
    learned: Learned = {}
    for number, (scene, acts) in enumerate(SCENES.items()):
        play = Play(realm, user, scene, number, since=max(realm.world.messages, default=0))
        learned[scene] = [_learn(play, act, quiet) for act in acts]
    return learned


def _learn(play: Play, act: Act, quiet: Callable[[], None]) -> Answers:
    before = {where: len(play.messages(where)) for where in ("topic", "direct", "stuf")}
    play.do(act)
    if act.like:
        place = act.where if isinstance(act, Say | React) else "topic"
        end = time.monotonic() + PATIENCE
        while len(play.messages(place)) == before[place]:
            assert time.monotonic() < end, f"{play.scene}: no answer to {act}"
            time.sleep(_POLL)
    else:
        time.sleep(0.4)
    quiet()
    answers: Answers = {}
    for where, count in before.items():
        normals = [play.normal(one.content) for one in play.messages(where)[count:]]
        likes = tuple(play.normal(play.fill(part)) for part in act.like)
        assert not normals or where != "topic" or all(part in "\n".join(normals) for part in likes), normals
        answers[where] = [
            Due(None if act.changing else text, tuple(part for part in likes if part in text))
            for text in normals
        ]
    return answers


class Person(threading.Thread):
    """Somebody who plays one scene after another until the hour is over."""

    def __init__(
        self,
        realm: BusyRealm,
        user: User,
        learned: Learned,
        scenes: Callable[[], str | None],
        calm: threading.Event,
    ) -> None:
        super().__init__(name=user.full_name, daemon=True)
        self._realm, self._user, self._learned, self._scenes = realm, user, learned, scenes
        self._calm = calm
        self.plays: list[Play] = []
        self.ends: list[int] = []
        self.inputs = 0
        self.problem = ""

    def run(self) -> None:
        """Play."""
        try:
            while scene := self._scenes():
                self._play(scene)
        except Exception as error:  # noqa: BLE001 - told by the test, in its own thread.
            self.problem = f"{self.name}: {type(error).__name__}: {error}"

    def _play(self, scene: str) -> None:
        # Numbers go on where the reference ended.
        number = len(SCENES) + len(self.plays)
        shown = [one.id for one in self._directs()]
        play = Play(self._realm, self._user, scene, number, since=max(shown, default=0))
        self.plays.append(play)
        for act, answers in zip(SCENES[scene], self._learned[scene], strict=True):
            play.do(act)
            self.inputs += 1
            play.expect(answers)
            if act.wait:
                play.wait(self._calm)
        play.wait(self._calm)

    def _directs(self) -> list[Message]:
        people = {self._realm.bot, self._user.id}
        return self._realm.said(lambda one: one.channel_id is None and set(one.people) == people)

    def differences(self) -> list[str]:
        """Over all plays; what came late counts, too."""
        found = []
        for play, following in zip_longest(self.plays, self.plays[1:]):
            found += play.differences(following.since if following else None)
        return found
