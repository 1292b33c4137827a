"""What the commands of one person can refer to: the realm's people and channels, the STUFs that they may see."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stuf_bot.bus import Bus
from stuf_bot.chat.arguments import Known, said
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.places import Person

_MENTION = re.compile(r"@_?\*\*(?P<name>[^*|\n]+)?(?:\|(?P<id>[0-9]{1,12}))?\*\*")
_ID = re.compile(r"[0-9]{1,12}")


class Realm(Protocol):
    """What the arguments need of the directory."""

    def people(self) -> tuple[Person, ...]:
        """All accounts, bots and deactivated ones among them."""
        ...

    def public_channels(self) -> tuple[str, ...]:
        """The names of the channels that everybody may see."""
        ...


@dataclass(frozen=True, slots=True)
class KnownHere:
    """`Known` for what one person types now. `stufs` gives the slugs that they may see."""

    realm: Realm
    asker: Person
    now: datetime
    stufs: Callable[[], Sequence[str]]

    def person(self, text: str, *, gone: bool = False) -> Person:
        """One active person by mention, id, name or `me`; with `gone`, where none is met, one who has left.

        Raises Refusal, which names who cannot be meant.
        """
        people = self.realm.people()
        if text.casefold() == "me":
            return self.asker
        mention = _MENTION.fullmatch(text)
        number = (mention["id"] if mention else text) or ""
        if _ID.fullmatch(number):
            found = [person for person in people if person.user_id == int(number)]
        else:
            name = " ".join(((mention["name"] if mention else text) or "").casefold().split())
            found = [person for person in people if " ".join(person.name.casefold().split()) == name]
        active = [person for person in found if _can_be_meant(person)]
        left = [person for person in found if not person.is_active and not person.is_bot]
        return _one(active or (left if gone else []), found, text)

    def names(self, noun: str) -> Sequence[str]:
        """All names of a 'stuf', 'person' or 'channel' that this person may know of."""
        if noun == "stuf":
            return self.stufs()
        if noun == "channel":
            return self.realm.public_channels()
        return [person.name for person in self.realm.people() if _can_be_meant(person)]


def known_to(bus: Bus, realm: Realm) -> Callable[[Context], Known]:
    """Makes `Known` for a context; the STUFs come from the bus, under ('names', 'stuf')."""

    def known(ctx: Context) -> Known:
        return KnownHere(realm, ctx.person, ctx.now, lambda: bus.named_handler("names", "stuf")(ctx))

    return known


def _can_be_meant(person: Person) -> bool:
    return person.is_active and not person.is_bot


def _one(fit: Sequence[Person], found: Sequence[Person], text: str) -> Person:
    """The only one of those who fit. Raises Refusal that says why there is none, or that there are several."""
    if len(fit) == 1:
        return fit[0]
    if fit:
        many = "Two" if len(fit) == 2 else str(len(fit))  # noqa: PLR2004 - the usual number of namesakes.
        raise Refusal(
            "namesakes",
            f"{many} people are called {inline(fit[0].name)}: type `@` and pick one from the autocompletion.",
        )
    if found:
        what = "is a bot" if found[0].is_bot else "has a deactivated account"
        raise Refusal("no-such-person", f"{inline(found[0].name)} {what}, and cannot be named here.")
    raise Refusal("unknown-person", f"There is nobody called {said(text.strip('@_*'))}.")
