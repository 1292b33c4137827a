"""The declared commands, for those that speak about commands."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta

from stuf_bot.access import Role
from stuf_bot.bus import Bus
from stuf_bot.chat.nearest import nearest
from stuf_bot.chat.who import takes_stuf
from stuf_bot.context import Context
from stuf_bot.messages import Command
from stuf_bot.store.database import has_written

_GOOD_FOR = timedelta(seconds=10)
_MOST = 500


class Commands:
    """All commands, in the order in which help lists them.

    `changes` is a number that grows when the state changes: while it stands, what made sense makes sense.
    """

    def __init__(self, bus: Bus, changes: Callable[[], int]) -> None:
        self._bus = bus
        self._changes = changes
        # By person, roles and place: after how many changes and when it was found out, and what.
        self._open: dict[Hashable, tuple[int, datetime, list[type[Command]]]] = {}

    def all(self) -> tuple[type[Command], ...]:
        """Every declared command."""
        return tuple(self._bus.commands)

    def open_to(self, ctx: Context) -> list[type[Command]]:
        """Those that this person may give and that make sense now.

        Whether one does, a handler of ('sense', its words) says: (context) -> bool. Without one, a command
        that takes a STUF needs a STUF that this person may see.
        """
        changes = self._changes()
        if has_written(ctx.session):
            return self._open_now(ctx)
        asked = (ctx.person.user_id, ctx.roles, ctx.place)
        known = self._open.get(asked)
        if known and known[0] == changes and ctx.now - known[1] < _GOOD_FOR:
            return known[2]
        if len(self._open) >= _MOST:
            self._open.clear()
        found = self._open_now(ctx)
        self._open[asked] = (changes, ctx.now, found)
        return found

    def _open_now(self, ctx: Context) -> list[type[Command]]:
        mine = [kind for kind in self.all() if Role(kind.role) in ctx.roles]
        has_stuf = any(takes_stuf(kind) for kind in mine) and bool(
            self._bus.named_handler("names", "stuf")(ctx)
        )
        return [kind for kind in mine if (has_stuf or not takes_stuf(kind)) and self._makes_sense(kind, ctx)]

    def has_plan(self, kind: type[Command]) -> bool:
        """Whether it can show what it would do."""
        return self._bus.has_plan(kind)

    def named(self, words: str) -> type[Command] | None:
        """The command with these words or alias, or None."""
        said = _plain(words)
        return next((kind for kind in self.all() if said in (kind.words, *kind.aliases)), None)

    def beginning(self, words: str) -> Sequence[type[Command]]:
        """The commands whose words begin with these, such as all `code …` for `code`."""
        return [kind for kind in self.all() if kind.words.startswith(_plain(words) + " ")]

    def near(self, words: str) -> list[str]:
        """The words that were probably meant, the nearest ones."""
        known = [name for kind in self.all() for name in (kind.words, *kind.aliases)]
        return nearest(_plain(words), known)

    def _makes_sense(self, kind: type[Command], ctx: Context) -> bool:
        try:
            sense = self._bus.named_handler("sense", kind.words)
        except KeyError:
            return True
        return bool(sense(ctx))


def _plain(words: str) -> str:
    return " ".join(words.strip(" `").lower().split())
