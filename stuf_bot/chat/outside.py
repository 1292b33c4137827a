"""Text that others wrote, rendered for the place where it is shown: it stays there, and does nothing.

A backslash is no escape in Zulip. What holds is a code span whose delimiter is longer than any run
of backticks inside, and a fence longer than any inside: nothing in them mentions, links, embeds or
runs a command. Where neither can stand (a topic, a mark of a channel), what has a meaning is replaced.
"""

import re
import unicodedata

from stuf_bot.places import TOPIC_LENGTH

EMPTY = "*(empty)*"

_INLINE_LENGTH = 200
_LABEL_LENGTH = 80
_FILE_NAME_LENGTH = 80
_FILE_NAME_END = 20
_BACKTICKS = re.compile(r"`+")
_FENCES = re.compile(r"[`~]{3,}")
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_TAB = 4

# What Zulip makes a link of in a topic: a scheme, or a name with a domain's ending.
_SCHEME = re.compile(r"://")
_DOMAIN_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")
_ONE_DOT_LEADER = "\u2024"
_DIVISION_SLASHES = ":\u2215\u2215"
_RESOLVED = "✔"
# Each by one that looks like it: asterisk operator, apostrophe, quotation mark, broken bar, wide signs.
_TOPIC_MARKS = str.maketrans(
    {"*": "\u2217", "`": "'", ">": "\u203a", "|": "\u00a6", "@": "\uff20", "$": "\uff04"}
)

_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9._~%/+=&?#-]*)?"
)
_CHANNEL_MARKS = frozenset("*>`@$")

_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_MOST_ACCENTS = 3


def inline(text: str, longest: int = _INLINE_LENGTH) -> str:
    """A code span on one line, of at most `longest` characters of the text."""
    return _code(_shortened(_line(text), longest))


def block(text: str, language: str = "text") -> str:
    """A fenced block of its own lines. `language` is the bot's own word."""
    lines = "\n".join(
        _visible(line.expandtabs(_TAB)).rstrip() for line in _COLOURS.sub("", text).splitlines()
    )
    longest = max((len(run) for run in _FENCES.findall(lines)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{lines if lines.strip() else '(empty)'}\n{fence}"


def topic(text: str) -> str:
    """The name of a topic: one line of at most 50 characters, neither a link nor a mark, nor done (✔)."""
    line = _line(text).translate(_TOPIC_MARKS)
    line = _DOMAIN_DOT.sub(_ONE_DOT_LEADER, _SCHEME.sub(_DIVISION_SLASHES, line))
    line = line.lstrip(f"{_RESOLVED} ") or "(no topic)"
    return _shortened(line, TOPIC_LENGTH)


def link_label(text: str) -> str:
    """What stands between the brackets of a link; a code span, so that no bracket in it ends the label."""
    return _code(_shortened(_line(text), _LABEL_LENGTH))


def link(label: str, address: str) -> str:
    """A link to an address that others wrote, or the label alone where it is none.

    `label` is the bot's own words, or what `link_label` made of others'.
    """
    return f"[{label}]({address})" if _ADDRESS.fullmatch(address) else label


def web_address(address: str) -> str:
    """A web address as it is, to be clicked; as a code span where it is none, or holds more than one."""
    return address if _ADDRESS.fullmatch(address) else inline(address)


def file_name(text: str) -> str:
    """A file's name without folders; what is too long is cut in the middle, for the ending says what it is."""
    name = _line(re.split(r"[/\\]", text.rstrip("/\\ "))[-1])
    if len(name) > _FILE_NAME_LENGTH:
        name = name[: _FILE_NAME_LENGTH - _FILE_NAME_END - 1] + "…" + name[-_FILE_NAME_END:]
    return _code(name)


def channel(name: str, topic_name: str = "") -> str:
    """A link to a channel, or to a topic in it; a code span where a name would break the link.

    Where there is no such channel, the names are read as they stand: they may not be addresses, either.
    """
    both = f"{name} {topic_name}" if topic_name else name
    broken = not name or set(both) & _CHANNEL_MARKS or _line(both) != both
    if broken or _SCHEME.search(both) or _DOMAIN_DOT.search(both):
        return inline(f"#{name} > {topic_name}" if topic_name else f"#{name}")
    return f"#**{name}>{topic_name}**" if topic_name else f"#**{name}**"


def _code(line: str) -> str:
    if not line:
        return EMPTY
    ticks = "`" * (max((len(run) for run in _BACKTICKS.findall(line)), default=0) + 1)
    pad = " " if len(ticks) > 1 else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def _line(text: str) -> str:
    return " ".join(_visible(text).split())


def _shortened(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _visible(text: str) -> str:
    """Without characters that nobody sees, that change the direction, or that pile up over other lines."""
    shown: list[str] = []
    accents = 0
    for mark in text:
        category = unicodedata.category(mark)
        accents = accents + 1 if category in {"Mn", "Me"} else 0
        if accents > _MOST_ACCENTS:
            continue
        if category in {"Cc", "Cf", "Zl", "Zp"} or mark in _BLANK_LETTERS:
            shown.append(" ")
        elif category in {"Cs", "Cn", "Co"}:
            shown.append("\ufffd")
        else:
            shown.append(mark)
    return "".join(shown)
