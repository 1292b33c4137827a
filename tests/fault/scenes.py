"""What people do in the busy hour: small scenes, each in a topic of its own and in direct messages.

A scene is a list of acts. `{slug}`, `{name}`, `{bot}` and the like are filled in for each time that it is
played. What has to be said is learned from a bot that nobody kills; `like` is what it has to say at
least, and `changing` marks answers that depend on what others did meanwhile: then `like` is all that counts.
"""

from dataclasses import dataclass
from typing import Literal

Where = Literal["topic", "direct"]
BLOCK = (
    "create\n```yaml\nname: {name}\nslug: {slug}\nregion: eu-west-1\n"
    "participants: ana@example.org +44 7700 900123\n```"
)


@dataclass(frozen=True)
class Say:
    """Write something. Without `wait` the next act follows at once."""

    text: str
    where: Where = "topic"
    like: tuple[str, ...] = ()
    wait: bool = True
    changing: bool = False


@dataclass(frozen=True)
class Edit:
    """Change the last message of one's own."""

    text: str
    like: tuple[str, ...] = ()
    wait: bool = True
    changing: bool = False


@dataclass(frozen=True)
class React:
    """Put an emoji on the newest message of the bot there that holds `on`."""

    on: str
    where: Where = "topic"
    emoji: str = "+1"
    like: tuple[str, ...] = ()
    wait: bool = True
    changing: bool = False


@dataclass(frozen=True)
class Rename:
    """Rename the topic, all of it."""

    like: tuple[str, ...] = ()
    wait: bool = True
    changing: bool = False


Act = Say | Edit | React | Rename

SCENES: dict[str, tuple[Act, ...]] = {
    "reading": (
        Say("{bot} help", like=("create",), changing=True),
        Say("{bot} status alpha", like=("alpha",), wait=False),
        Say("{bot} list", like=("alpha",), changing=True, wait=False),
        Say("{bot} status beta", like=("beta",)),
    ),
    "reading directly": (
        Say("status beta", "direct", like=("beta",), wait=False),
        Say("help", "direct", like=("create",), changing=True, wait=False),
        Say("status alpha", "direct", like=("alpha",)),
    ),
    "several in one": (
        Say("{bot} status alpha\nstatus beta\nlist", like=("alpha",), changing=True),
        Say("{bot} status beta\nnonsense here\nstatus alpha", like=("beta",)),
    ),
    "not meant": (
        Say("what does the bot say to this?"),
        Say("> {bot} status alpha\n\nthis is a quote"),
        Say("@_**STUF Bot** status alpha"),
        Say("{bot} status alpha", like=("alpha",)),
    ),
    "a typing error": (
        Say("{bot} statsu alpha", like=("status alpha",)),
        React("status alpha", like=("alpha",)),
        React("status alpha", emoji="heart"),
    ),
    "an edit": (
        Say("what about alpha?"),
        Edit("{bot} status alpha", like=("alpha",)),
        Edit("{bot} status alpha, please"),
        Say("{bot} status beta", like=("beta",)),
    ),
    "a renamed topic": (
        Say("{bot} status alpha", like=("alpha",)),
        Rename(),
        Say("{bot} status beta", like=("beta",)),
    ),
    "confirmed by word": (
        Say(BLOCK, "direct", like=("confirm", "{slug}")),
        Say("confirm", "direct", like=("{slug}",)),
        Say("test {slug}", "direct", like=("{slug}",)),
        Say("status {slug}", "direct", like=("{slug}",)),
    ),
    "confirmed by thumb": (
        Say(BLOCK, "direct", like=("confirm", "{slug}")),
        React("Plan", "direct", like=("{slug}",)),
        Say("abandon {slug}", "direct", like=("{slug}",)),
        React("Plan: remove", "direct", like=("{slug}",)),
    ),
    "confirmed by both": (
        Say(BLOCK, "direct", like=("confirm", "{slug}")),
        Say("confirm", "direct", like=("{slug}",)),
        React("Plan", "direct"),
    ),
    "cancelled": (
        Say(BLOCK, "direct", like=("confirm", "{slug}")),
        Say("cancel", "direct", like=("",)),
    ),
    "a form": (
        Say("create", "direct", like=("called",)),
        Say("{name}", "direct", like=("short name",)),
        Say("{slug}", "direct", like=("for",)),
        Say("skip", "direct", like=("",)),
        Say("back", "direct", like=("",)),
        Say("For the yearly audit.", "direct", like=("",)),
        Say("nowhere", "direct", like=("",)),
        Say("skip", "direct", like=("region",)),
        Say("skip", "direct", like=("Who may upload",)),
        Say("ana@example.org, +44 7700 900123", "direct", like=("channel",)),
        Say("skip all", "direct", like=("confirm",)),
        Say("confirm", "direct", like=("{slug}",)),
    ),
    "a form in a topic": (
        Say("{bot} create", like=("called",)),
        Say("{name}", like=("short name",), wait=False),
        Say("{slug}", like=("for",)),
        Say("cancel", like=("",)),
    ),
    "a form with a private question": (
        Say("{bot} create", like=("called",)),
        Say("{name}", like=("short name",)),
        Say("{slug}", like=("for",)),
        Say("skip", like=("",)),
        Say("skip", like=("region",)),
        Say("skip", like=("",)),
        Say("ana@example.org, +44 7700 900123", "direct", like=("",)),
        Say("skip all", like=("confirm",)),
        Say("cancel", like=("",)),
    ),
}
