"""From what a person typed to a typed command, or to a refusal that says what to type instead."""

import difflib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from stuf_bot.chat.arguments import Block, Known, Rest
from stuf_bot.chat.format import listing
from stuf_bot.chat.outside import inline
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command

__all__ = ["Block", "Grammar", "Known", "Parsed", "Rest", "mistakes", "reason", "usage"]

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*(?:ya?ml)?[ \t]*\n(?P<body>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_KEY = re.compile(r"[a-z][a-z_]*")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command as typed; `plan` where `--plan` asked to see what it would do."""

    command: Command
    plan: bool = False


class Grammar:
    """The words of all commands. Two commands that could mean the same words are refused."""

    def __init__(self, commands: Sequence[type[Command]]) -> None:
        self._by_words: dict[tuple[str, ...], type[Command]] = {}
        for command in commands:
            for words in (command.words, *command.aliases):
                key = tuple(words.split())
                if key in self._by_words:
                    raise ValueError(
                        f"{words!r} is both {self._by_words[key].__name__} and {command.__name__}"
                    )
                self._by_words[key] = command

    def parse(self, text: str, known: Known | None = None) -> Parsed:
        """The command that `text` (without the bot's mention) says. Raises Refusal.

        `known` is what names are looked up in; without it any name will do.
        """
        del known
        block, line = _split_block(text)
        words = _words(line)
        for length in range(min(len(words), 3), 0, -1):
            command = self._by_words.get(tuple(word.lower() for word in words[:length]))
            if command is not None:
                return Parsed(_build(command, words[length:], block))
        raise self._unknown(words)

    def is_command(self, text: str) -> bool:
        """Whether `text` begins with the words of a command."""
        words = tuple(text.lower().split()[:3])
        return any(words[:length] in self._by_words for length in range(1, len(words) + 1))

    def _unknown(self, words: Sequence[str]) -> Refusal:
        known = sorted({" ".join(key) for key in self._by_words})
        said = " ".join(words[:1]).lower()
        near = difflib.get_close_matches(said, known, n=1, cutoff=0.6)
        if near:
            corrected = " ".join([near[0], *words[1:]])
            return Refusal("unknown-command", f"I do not know {inline(said)}. Did you mean this?", corrected)
        return Refusal("unknown-command", "I did not recognise a command in that.", "help")


def usage(command: type[Command]) -> str:
    """How the command is typed, such as `status STUF` or `create [name=…]`."""
    parts = [command.words]
    for name, field in command.model_fields.items():
        label = (field.title or name).upper().replace(" ", "-")
        if any(isinstance(mark, Block) for mark in field.metadata):
            continue
        parts.append(label if field.is_required() else f"[{label}]")
    return " ".join(parts)


def _split_block(text: str) -> tuple[Mapping[str, Any] | None, str]:
    found = _FENCE.search(text)
    if found is None:
        return None, text
    try:
        # Every value stays text: YAML would read a phone number as an integer and `no` as false.
        read = yaml.load(found["body"], Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts, lists, mappings only.
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1} of the block" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise Refusal("bad-yaml", f"The YAML block has a mistake{where}: {inline(str(problem))}.") from None
    line = (text[: found.start()] + " " + text[found.end() :]).strip()
    if read is None:
        return {}, line
    if not isinstance(read, dict):
        raise Refusal("bad-yaml", "The YAML block must be lines of `key: value`.")
    return {str(key): value for key, value in read.items()}, line


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        # An apostrophe in plain prose is no quotation.
        return line.split()


def _build(command: type[Command], words: Sequence[str], block: Mapping[str, Any] | None) -> Command:
    fields = command.model_fields
    values: dict[str, Any] = {}
    positional = [name for name, field in fields.items() if not _marked(field, Block)]
    queue = list(words)
    while queue:
        word = queue[0]
        name, separator, value = word.partition("=")
        if separator and _KEY.fullmatch(name) and name in fields:
            values[name] = value
            queue.pop(0)
            continue
        target = next((each for each in positional if each not in values), None)
        if target is None:
            left = " ".join(queue)
            raise Refusal(
                "too-many-words", f"I do not know what {inline(left)} means here.", f"help {command.words}"
            )
        if _marked(fields[target], Rest):
            values[target] = " ".join(queue)
            break
        values[target] = queue.pop(0)
    block_field = next((name for name, field in fields.items() if _marked(field, Block)), None)
    if block is not None:
        if block_field is None:
            values |= {name: value for name, value in block.items() if name not in values}
        else:
            values[block_field] = dict(block)
    try:
        return command(**values)
    except ValidationError as error:
        raise Refusal("bad-arguments", mistakes(error, fields), f"help {command.words}") from None


def mistakes(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """Every wrong field with its reason, as a list. Values are not repeated: they may be personal."""
    found = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(problem["loc"][0]) if problem["loc"] else "?"
        label = (fields[name].title or name) if name in fields else name
        found.append(f"**{label}** {reason(problem['type'], problem['msg'])}")
    return "This is not right yet:\n" + listing(found) + "\n"


def reason(kind: str, message: str) -> str:
    """A validator's message as the end of a sentence that begins with the field's name."""
    if kind == "missing":
        return "is missing."
    if kind == "extra_forbidden":
        return "is not something that I know here."
    text = message.removeprefix("Value error, ")
    return (text[0].lower() + text[1:]).rstrip(".") + "."


def _marked(field: FieldInfo, kind: type) -> bool:
    return any(isinstance(mark, kind) for mark in field.metadata)
