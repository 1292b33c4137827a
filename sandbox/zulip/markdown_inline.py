"""Zulip's inline marks: mentions, channel links, times, emoji, bare addresses."""

import re
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize as emphasis
from markdown_it.token import Token

from sandbox.zulip import emoji
from sandbox.zulip.mentions import GROUP, PERSON, find_group, find_person, may_stand_before

if TYPE_CHECKING:
    from sandbox.zulip.world import World

_CHANNEL = re.compile(r"#\*\*([^*>]+)(?:>([^*]+?))?(?:@(\d+))?\*\*")
_TIME = re.compile(r"<time:([^<>]{1,100})>")
_EMOJI = re.compile(r":([a-z0-9_+\-]{1,60}):")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`*]+")
_SCHEME = re.compile(r"(?:^|[^a-z0-9])(https?)$")
_TRAILING = ".,;:!?)]}"


def extend(parser: MarkdownIt) -> None:
    """Teach a parser the marks."""
    ruler = parser.inline.ruler
    ruler.before("emphasis", "zulip_mention", _mention)
    ruler.before("emphasis", "zulip_channel", _channel)
    ruler.before("emphasis", "zulip_colon", _colon)
    ruler.before("emphasis", "zulip_time", _time)
    ruler.at("emphasis", _stars_only)
    parser.add_render_rule("mention", _render_mention)
    parser.add_render_rule("markup", lambda _self, tokens, index, *_: str(tokens[index].content))
    parser.add_render_rule("text", _render_text)


def _stars_only(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    return state.src[state.pos] != "_" and emphasis(state, silent)


def _put(state: StateInline, kind: str, end: int, silent: bool, **token: Any) -> bool:  # noqa: FBT001
    if not silent:
        made = state.push(kind, "", 0)
        made.content = token.get("content", "")
        made.meta = token.get("meta", {})
    state.pos = end
    return True


def _mention(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    if state.src[state.pos] != "@" or not may_stand_before(state.src, state.pos):
        return False
    world: World = state.env["world"]
    if found := PERSON.match(state.src, state.pos):
        meta = find_person(world, found[2])
    elif found := GROUP.match(state.src, state.pos):
        meta = find_group(world, found[2])
    if not found or meta is None:
        return False
    meta["silent"] = bool(found[1]) or meta.get("silent", False)
    return _put(state, "mention", found.end(), silent, meta=meta)


def _channel(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    found = _CHANNEL.match(state.src, state.pos)
    world: World = state.env["world"]
    channel = world.channel_by_name(found[1]) if found else None
    if found is None or channel is None:
        return False
    href = f"/#narrow/stream/{channel.id}-{hash_encode(channel.name.replace(' ', '-'))}"
    kind, shown = "stream", f"#{channel.name}"
    if found[2]:
        href += f"/topic/{hash_encode(found[2])}"
        kind, shown = "stream-topic", f"{shown} > {found[2]}"
    if found[2] and found[3]:
        href += f"/near/{found[3]}"
        kind, shown = "message-link", f"{shown} @ 💬"
    tag = f'<a class="{kind}" data-stream-id="{channel.id}" href="{escape(href)}">{escape(shown)}</a>'
    return _put(state, "markup", found.end(), silent, content=tag)


def _colon(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    if state.src[state.pos] != ":":
        return False
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos])
    if scheme and state.pending.endswith(scheme[1]) and state.linkLevel == 0:
        return _address(state, state.pos - len(scheme[1]), silent)
    found = _EMOJI.match(state.src, state.pos)
    code = emoji.code_of(found[1]) if found else None
    if found is None or code is None:
        return False
    return _put(state, "markup", found.end(), silent, content=_emoji_tag(found[1], code))


def _address(state: StateInline, start: int, silent: bool) -> bool:  # noqa: FBT001
    found = _ADDRESS.match(state.src, start)
    address = found[0].rstrip(_TRAILING) if found else ""
    if len(address) <= len("https://"):
        return False
    if not silent:
        state.pending = state.pending[: start - state.pos]
    link = f'<a href="{escape(address)}">{escape(address)}</a>'
    return _put(state, "markup", start + len(address), silent, content=link)


def _time(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    found = _TIME.match(state.src, state.pos)
    if found is None:
        return False
    shown = escape(found[1])
    try:
        when = datetime.fromtimestamp(int(found[1]), UTC) if found[1].isdigit() else parse_time(found[1])
    except (ValueError, OverflowError, OSError):
        tag = f'<span class="timestamp-error">Invalid time format: {shown}</span>'
    else:
        tag = f'<time datetime="{when.strftime("%Y-%m-%dT%H:%M:%SZ")}">{shown}</time>'
    return _put(state, "markup", found.end(), silent, content=tag)


def parse_time(text: str) -> datetime:
    """A time in UTC from ISO text; without a zone it is UTC. Raises ValueError."""
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def hash_encode(text: str) -> str:
    """Text as Zulip writes it behind `#narrow/`."""
    return quote(text, safe="").replace(".", "%2E").replace("%", ".")


def _emoji_tag(name: str, code: str) -> str:
    title = escape(name.replace("_", " "))
    shown = f'aria-label="{title}" class="emoji emoji-{code}" role="img" title="{title}"'
    return f"<span {shown}>:{escape(name)}:</span>"


def _render_mention(
    _self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: MutableMapping[str, Any]
) -> str:
    meta = tokens[index].meta
    quiet = " silent" if meta["silent"] else ""
    shown = escape(("" if meta["silent"] else "@") + meta["name"])
    match meta["kind"]:
        case "user":
            return f'<span class="user-mention{quiet}" data-user-id="{meta["id"]}">{shown}</span>'
        case "group":
            return f'<span class="user-group-mention{quiet}" data-user-group-id="{meta["id"]}">{shown}</span>'
        case "everyone":
            return f'<span class="user-mention channel-wildcard-mention{quiet}" data-user-id="*">{shown}</span>'
        case _:
            return f'<span class="topic-mention{quiet}">{shown}</span>'


def _render_text(
    _self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: MutableMapping[str, Any]
) -> str:
    text = tokens[index].content
    if text.isascii():
        return escape(text, quote=False)
    return "".join(_character(character) for character in text)


def _character(character: str) -> str:
    name = emoji.name_of(character)
    return _emoji_tag(name, f"{ord(character):x}") if name else escape(character, quote=False)
