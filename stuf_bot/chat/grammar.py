"""From what a person typed to a typed command, or to a refusal that says what to type instead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stuf_bot.chat import mistakes
from stuf_bot.chat.arguments import Block, Known, Rest, said
from stuf_bot.chat.blocks import split_block
from stuf_bot.chat.declared import check, keys_of
from stuf_bot.chat.fields import as_typed, field_with, keys, normal_key, takes_lines, usage
from stuf_bot.chat.filling import NOT_RECOGNISED, Filled, Filling
from stuf_bot.chat.mistakes import reason
from stuf_bot.chat.nearest import distance, limit
from stuf_bot.chat.words import Word, split
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.personal_text import found as is_personal

__all__ = ["Block", "Grammar", "Known", "Parsed", "Rest", "reason", "usage"]

Key = tuple[str, ...]

_LONGEST_OFFER = 300
_PROSE = 6
"""As many words, and a line that is no command is a sentence."""
_FILLERS = frozenset({"of", "for", "the", "on", "in", "to", "my", "a", "an", "me", "about", "please"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command as typed; `plan` where `--plan` asked to see what it would do."""

    command: Command
    plan: bool = False


@dataclass(frozen=True, slots=True)
class _Typed:
    """A line with its words, and the block that came with it."""

    line: str
    words: list[Word]
    block: Mapping[str, Any] | None

    def starts(self) -> list[str]:
        return [word.text.lower() for word in self.words if not word.quoted]


class Grammar:
    """The words of all commands. Raises ValueError where two of them could mean the same words."""

    def __init__(self, commands: Sequence[type[Command]]) -> None:
        self._by_words = keys_of(commands)
        self._longest = max((len(key) for key in self._by_words), default=0)
        check(commands, self._by_words, self.parse)

    def parse(self, text: str, known: Known | None = None) -> Parsed:
        """The command that `text` (without the bot's mention) says. Raises Refusal.

        `known` is what names are looked up in; without it any slug and channel will do, and no person.
        """
        key = self._key(split(text)[: self._longest])
        if key is None:
            typed = _read(text, whole=False)
            raise self._unknown(typed, known)
        kind = self._by_words[key]
        typed = _read(text, whole=takes_lines(kind))
        try:
            return self._command(kind, typed, len(key), known)
        except Refusal as refusal:
            raise (refusal if refusal.offer else self._meant(key, typed, known) or refusal) from None

    def is_command(self, text: str) -> bool:
        """Whether `text` begins with the words of a command."""
        return self._key(split(text.partition("\n")[0])[: self._longest]) is not None

    def gather(self, lines: Iterable[str]) -> list[str]:
        """The lines of a message as commands: a line that is none goes to the one above that takes lines."""
        gathered: list[str] = []
        open_text = False
        for line in lines:
            key = self._key(split(line.partition("\n")[0])[: self._longest])
            if key is None and open_text:
                gathered[-1] += "\n" + line
                continue
            gathered.append(line)
            open_text = key is not None and takes_lines(self._by_words[key])
        return gathered

    def _key(self, words: Sequence[Word]) -> Key | None:
        texts = [word.text.lower() for word in words if not word.quoted]
        for length in range(min(len(texts), self._longest), 0, -1):
            if tuple(texts[:length]) in self._by_words:
                return tuple(texts[:length])
        return None

    def _command(self, kind: type[Command], typed: _Typed, skip: int, known: Known | None) -> Parsed:
        filled = Filling(kind, typed.line, known).fill(typed.words[skip:])
        values: dict[str, Any] = {name: given.text for name, given in filled.values.items()}
        if typed.block is not None:
            place = field_with(kind, Block)
            known_keys = keys(kind)
            named = {known_keys.get(normal_key(key), key): value for key, value in typed.block.items()}
            values = named | values if place is None else values | {place: dict(typed.block)}
        try:
            command = kind.model_validate(as_typed(kind.model_fields, values), context={"known": known})
        except ValidationError as error:
            raise self._wrong(error, kind, typed, filled, known) from None
        return Parsed(command, filled.plan)

    def _wrong(
        self, error: ValidationError, kind: type[Command], typed: _Typed, filled: Filled, known: Known | None
    ) -> Refusal:
        fields, found = kind.model_fields, mistakes.problems(error)
        what = mistakes.told(found, fields)
        code = (
            str(found[0]["ctx"]["code"])
            if len(found) == 1 and "code" in found[0].get("ctx", {})
            else "bad-arguments"
        )
        near = {
            str(each["loc"][0]): mistakes.near(each, fields, filled, known) for each in found if each["loc"]
        }
        if near and all(len(names) == 1 for names in near.values()) and typed.block is None:
            meant = mistakes.corrected(typed.line, filled, {name: names[0] for name, names in near.items()})
            if self._is_whole(meant, known) and _can_be_shown(meant):
                return _offer(code, what, meant)
        several = [name for names in near.values() for name in names] if len(near) == 1 else []
        if several:
            what += " Did you mean " + " or ".join(said(name) for name in several) + "?"
        return Refusal(
            code,
            what,
            "list" if code == "unknown-stuf" else f"help {kind.words}",
        )

    def _is_whole(self, line: str, known: Known | None) -> bool:
        """Whether the line could be run as it stands."""
        typed = _read(line, whole=False)
        key = self._key(typed.words)
        try:
            return key is not None and bool(self._command(self._by_words[key], typed, len(key), known))
        except Refusal:
            return False

    def _unknown(self, typed: _Typed, known: Known | None) -> Refusal:
        candidates = self._candidates(typed)
        for key, used in candidates if typed.block is None else ():
            meant = self._with_key(typed, key, used, known)
            if meant and _can_be_shown(meant):
                return _offer("unknown-command", f"I do not know {_first(typed, used)}.", meant)
            if meant:
                return _perhaps(typed, key, used)
        if candidates and not _is_prose(typed):
            return _perhaps(typed, *candidates[0])
        return Refusal("unknown-command", NOT_RECOGNISED, "help")

    def _meant(self, key: Key, typed: _Typed, known: Known | None) -> Refusal | None:
        """What was perhaps meant by a line that begins with this command's words and is not one."""
        if typed.block is not None:
            return None
        for longer, used in self._candidates(typed):
            meant = self._with_key(typed, longer, used, known) if longer[: len(key)] == key else None
            if meant and len(longer) > len(key) and _can_be_shown(meant):
                return _offer("unknown-command", f"I do not know {_first(typed, used)}.", meant)
        kept = [word for word in typed.words[len(key) :] if word.quoted or word.text.lower() not in _FILLERS]
        if len(kept) < len(typed.words) - len(key):
            meant = " ".join([*key, *(typed.line[word.start : word.end] for word in kept)])
            if self._is_whole(meant, known) and _can_be_shown(meant):
                return _offer("bad-arguments", NOT_RECOGNISED, meant)
        return None

    def _with_key(self, typed: _Typed, key: Key, used: int, known: Known | None) -> str | None:
        """The line with these words for its first ones, if that is a whole command, if need be with names put right."""
        meant = " ".join(key) + typed.line[typed.words[used - 1].end :]
        if self._is_whole(meant, known):
            return meant
        again = _read(meant, whole=False)
        try:
            self._command(self._by_words[key], again, len(key), known)
        except Refusal as refusal:
            return refusal.next_command if refusal.offer else None
        return None

    def _candidates(self, typed: _Typed) -> list[tuple[Key, int]]:
        """Commands whose words are near the first ones typed, the nearest and most harmless first, with how many."""
        texts = typed.starts()[: self._longest + 1]
        found: dict[Key, tuple[int, int]] = {}
        for key in self._by_words:
            for used in range(1, min(len(texts), len(key) + 1) + 1):
                slips = _slips(texts[:used], key)
                if slips is not None and slips < found.get(key, (slips + 1, 0))[0]:
                    found[key] = (slips, used)
        effects = list(Effect)
        ranked = sorted(
            found, key=lambda key: (found[key][0], effects.index(self._by_words[key].effect), key)
        )
        return [(key, found[key][1]) for key in ranked]


def _slips(typed: Sequence[str], key: Key) -> int | None:
    """How far the words typed are from a command's, or None where they are too far; also one word for two."""
    if len(typed) != len(key) or sorted(typed) == sorted(key):
        return 1 if sorted(typed) == sorted(key) or "".join(typed) == "".join(key) else None
    each = [distance(said, word, limit(len(word))) for said, word in zip(typed, key, strict=True)]
    near = all(slips <= limit(len(word)) for slips, word in zip(each, key, strict=True))
    return sum(each) if near else None


def _read(text: str, *, whole: bool) -> _Typed:
    block, line = split_block(text, only_yaml=whole)
    return _Typed(line, split(line), block)


def _first(typed: _Typed, used: int) -> str:
    return said(typed.line[typed.words[0].start : typed.words[used - 1].end])


def _offer(code: str, what: str, line: str) -> Refusal:
    return Refusal(code, f"{what} Did you mean this?", line, offer=True)


def _perhaps(typed: _Typed, key: Key, used: int) -> Refusal:
    words = " ".join(key)
    what = f"I do not know {_first(typed, used)}. Did you mean `{words}`?"
    return Refusal("unknown-command", what, f"help {words}")


def _can_be_shown(line: str) -> bool:
    """Whether the line can stand in any channel, as code on one line."""
    short = len(line) <= _LONGEST_OFFER
    return short and "`" not in line and line.isprintable() and not is_personal(line)


def _is_prose(typed: _Typed) -> bool:
    return (
        len(typed.words) >= _PROSE or typed.line.rstrip().endswith(("?", "!", ".", ":")) or ", " in typed.line
    )
