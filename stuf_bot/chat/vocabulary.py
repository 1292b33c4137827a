"""All words that begin a command, and which of them a typed line begins with, or nearly does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from stuf_bot.chat.arguments import said
from stuf_bot.chat.blocks import split_block
from stuf_bot.chat.nearest import distance, limit
from stuf_bot.chat.words import Word, split
from stuf_bot.messages import Command, Effect

Key = tuple[str, ...]

_PROSE = 6
"""As many words, and a line that is no command is a sentence."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A line with its words, and what stands in the block that came with it."""

    line: str
    words: list[Word]
    block: str | None = None

    @property
    def starts(self) -> list[str]:
        """The words without quotes at the beginning: those that can name a command."""
        return [word.text.lower() for word in takewhile(lambda word: not word.quoted, self.words)]

    @property
    def is_prose(self) -> bool:
        """Whether it looks like a sentence."""
        ends = self.line.rstrip().endswith(("?", "!", ".", ":"))
        return ends or len(self.words) >= _PROSE or ", " in self.line

    def first(self, count: int) -> str:
        """The first words, to be shown again."""
        return said(self.line[self.words[0].start : self.words[count - 1].end])


def read_line(text: str, *, takes_lines: bool = False) -> Typed:
    """A line with its block; where the text goes on over lines, a fence that is no YAML belongs to it."""
    block, line = split_block(text, only_yaml=takes_lines)
    return Typed(line, split(line), block)


class Vocabulary:
    """The words and aliases of all commands."""

    def __init__(self, by_words: Mapping[Key, type[Command]]) -> None:
        self._by_words = by_words
        self._longest = max((len(key) for key in by_words), default=0)

    def key(self, text: str) -> Key | None:
        """The longest words of a command that the text begins with."""
        starts = Typed(text, split(text, self._longest)).starts
        for length in range(len(starts), 0, -1):
            if tuple(starts[:length]) in self._by_words:
                return tuple(starts[:length])
        return None

    def near(self, typed: Typed) -> list[tuple[Key, int]]:
        """The words that are near the first ones typed, the nearest, longest and most harmless first, each with how many."""
        starts = typed.starts[: self._longest + 1]
        found: dict[Key, tuple[int, int]] = {}
        for key in self._by_words:
            for used in range(1, min(len(starts), len(key) + 1) + 1):
                slips = _slips(starts[:used], key)
                if slips is not None and slips < found.get(key, (slips + 1, 0))[0]:
                    found[key] = (slips, used)
        effects = list(Effect)

        def rank(key: Key) -> tuple[int, int, int, Key]:
            slips, used = found[key]
            return slips, -used, effects.index(self._by_words[key].effect), key

        return [(key, found[key][1]) for key in sorted(found, key=rank)]


def _slips(typed: Sequence[str], key: Key) -> int | None:
    """How far the words typed are from a command's, or None where they are too far; also one word for two."""
    if len(typed) != len(key) or sorted(typed) == sorted(key):
        return 1 if sorted(typed) == sorted(key) or "".join(typed) == "".join(key) else None
    pairs = list(zip(typed, key, strict=True))
    # Beside another word that fits, a short one may have a slip as well.
    most = [max(limit(*pair), int(len(pairs) > 1)) for pair in pairs]
    each = [distance(*pair, allowed) for pair, allowed in zip(pairs, most, strict=True)]
    near = all(slips <= allowed for slips, allowed in zip(each, most, strict=True))
    total = sum(each)
    return total if near and total <= limit(" ".join(typed), " ".join(key)) else None
