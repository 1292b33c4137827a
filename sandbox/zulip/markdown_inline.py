"""Zulip's inline marks that mean something in the realm: mentions, channel links, emoji."""

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from sandbox.zulip import emoji
from sandbox.zulip.markdown_marks import address, mail_address, put_markup
from sandbox.zulip.mentions import GROUP, PERSON, find_group, find_person, may_stand_before

if TYPE_CHECKING:
    from sandbox.zulip.world import World

_CHANNEL = re.compile(r"#\*\*([^*>]+)(?:>([^*]+?))?(?:@(\d{1,15}))?\*\*")
_EMOJI = re.compile(r":([a-z0-9_+\-]{1,60}):")


def extend(parser: MarkdownIt) -> None:
    """Teach a parser the marks."""
    ruler = parser.inline.ruler
    ruler.before("emphasis", "zulip_mention", _mention)
    ruler.before("emphasis", "zulip_channel", _channel)
    ruler.before("emphasis", "zulip_colon", _colon)
    parser.add_render_rule("mention", _render_mention)
    parser.add_render_rule("text", _render_text)


def _mention(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    if state.src[state.pos] != "@":
        return False
    found, meta = _find_mention(state) if may_stand_before(state.src, state.pos) else (None, None)
    if found is None or meta is None:
        return mail_address(state, silent)
    meta["silent"] = bool(found[1]) or meta.get("silent", False)
    if not silent:
        state.push("mention", "", 0).meta = meta
    state.pos = found.end()
    return True


def _find_mention(state: StateInline) -> tuple[re.Match[str] | None, dict[str, Any] | None]:
    world: World = state.env["world"]
    if found := PERSON.match(state.src, state.pos, state.posMax):
        return found, find_person(world, found[2])
    if found := GROUP.match(state.src, state.pos, state.posMax):
        return found, find_group(world, found[2])
    return None, None


def _channel(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    found = _CHANNEL.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "#" else None
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
    return put_markup(state, found.end(), silent, tag)


def _colon(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    if state.src[state.pos] != ":":
        return False
    if address(state, silent, state.env["world"].base_url):
        return True
    found = _EMOJI.match(state.src, state.pos, state.posMax)
    code = emoji.code_of(found[1]) if found else None
    if found is None or code is None:
        return False
    return put_markup(state, found.end(), silent, _emoji_tag(found[1], code))


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
        case "user" | "everyone":
            return f'<span class="user-mention{quiet}" data-user-id="{meta["id"]}">{shown}</span>'
        case "group":
            return f'<span class="user-group-mention{quiet}" data-user-group-id="{meta["id"]}">{shown}</span>'
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
