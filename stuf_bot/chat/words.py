"""A typed line as words, quoted as in a shell, each with its place in the line."""

import re
from dataclasses import dataclass

# Autocompleted mentions and links to channels hold blanks and are one word, and so is a picked time.
_WHOLE = re.compile(r"@_?\*\*[^*\n]+\*\*|#\*\*[^*\n]+\*\*|<time:[^>\n]+>")
_KEY = re.compile(r"(?:--)?(?P<key>[A-Za-z][A-Za-z0-9_-]*)")
_CLOSING = {'"': '"', "“": "”“", "„": "“”", "'": "'", "‘": "’"}  # noqa: RUF001 - phones type these quotes.
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


def split(line: str) -> list[Word]:
    """The words of a line. A quote that does not close is an ordinary sign: prose has apostrophes."""
    words = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        word, at = _word(line, at)
        words.append(word)
    return words


def quoted(text: str) -> str:
    """A text as it has to be typed to be one word."""
    read = split(text)
    if len(read) == 1 and read[0].text == text and not read[0].key and not read[0].flag:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(line: str, start: int) -> tuple[Word, int]:
    text, at, equals, in_quotes = "", start, -1, 0
    while at < len(line) and not line[at].isspace():
        whole = _WHOLE.match(line, at)
        if whole:
            text += whole.group()
            at = whole.end()
            continue
        inside, end = _in_quotes(line, at, begins=not text or equals == len(text) - 1)
        if end:
            text += inside
            in_quotes += end - at
            at = end
            continue
        if line[at] == "\\" and line[at + 1 : at + 2] in set("\\\"' ="):
            text += line[at + 1]
            at += 2
            continue
        if line[at] == "=" and equals < 0 and not in_quotes:
            equals = len(text)
        text += line[at]
        at += 1
    key = _KEY.fullmatch(text[:equals]) if equals > 0 else None
    word = Word(
        text,
        start,
        at,
        quoted=in_quotes == at - start,
        key=key["key"].lower().replace("-", "_") if key else "",
        value=text[equals + 1 :] if key else "",
    )
    return word, at


def _in_quotes(line: str, at: int, *, begins: bool) -> tuple[str, int]:
    """What stands in the quotes that open here, and the place behind them; 0 where none do."""
    closing = _CLOSING.get(line[at])
    single = line[at] in _ONLY_AROUND_A_WORD
    if closing is None or (single and not begins):
        return "", 0
    text, end = "", at + 1
    while end < len(line):
        sign = line[end]
        if sign == "\\" and not single and line[end + 1 : end + 2] in {"\\", *closing}:
            text += line[end + 1]
            end += 2
            continue
        if sign in closing and (not single or line[end + 1 : end + 2].isspace() or end + 1 == len(line)):
            return text, end + 1
        text += sign
        end += 1
    return "", 0
