"""From what a person typed to a typed command, or to a refusal that says what to type instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stuf_bot.chat import mistakes
from stuf_bot.chat.arguments import Block, Known, Rest, said
from stuf_bot.chat.blocks import read_block
from stuf_bot.chat.declared import check, keys_of
from stuf_bot.chat.fields import as_typed, field_with, keys, normal_key, takes_lines, takes_whole, usage
from stuf_bot.chat.filling import NOT_RECOGNISED, Filled, Filling
from stuf_bot.chat.mistakes import reason
from stuf_bot.chat.vocabulary import Key, Typed, Vocabulary, read_line
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command
from stuf_bot.personal_text import found as is_personal

__all__ = ["Block", "Grammar", "Known", "Parsed", "Rest", "reason", "usage"]

_LONGEST_OFFER = 300
_FILLERS = frozenset({"of", "for", "the", "on", "in", "to", "my", "a", "an", "me", "about", "please"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command as typed; `plan` where `--plan` asked to see what it would do."""

    command: Command
    plan: bool = False


class Grammar:
    """The words of all commands. Raises ValueError where two of them could mean the same words."""

    def __init__(self, commands: Sequence[type[Command]]) -> None:
        self._by_words = keys_of(commands)
        self._vocabulary = Vocabulary(self._by_words)
        check(commands, self._by_words, self.parse)

    def parse(self, text: str, known: Known | None = None) -> Parsed:
        """The command that `text` (without the bot's mention) says. Raises Refusal.

        `known` is what names are looked up in; without it any slug and channel will do, and no person.
        """
        key = self._vocabulary.key(text)
        if key is None:
            raise self._unknown(read_line(text), known)
        kind = self._by_words[key]
        typed = read_line(text, takes_lines=takes_lines(kind))
        try:
            return self._command(kind, typed, len(key), known)
        except Refusal as refusal:
            raise (refusal if refusal.offer else self._meant(key, typed, known) or refusal) from None

    def is_command(self, text: str) -> bool:
        """Whether `text` begins with the words of a command."""
        return self._vocabulary.key(text) is not None

    def takes_whole(self, text: str) -> str:
        """The words of the command that all of `text` belongs to, or an empty text."""
        key = self._vocabulary.key(text)
        return self._by_words[key].words if key is not None and takes_whole(self._by_words[key]) else ""

    def is_prose(self, text: str) -> bool:
        """Whether `text` is something said, rather than a command or a slip of one."""
        if not text or self.is_command(text):
            return False
        refusal = self._unknown(read_line(text), None)
        return not refusal.offer and refusal.what == NOT_RECOGNISED

    def gather(self, lines: Iterable[str]) -> list[str]:
        """The lines of a message as commands: a line that is none goes to the one above that takes lines."""
        gathered: list[str] = []
        open_text = False
        for line in lines:
            key = self._vocabulary.key(line)
            if key is None and open_text:
                gathered[-1] += "\n" + line
                continue
            gathered.append(line)
            open_text = key is not None and takes_lines(self._by_words[key])
        return gathered

    def _command(self, kind: type[Command], typed: Typed, skip: int, known: Known | None) -> Parsed:
        filled = Filling(kind, typed.line, known).fill(typed.words[skip:])
        values = _from_block(kind, typed.block, filled) | {
            name: given.text for name, given in filled.values.items()
        }
        try:
            command = kind.model_validate(as_typed(kind.model_fields, values), context={"known": known})
        except ValidationError as error:
            raise self._wrong(error, kind, typed, filled, known) from None
        return Parsed(command, filled.plan)

    def _wrong(
        self, error: ValidationError, kind: type[Command], typed: Typed, filled: Filled, known: Known | None
    ) -> Refusal:
        fields, found = kind.model_fields, mistakes.problems(error)
        what = mistakes.told(found, fields)
        code = mistakes.code(found)
        near = {str(each["loc"][0]): mistakes.near(each, fields, filled, known) for each in found}
        if typed.block is None and all(len(names) == 1 for names in near.values()):
            meant = mistakes.corrected(typed.line, filled, {name: names[0] for name, names in near.items()})
            if self._is_whole(meant, known) and self._can_be_offered(meant):
                return _offer(code, what, meant)
        several = [name for names in near.values() for name in names] if len(near) == 1 else []
        if several:
            what += " Did you mean " + " or ".join(said(name) for name in several) + "?"
        return Refusal(code, what, "list" if code == "unknown-stuf" else f"help {kind.words}")

    def _is_whole(self, line: str, known: Known | None) -> bool:
        """Whether the line could be run as it stands."""
        key = self._vocabulary.key(line)
        try:
            return key is not None and bool(
                self._command(self._by_words[key], read_line(line), len(key), known)
            )
        except Refusal:
            return False

    def _can_be_offered(self, line: str) -> bool:
        """Whether the line can stand in any channel, as code on one line."""
        key = self._vocabulary.key(line) or ()
        if self._by_words[key].personal and line != " ".join(key):
            return False
        return (
            len(line) <= _LONGEST_OFFER and "`" not in line and line.isprintable() and not is_personal(line)
        )

    def _unknown(self, typed: Typed, known: Known | None) -> Refusal:
        candidates = self._vocabulary.near(typed)
        for key, used in candidates if typed.block is None else ():
            meant = self._with_key(typed, key, used, known)
            if meant and self._can_be_offered(meant):
                return _offer("unknown-command", f"I do not know {typed.first(used)}.", meant)
            if meant:
                return _perhaps(typed, key, used)
        if candidates and not typed.is_prose:
            return _perhaps(typed, *candidates[0])
        return Refusal("unknown-command", NOT_RECOGNISED, "help")

    def _meant(self, key: Key, typed: Typed, known: Known | None) -> Refusal | None:
        """What was perhaps meant by a line that begins with this command's words and is not one."""
        if typed.block is not None:
            return None
        for longer, used in self._vocabulary.near(typed):
            meant = self._with_key(typed, longer, used, known) if longer[: len(key)] == key else None
            if meant and len(longer) > len(key) and self._can_be_offered(meant):
                return _offer("unknown-command", f"I do not know {typed.first(used)}.", meant)
        kept = [word for word in typed.words[len(key) :] if word.quoted or word.text.lower() not in _FILLERS]
        if len(kept) < len(typed.words) - len(key):
            meant = " ".join([*key, *(typed.line[word.start : word.end] for word in kept)])
            if self._is_whole(meant, known) and self._can_be_offered(meant):
                return _offer("bad-arguments", NOT_RECOGNISED, meant)
        return None

    def _with_key(self, typed: Typed, key: Key, used: int, known: Known | None) -> str | None:
        """The line with these words for its first ones, if that is a whole command, if need be with names put right."""
        meant = " ".join(key) + typed.line[typed.words[used - 1].end :]
        if self._is_whole(meant, known):
            return meant
        try:
            self._command(self._by_words[key], read_line(meant), len(key), known)
        except Refusal as refusal:
            return refusal.next_command if refusal.offer else None
        return None


def _from_block(kind: type[Command], body: str | None, filled: Filled) -> dict[str, Any]:
    """The values that the block gives: each to its field, or all to the one that takes the block."""
    if body is None and not filled.block:
        return {}
    try:
        block = read_block(body or "") | filled.block
    except ValueError as error:
        raise Refusal("bad-yaml", str(error), f"help {kind.words}") from None
    place = field_with(kind, Block)
    if place is not None:
        return {place: block}
    known_keys = keys(kind)
    return {known_keys.get(normal_key(key), key): value for key, value in block.items()}


def _offer(code: str, what: str, line: str) -> Refusal:
    return Refusal(code, f"{what} Did you mean this?", line, offer=True)


def _perhaps(typed: Typed, key: Key, used: int) -> Refusal:
    words = " ".join(key)
    what = f"I do not know {typed.first(used)}. Did you mean `{words}`?"
    return Refusal("unknown-command", what, f"help {words}")
