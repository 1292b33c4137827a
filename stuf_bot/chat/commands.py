"""The declared commands, for those that speak about commands."""

from collections.abc import Sequence

from stuf_bot.messages import Command


class Commands:
    """All commands, in the order in which help lists them."""

    def __init__(self, kinds: Sequence[type[Command]]) -> None:
        self._all = tuple(kinds)

    def all(self) -> tuple[type[Command], ...]:
        """Every declared command."""
        return self._all

    def named(self, words: str) -> type[Command] | None:
        """The command with these words or alias, or None."""
        said = " ".join(words.lower().split())
        return next((kind for kind in self._all if said in (kind.words, *kind.aliases)), None)
