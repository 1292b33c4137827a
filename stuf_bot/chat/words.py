"""A typed line as words, quoted as in a shell, each with its place in the line."""

import re
from dataclasses import dataclass

# Autocompleted mentions and links to channels hold blanks and are one word, and so is a picked time.
_WHOLE = re.compile(r"@_?\*\*[^*\n]+\*\*|#\*\*[^*\n]+\*\*|<time:[^>\n]+>")
_KEY = re.compile(r"(?:--)?(?P<key>[A-Za-z][A-Za-z0-9_-]*)")
_CLOSING = {'"': '"', "“": "”“", "„": "“”", "'": "'", "‘": "’"}  # noqa: RUF001 - phones type these quotes.
_ESCAPED = frozenset("\\\"' =")
_ONLY_AROUND_A_WORD = frozenset("'‘")  # noqa: RUF001 - as above; elsewhere they are apostrophes.
# Phones make one long dash of two hyphens.
_FLAG = re.compile(r"(?:--|—|–)(?P<name>[a-z]+)", re.IGNORECASE)  # noqa: RUF001 - as above.


@dataclass(frozen=True, slots=True)
class Word:
    """One word without its quotes; `start` and `end` are its place in the line.

    `quoted`: all of it stood in quotes. `key` and `value`: it was typed `key=value` (key as a field is
    named, with underscores), else the key is empty.
    """

    text: str
    start: int
    end: int
    quoted: bool = False
    key: str = ""
    value: str = ""

    @property
    def flag(self) -> str:
        """The name of an option such as `--plan`, or an empty text."""
        found = None if self.quoted else _FLAG.fullmatch(self.text)
        return found["name"].lower() if found else ""


def split(line: str, most: int | None = None) -> list[Word]:
    """The words of a line, or its first ones. A quote that does not close is an ordinary sign: prose has apostrophes."""
    reader = _Reader(line)
    words: list[Word] = []
    at = 0
    while at < len(line) and (most is None or len(words) < most):
        if line[at].isspace():
            at += 1
            continue
        words.append(reader.word(at))
        at = words[-1].end
    return words


def quoted(text: str) -> str:
    """A text as it has to be typed to be one word."""
    read = split(text)
    if len(read) == 1 and read[0].text == text and not read[0].key and not read[0].flag:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Reader:
    """Reads one line. `_unclosed` are the quotes that do not close any more, so that none is looked for twice."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._unclosed: set[str] = set()

    def word(self, start: int) -> Word:
        """The word that begins at `start`, where no blank is."""
        line, text, at = self._line, "", start
        equals, in_quotes = -1, 0
        while at < len(line) and not line[at].isspace():
            whole = _WHOLE.match(line, at)
            quoted_text, end = self._in_quotes(at, begins=not text or equals == len(text) - 1)
            if whole:
                text, at = text + whole.group(), whole.end()
            elif end:
                text, in_quotes, at = text + quoted_text, in_quotes + end - at, end
            elif line[at] == "\\" and line[at + 1 : at + 2] in _ESCAPED:
                text, at = text + line[at + 1], at + 2
            else:
                if line[at] == "=" and equals < 0 and not in_quotes:
                    equals = len(text)
                text, at = text + line[at], at + 1
        key = _KEY.fullmatch(text[:equals]) if equals > 0 else None
        name = key["key"].lower().replace("-", "_") if key else ""
        value = text[equals + 1 :] if key else ""
        return Word(text, start, at, quoted=in_quotes == at - start, key=name, value=value)

    def _in_quotes(self, at: int, *, begins: bool) -> tuple[str, int]:
        """What stands in the quotes that open here, and the place behind them; 0 where none do."""
        line, sign = self._line, self._line[at]
        closing, single = _CLOSING.get(sign), sign in _ONLY_AROUND_A_WORD
        if closing is None or sign in self._unclosed or (single and not begins):
            return "", 0
        text, end = "", at + 1
        while end < len(line):
            if line[end] == "\\" and not single and line[end + 1 : end + 2] in {"\\", *closing}:
                text, end = text + line[end + 1], end + 2
                continue
            if line[end] in closing and (not single or not line[end + 1 : end + 2].strip()):
                return text, end + 1
            text, end = text + line[end], end + 1
        self._unclosed.add(sign)
        return "", 0
