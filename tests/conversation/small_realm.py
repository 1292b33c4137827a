"""A small realm for what commands refer to."""

from datetime import UTC, datetime
from typing import ClassVar

from stuf_bot.chat.known import KnownHere
from stuf_bot.places import Person

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
"""A Monday."""

ANA, ANOTHER_ANA, LEA, BOB = 21, 22, 23, 24


class Realm:
    """Two people are called Ana Lopez; Lea Marlow's namesake has left; Robo is a bot."""

    accounts: ClassVar = (
        Person(9, "Tess Architect"),
        Person(ANA, "Ana Lopez"),
        Person(ANOTHER_ANA, "Ana Lopez"),
        Person(LEA, "Lea Marlow"),
        Person(25, "Lea Marlow", is_active=False),
        Person(BOB, "Bob O'Neill"),
        Person(26, "Gone Person", is_active=False),
        Person(27, "Robo", is_bot=True),
    )

    def people(self) -> tuple[Person, ...]:
        return self.accounts

    def public_channels(self) -> tuple[str, ...]:
        return ("general", "STUF news")


STUFS = ("acme-audit", "beta-1", "beta-2")
HERE = KnownHere(Realm(), Realm.accounts[0], NOW, lambda: STUFS)
"""What Tess can refer to."""
