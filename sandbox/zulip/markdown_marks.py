"""Zulip's inline marks that need nothing of the realm: code, bold, italics, deleted, addresses, times.

Unlike CommonMark, Zulip finds them by plain patterns: a mark neither spans lines nor nests in itself.
"""

import re
from datetime import UTC, datetime
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_CODE = re.compile(r"(`+)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MARKS = (
    (re.compile(r"\*\*\*(?!\s)([^*\n]+)(?<!\s)\*\*\*"), ("strong", "em")),
    (re.compile(r"\*\*([^\n]+?)\*\*"), ("strong",)),
    (re.compile(r"\*(?!\s)([^*\n]+)(?<!\s)\*"), ("em",)),
)
_DELETED = re.compile(r"(?<!~)~~([^~\n]+?)~~(?!~)")
_FORMULA = re.compile(r"\$\$([^\n$]+)\$\$")
_TIME = re.compile(r"<time:([^<>\n]{1,100})>")
_ADDRESS = re.compile(r"https?://(?:(?!@_?\*)[^\s<>\"'`*])+")
_SCHEME = re.compile(r"(?:^|[^a-z0-9])(https?)$")
_LOCAL_PART = re.compile(r"[\w.+-]+$", re.ASCII)
_LOCAL_LENGTH = 64
_DOMAIN = re.compile(r"@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-zA-Z]{2,}")
_TRAILING = ".,;:!?)]}"


def extend(parser: MarkdownIt) -> None:
    """Teach a parser the marks."""
    ruler = parser.inline.ruler
    ruler.at("backticks", _code)
    ruler.at("emphasis", _stars)
    ruler.at("strikethrough", _deleted)
    ruler.before("link", "zulip_no_image", _no_image)
    ruler.before("link", "zulip_time", _time)
    ruler.before("link", "zulip_formula", _formula)
    parser.add_render_rule("markup", lambda _self, tokens, index, *_: str(tokens[index].content))


def put_markup(state: StateInline, end: int, silent: bool, html: str) -> bool:  # noqa: FBT001
    """Put finished HTML where the parser stands, and go on at `end`."""
    if not silent:
        state.push("markup", "", 0).content = html
    state.pos = end
    return True


def _code(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    if state.src[state.pos] != "`":
        return False
    # A backslash before it is no escape, but it keeps a backtick from opening code.
    escaped = state.pos > 0 and state.src[state.pos - 1] == "\\"
    found = None if escaped else _CODE.match(state.src, state.pos, state.posMax)
    if found is None:
        run = len(state.src) - len(state.src[state.pos :].lstrip("`")) - state.pos
        end = min(state.pos + run, state.posMax)
        if not silent:
            state.pending += state.src[state.pos : end]
        state.pos = end
        return True
    return put_markup(state, found.end(), silent, f"<code>{escape(found[2], quote=False)}</code>")


def _inside(state: StateInline, found: re.Match[str], tags: tuple[str, ...]) -> bool:
    """Parse what stands between the marks, within elements."""
    end, limit = found.end(), state.posMax
    for tag in tags:
        state.push(f"{tag}_open", tag, 1)
    state.pos, state.posMax = found.start(1), found.end(1)
    state.md.inline.tokenize(state)
    for tag in reversed(tags):
        state.push(f"{tag}_close", tag, -1)
    state.pos, state.posMax = end, limit
    return True


def _stars(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    if state.src[state.pos] != "*":
        return False
    for pattern, tags in _MARKS:
        found = pattern.match(state.src, state.pos, state.posMax)
        if found and not silent:
            return _inside(state, found, tags)
        if found:
            state.pos = found.end()
            return True
    return False


def _deleted(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    found = _DELETED.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "~" else None
    if found is None:
        return False
    if silent:
        state.pos = found.end()
        return True
    return _inside(state, found, ("del",))


def _no_image(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    """`![…](…)` makes no picture and no link."""
    if state.src[state.pos] != "[" or state.pos == 0 or state.src[state.pos - 1] != "!":
        return False
    if not silent:
        state.pending += "["
    state.pos += 1
    return True


def address(state: StateInline, silent: bool, own: str) -> bool:  # noqa: FBT001
    """At a colon: the rest of a bare web address whose scheme was read already. `own` is this realm's."""
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos])
    if scheme is None or not state.pending.endswith(scheme[1]) or state.linkLevel > 0:
        return False
    start = state.pos - len(scheme[1])
    found = _ADDRESS.match(state.src, start, state.posMax)
    whole = found[0].rstrip(_TRAILING) if found else ""
    if len(whole) <= len("https://"):
        return False
    if not silent:
        state.pending = state.pending[: start - state.pos]
    href = whole.removeprefix(own) if own and whole.startswith(f"{own}/#") else whole
    href = href.removeprefix("/") if href.startswith("/#") else href
    link = f'<a href="{escape(href)}">{escape(whole)}</a>'
    return put_markup(state, start + len(whole), silent, link)


def mail_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """At an `@`: the rest of an e-mail address whose first part was read already."""
    local = _LOCAL_PART.search(state.pending[-_LOCAL_LENGTH:])
    found = _DOMAIN.match(state.src, state.pos, state.posMax)
    if local is None or found is None or state.linkLevel > 0:
        return False
    whole = local[0] + found[0]
    if not silent:
        state.pending = state.pending[: -len(local[0])]
    return put_markup(state, found.end(), silent, f'<a href="mailto:{escape(whole)}">{escape(whole)}</a>')


def _time(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    found = _TIME.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "<" else None
    if found is None:
        return False
    shown = escape(found[1])
    try:
        when = datetime.fromtimestamp(int(found[1]), UTC) if found[1].isdecimal() else parse_time(found[1])
    except (ValueError, OverflowError, OSError):
        tag = f'<span class="timestamp-error">Invalid time format: {shown}</span>'
    else:
        tag = f'<time datetime="{when.strftime("%Y-%m-%dT%H:%M:%SZ")}">{shown}</time>'
    return put_markup(state, found.end(), silent, tag)


def _formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    """Formulas are shown as typed, as on a server without KaTeX."""
    found = _FORMULA.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "$" else None
    if found is None:
        return False
    return put_markup(state, found.end(), silent, f'<span class="tex-error">{escape(found[0])}</span>')


def parse_time(text: str) -> datetime:
    """A time in UTC from ISO text; without a zone it is UTC. Raises ValueError."""
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
