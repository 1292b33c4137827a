"""Who has to say yes before something is done: by what it does, and to which STUF."""

from collections.abc import Mapping
from enum import StrEnum

from stuf_bot.messages import Effect


class Way(StrEnum):
    """How a plan is confirmed. The values are what an administrator writes in bot.conf."""

    NONE = "none"
    """Not at all: it is done at once."""

    SELF = "self"
    """By who asked, with a word or a reaction."""

    TYPED = "typed"
    """By who asked, who types the STUF's slug."""

    TWO_PEOPLE = "two-people"
    """By somebody else who might have asked as well, with a word or a reaction."""

    CODE = "code"
    """By who asked, with a one-time code in a direct message."""


DEFAULTS: Mapping[Effect, Way] = {
    Effect.CHANGES: Way.NONE,
    Effect.COSTS: Way.SELF,
    Effect.DESTROYS: Way.SELF,
}


class Policy:
    """The ways that the configuration asks for.

    `general` holds for everything; what it leaves out has its default. `stufs` gives the ways of single
    STUFs by slug; what one leaves out follows `general`.
    """

    def __init__(
        self,
        general: Mapping[Effect, Way] | None = None,
        stufs: Mapping[str, Mapping[Effect, Way]] | None = None,
    ) -> None:
        self._general = {**DEFAULTS, **(general or {})}
        self._stufs = dict(stufs or {})

    def of(self, effect: Effect, stuf: str | None) -> Way:
        """How something with this effect on this STUF (None: on none) is confirmed. Reading never is."""
        if effect is Effect.READS:
            return Way.NONE
        return self._stufs.get(stuf or "", {}).get(effect, self._general[effect])
