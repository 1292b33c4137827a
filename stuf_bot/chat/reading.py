"""What of a raw message is said to the bot: without quotes, code, spoilers and its own mention, by lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from stuf_bot.places import Person

# Behind the marks a language, and behind that whatever; anything else, and it is no fence.
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,}) *(?:\{?\.?(?P<language>[\w+./#-]+)\}?(?: [^`~]*)?)?\s*")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)\s*\S")
_QUOTED = re.compile(r" {0,3}>")
_CODE_SPAN = re.compile(r"(?<![\\`])(?P<ticks>`+)(?!`)(?:.+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)
# What Zulip writes above a quoted message; the word differs by the writer's language.
_SAID = re.compile(r"@_\*\*[^*\n]+\*\*\s.*\[[^\[\]\n]{1,40}\]\([^()\n]*\).*:\s*")
_NEAR = re.compile(r"/near/([0-9]{1,15})\)")
_NESTING = frozenset({"quote", "quoted", "spoiler"})
_QUOTES = frozenset({"quote", "quoted"})


@dataclass(frozen=True, slots=True)
class Said:
    """A message as the bot takes it.

    `mentioned`: the bot is addressed, outside quotes and code. `lines`: what is said to it, one command a
    line, each with the blocks of code that follow it; may be empty. `text`: the whole without the mention and
    without what a reply quotes, as an answer to a question is taken. `quoted`: the id of the message that a
    reply quotes, the last one of several.
    """

    mentioned: bool
    lines: list[str]
    text: str
    quoted: int | None = None


class _Kind(Enum):
    OWN = auto()
    BLANK = auto()
    QUOTE = auto()
    REPLY = auto()
    FENCE = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of one kind that belong together; `language` is what a fence says behind its marks."""

    kind: _Kind
    lines: list[str]
    language: str = ""
    closed: bool = True


def read(content: str, bot: Person, *, direct: bool = False) -> Said:
    """What is said to `bot`. In a channel, lines above its mention are said to others; if `direct`, none is."""
    mention = _mention(bot)
    lines: list[str] = []
    text: list[str] = []
    mentioned = False
    takes_block = False
    quoted: int | None = None
    for part in _parts(content.replace("\r\n", "\n").split("\n")):
        if part.kind is _Kind.REPLY:
            near = _NEAR.search(part.lines[0])
            quoted = int(near[1]) if near else quoted
            continue
        if part.kind is _Kind.OWN:
            cleaned, addressed = _without_mention(part.lines, mention)
            text += cleaned
            if addressed is not None and not mentioned:
                mentioned = True
                if not direct:
                    lines, cleaned = [], cleaned[addressed:]
            said = [line.strip() for line in cleaned if line.strip()]
            lines += said
            takes_block = bool(said)
            continue
        text += part.lines
        is_code = part.kind is _Kind.FENCE and part.language not in _NESTING
        if is_code and takes_block:
            lines[-1] = "\n".join([lines[-1], *_closed(part)])
        # A block belongs to the line above it; an empty line between does not part them.
        takes_block = takes_block and (is_code or part.kind is _Kind.BLANK)
    return Said(mentioned, lines, "\n".join(text).strip(), quoted)


def _mention(bot: Person) -> re.Pattern[str]:
    """`@**Name**`, where names collide `@**Name|id**`, and `@**|id**` works as well."""
    name, number = re.escape(bot.name), bot.user_id
    who = rf"{name}(?:\|{number})?|\|{number}"
    return re.compile(rf"(?<![^\s'\"({{\[/<])@\*\*(?:{who})\*\*[:,]?[ \t]*", re.IGNORECASE)


def _without_mention(lines: Sequence[str], mention: re.Pattern[str]) -> tuple[list[str], int | None]:
    """The lines without the mentions that are no code, and the number of the first line that has one."""
    text = "\n".join(lines)
    code = [found.span() for found in _CODE_SPAN.finditer(text)]
    first = None
    kept, at = [], 0
    for found in mention.finditer(text):
        if any(start <= found.start() < end for start, end in code):
            continue
        if first is None:
            first = text.count("\n", 0, found.start())
        kept.append(text[at : found.start()])
        at = found.end()
    return "".join([*kept, text[at:]]).split("\n"), first


def _parts(lines: Sequence[str]) -> Iterator[_Part]:
    """The message in order: own paragraphs, quotes, fences, and the blank lines between."""
    own: list[str] = []
    at = 0
    while at < len(lines):
        part, at = _special(lines, at)
        if part is None:
            own.append(lines[at])
            at += 1
            continue
        if own:
            yield _Part(_Kind.OWN, own)
            own = []
        yield part
    if own:
        yield _Part(_Kind.OWN, own)


def _special(lines: Sequence[str], at: int) -> tuple[_Part | None, int]:
    """What begins at line `at` and is no ordinary line, with the number of the line behind it."""
    line = lines[at]
    if not line.strip():
        return _Part(_Kind.BLANK, [line]), at + 1
    if _FENCE.fullmatch(line):
        return _fenced(lines, at)
    if _QUOTED.match(line):
        # Zulip goes on quoting until an empty line, with or without the sign.
        end = at
        while end < len(lines) and lines[end].strip() and not _FENCE.fullmatch(lines[end]):
            end += 1
        return _Part(_Kind.QUOTE, list(lines[at:end])), end
    if _INDENTED.match(line) and (at == 0 or not lines[at - 1].strip()):
        end = at
        while end < len(lines) and (_INDENTED.match(lines[end]) or not lines[end].strip()):
            end += 1
        return _Part(_Kind.CODE, list(lines[at:end])), end
    if _SAID.fullmatch(line):
        behind = at + 1
        while behind < len(lines) and not lines[behind].strip():
            behind += 1
        if behind < len(lines) and _language(lines[behind]) in _QUOTES:
            quote, end = _fenced(lines, behind)
            return _Part(_Kind.REPLY, [line, *quote.lines]), end
    return None, at


def _fenced(lines: Sequence[str], at: int) -> tuple[_Part, int]:
    """The fence that opens at line `at`, with those nested in it; without an end it goes to the last line."""
    language = _language(lines[at])
    open_fences = [_opening(lines[at])]
    for number in range(at + 1, len(lines)):
        line = lines[number]
        fence, nests = open_fences[-1]
        if line.strip() == fence:
            open_fences.pop()
            if not open_fences:
                return _Part(_Kind.FENCE, list(lines[at : number + 1]), language), number + 1
        elif nests and _FENCE.fullmatch(line):
            open_fences.append(_opening(line))
    return _Part(_Kind.FENCE, list(lines[at:]), language, closed=False), len(lines)


def _opening(line: str) -> tuple[str, bool]:
    """The marks that close what this line opens, and whether fences can be nested in it."""
    found = _FENCE.fullmatch(line)
    return (found["fence"] if found else ""), _language(line) in _NESTING


def _language(line: str) -> str:
    found = _FENCE.fullmatch(line)
    return (found["language"] or "").lower() if found else ""


def _closed(part: _Part) -> list[str]:
    return part.lines if part.closed else [*part.lines, _opening(part.lines[0])[0]]
