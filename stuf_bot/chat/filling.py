"""Deals the words behind a command's name out to its fields."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stuf_bot.chat.arguments import Argument, Block, Known, Named, Rest, said
from stuf_bot.chat.fields import accepts, field_with, keys, mark, normal_key, positional
from stuf_bot.chat.nearest import nearest
from stuf_bot.chat.words import Word
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command

PLAN = "plan"
NOT_RECOGNISED = "I did not recognise a command in that."
_PROSE = 3
"""As many words too many, and it was no command but a sentence."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value as typed; `start` and `end` are its place in the line, `name` what stood before it there."""

    text: str
    start: int
    end: int
    name: str = ""


@dataclass(slots=True)
class Filled:
    """The typed value of each field, what of a block was typed on the line, and whether `--plan` stood there."""

    values: dict[str, Given] = field(default_factory=dict)
    block: dict[str, str] = field(default_factory=dict)
    plan: bool = False


class Filling:
    """Fills the fields of one command from one line."""

    def __init__(self, command: type[Command], line: str, known: Known | None) -> None:
        self._command = command
        self._fields = command.model_fields
        self._keys = keys(command)
        self._line = line
        self._known = known
        self._filled = Filled()

    def fill(self, words: Sequence[Word]) -> Filled:
        """Deal out `words`. Raises Refusal where one fits nowhere."""
        at = 0
        while at < len(words):
            word = words[at]
            if word.flag:
                self._option(word)
                at += 1
            elif word.key in self._keys:
                at = self._by_key(words, at)
            elif word.key and field_with(self._command, Block):
                self._once(word.key)
                self._filled.block[word.key] = word.value
                at += 1
            elif self._is_name(word) and at + 1 < len(words):
                at = self._by_name(words, at)
            else:
                at = self._by_place(words, at)
        return self._filled

    def _option(self, word: Word) -> None:
        if word.flag != PLAN:
            raise Refusal(
                "unknown-option",
                f"I do not know the option {said(word.text)}.",
                f"help {self._command.words}",
            )
        self._filled.plan = True

    def _by_key(self, words: Sequence[Word], at: int) -> int:
        """`key=value`; the value may go on in the next words where the field takes several."""
        word = words[at]
        name = self._keys[word.key]
        self._once(name)
        end = self._longest(name, words, at, word.value)
        value = self._joined(words, at, end, word.value)
        self._set(name, value, word, words[end - 1], f"{word.key}=")
        return end

    def _by_name(self, words: Sequence[Word], at: int) -> int:
        name = normal_key(words[at].text)
        self._once(name)
        end = self._longest(name, words, at + 1)
        value = self._joined(words, at + 1, end)
        self._set(name, value, words[at + 1], words[end - 1])
        return end

    def _by_place(self, words: Sequence[Word], at: int) -> int:
        name = next((each for each in positional(self._command) if each not in self._filled.values), None)
        if name is None:
            raise self._too_many(words[at:])
        if mark(self._fields[name], Rest):
            return self._rest(name, words, at)
        end = self._longest(name, words, at)
        self._set(name, self._joined(words, at, end), words[at], words[end - 1])
        return end

    def _rest(self, name: str, words: Sequence[Word], at: int) -> int:
        """All that follows, as it stands; an option may be its very last word."""
        end = len(words)
        if end - at > 1 and words[-1].flag == PLAN:
            self._filled.plan = True
            end -= 1
        text = self._line[words[at].start : words[end - 1].end]
        if end - at == 1 and words[at].quoted:
            text = words[at].text
        self._set(name, text, words[at], words[end - 1])
        return len(words)

    def _longest(self, name: str, words: Sequence[Word], at: int, first: str | None = None) -> int:
        """The end of the longest run of words that is a value of the field; where none is, of what was meant."""
        argument = mark(self._fields[name], Argument)
        most = argument.most_words if argument else 1
        end = at + 1
        while end < len(words) and end - at < most and not self._belongs_elsewhere(words[end]):
            end += 1
        if most == 1 or words[at].quoted:
            return at + 1
        runs = range(end, at, -1)
        texts = {tried: self._joined(words, at, tried, first) for tried in runs}
        for tried in runs:
            if accepts(self._command, name, texts[tried], self._known):
                return tried
        if argument and argument.noun and self._known is not None:
            names = self._known.names(argument.noun)
            for tried in runs:
                if nearest(texts[tried], names):
                    return tried
        left = [
            each for each in positional(self._command) if each not in self._filled.values and each != name
        ]
        return at + 1 if left else end

    def _belongs_elsewhere(self, word: Word) -> bool:
        return bool(word.flag) or word.key in self._keys or self._is_name(word)

    def _is_name(self, word: Word) -> bool:
        found = None if word.quoted else self._fields.get(normal_key(word.text))
        return found is not None and mark(found, Named) is not None

    def _joined(self, words: Sequence[Word], at: int, end: int, first: str | None = None) -> str:
        texts = [word.text for word in words[at:end]]
        return " ".join(texts if first is None else [first, *texts[1:]])

    def _set(self, name: str, text: str, first: Word, last: Word, before: str = "") -> None:
        self._filled.values[name] = Given(text, first.start, last.end, before)

    def _once(self, name: str) -> None:
        if name in self._filled.values or name in self._filled.block:
            raise Refusal("given-twice", f"`{name}` is given twice.", f"help {self._command.words}")

    def _too_many(self, left: Sequence[Word]) -> Refusal:
        following = f"help {self._command.words}"
        if len(left) >= _PROSE:
            return Refusal("unknown-command", NOT_RECOGNISED, following)
        text = self._line[left[0].start : left[-1].end]
        return Refusal("too-many-words", f"I do not know what {said(text)} means here.", following)
