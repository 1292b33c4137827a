"""Zulip's fenced blocks: code, ```` ```quote ````, ```` ```spoiler Title ````."""

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

_FENCE = re.compile(r"(`{3,}|~{3,})[ ]*(quote|spoiler)\b[ ]*(.*)$")


def extend(parser: MarkdownIt) -> None:
    """Teach a parser the blocks."""
    parser.block.ruler.before("fence", "zulip_fence", _fence, {"alt": ["paragraph", "blockquote", "list"]})
    parser.add_render_rule("fence", _render_code)
    parser.add_render_rule("spoiler_open", _render_spoiler)
    parser.add_render_rule("spoiler_close", lambda *_: "</div></div>\n")


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    opening = _FENCE.match(_line(state, start))
    if opening is None:
        return False
    if silent:
        return True
    fence, kind, title = opening.groups()
    closing = next((n for n in range(start + 1, end) if _line(state, n).rstrip() == fence), end)
    tag = "blockquote" if kind == "quote" else "spoiler"
    token = state.push(f"{tag}_open", "blockquote" if kind == "quote" else "div", 1)
    token.meta = {"title": title.strip()}
    token.block = True
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "blockquote", closing
    state.md.block.tokenize(state, start + 1, closing)
    state.parentType, state.lineMax = parent, line_max
    state.push(f"{tag}_close", "blockquote" if kind == "quote" else "div", -1)
    state.line = min(closing + 1, end)
    return True


def _render_code(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    language = tokens[index].info.strip().split(" ")[0]
    marked = f' data-code-language="{escape(language)}"' if language else ""
    code = escape(tokens[index].content)
    return f'<div class="codehilite"{marked}><pre><span></span><code>{code}</code></pre></div>\n'


def _render_spoiler(
    _self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: MutableMapping[str, Any]
) -> str:
    title = escape(tokens[index].meta["title"])
    header = f"<p>{title}</p>" if title else ""
    return (
        f'<div class="spoiler-block"><div class="spoiler-header">\n{header}\n</div>'
        '<div class="spoiler-content" aria-hidden="true">\n'
    )
