"""What a source says about an object: which one it is, how it stands, what is news about it."""

from dataclasses import dataclass

from stuf_bot.acts import Lane, Part
from stuf_bot.chat.outside import topic
from stuf_bot.relays.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Subject:
    """One object: it has one topic and one card.

    `key` names it for ever, such as `github:acme/stuf-x:pull:12`. `stuf` is the slug of its STUF, empty
    for the fleet. `label` is its stable id, first in the topic (`#12`, `ACME-4F`). `label` and `title` may be
    others' words: they are made safe here.
    """

    key: str
    stuf: str
    label: str
    title: str = ""

    @property
    def topic(self) -> str:
        """The name of a new topic for it."""
        return topic(f"{self.label} {self.title}")

    @property
    def label_key(self) -> str:
        """The label as it begins the topic, case folded: it stays when the title changes."""
        return topic(self.label).casefold()


@dataclass(frozen=True, slots=True)
class News:
    """Something worth a notification: a message of its own below the card.

    `key` names it among the news of its subject for ever: the same is said once. `text` is safe Markdown.
    `asks` are the Zulip ids of the people who are asked to act: they are mentioned aloud. What is `always`
    said no rule mutes. `files` go below the text, also where it waits; they show no outside words.
    """

    key: str
    text: str
    asks: tuple[int, ...] = ()
    always: bool = False
    files: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        """The card's key is no news's."""
        if self.key == "card":
            raise ValueError("news cannot be called 'card'")


@dataclass(frozen=True, slots=True)
class Relay:
    """An outside event, for the topic of its subject.

    `kind` is one of `kinds.KINDS`; with `status`, `branch`, `environment` and `actor` (a login) it is what
    rules look at; `actor_id` is the actor's Zulip id, where known. `own` says that the bot itself, or this
    project's account, did it. `card` is safe Markdown that shows the state now; empty: it stays as it is.
    `done` resolves or reopens the topic; None leaves it. Raises ValueError for an unknown kind.
    """

    subject: Subject
    kind: str
    status: str = ""
    branch: str = ""
    environment: str = ""
    actor: str = ""
    actor_id: int | None = None
    card: str = ""
    news: tuple[News, ...] = ()
    done: bool | None = None
    lane: Lane = Lane.REPOSITORY
    own: bool = False

    def __post_init__(self) -> None:
        """A kind that nobody can mute is a mistake of the source."""
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of relay")
