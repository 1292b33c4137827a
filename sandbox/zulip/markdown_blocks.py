"""Zulip's blocks between fences: code with colours, ```` ```quote ````, ```` ```spoiler Title ````."""

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_FENCE = re.compile(r"(`{3,}|~{3,})[ ]*\{?\.?(?:([\w+\-./#]+)\}?(?:[ ]+([^`~]*))?)?[ ]*$")
_TAGS = {"quote": "blockquote", "spoiler": "spoiler"}
_COLOURS = HtmlFormatter(nowrap=True)


def extend(parser: MarkdownIt) -> None:
    """Teach a parser the blocks."""
    parser.block.ruler.at("fence", _fence, {"alt": ["paragraph", "blockquote", "list"]})
    parser.add_render_rule("fence", _render_code)
    parser.add_render_rule("code_block", _render_code)
    parser.add_render_rule("spoiler_open", lambda *_: '<div class="spoiler-block">')
    parser.add_render_rule("spoiler_header_open", lambda *_: '<div class="spoiler-header">\n')
    parser.add_render_rule("spoiler_header_close", lambda *_: "</div>")
    parser.add_render_rule(
        "spoiler_content_open", lambda *_: '<div class="spoiler-content" aria-hidden="true">\n'
    )
    parser.add_render_rule("spoiler_close", lambda *_: "</div></div>\n")


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _closing(state: StateBlock, fence: str, start: int, end: int) -> int:
    """The line that ends the block: the same fence again, or the end of what surrounds the block."""
    for number in range(start + 1, end):
        outside = state.sCount[number] < state.blkIndent and _line(state, number)
        if outside or _line(state, number).rstrip() == fence:
            return number
    return end


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 (the parser's way)
    opening = None if state.is_code_block(start) else _FENCE.match(_line(state, start))
    if opening is None:
        return False
    if silent:
        return True
    fence, language, title = opening.groups()
    closing = _closing(state, fence, start, end)
    if language in _TAGS:
        _container(state, _TAGS[language], (title or "").strip(), start + 1, closing)
    else:
        token = state.push("fence", "code", 0)
        token.info = language or ""
        token.content = state.getLines(start + 1, closing, state.sCount[start], keepLastLF=True)
    ended = closing < end and _line(state, closing).rstrip() == fence
    state.line = closing + 1 if ended else closing
    return True


def _container(state: StateBlock, tag: str, title: str, start: int, end: int) -> None:
    state.push(f"{tag}_open", tag, 1).block = True
    if tag == "spoiler":
        state.push("spoiler_header_open", "div", 1)
        if title:
            state.push("paragraph_open", "p", 1).block = True
            heading = state.push("inline", "", 0)
            heading.content, heading.children = title, []
            state.push("paragraph_close", "p", -1).block = True
        state.push("spoiler_header_close", "div", -1)
        state.push("spoiler_content_open", "div", 1)
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "blockquote", end
    state.md.block.tokenize(state, start, end)
    state.parentType, state.lineMax = parent, line_max
    state.push(f"{tag}_close", tag, -1).block = True


def _render_code(
    _self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    if not token.content.strip("\n"):
        return ""
    text = token.content.rstrip("\n") + "\n"
    language, code = token.info, escape(text, quote=False)
    if language == "math":
        return f'<p><span class="tex-error">{code.strip()}</span></p>\n'
    if language:
        try:
            lexer = get_lexer_by_name(language, stripnl=False)
        except ClassNotFound:
            pass
        else:
            language, code = lexer.name, highlight(text, lexer, _COLOURS)
    marked = f' data-code-language="{escape(language)}"' if language else ""
    return f'<div class="codehilite"{marked}><pre><span></span><code>{code}</code></pre></div>\n'
