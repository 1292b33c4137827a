"""Message content to HTML, in Zulip's dialect and safe to put into a page; and whom it mentions."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sandbox.zulip import markdown_blocks, markdown_inline, markdown_marks

if TYPE_CHECKING:
    from sandbox.zulip.world import World

_TAGS = {
    *("a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li"),
    *("ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "time", "tr", "ul"),
}
_ATTRIBUTES = {
    "a": {"class", "href", "data-stream-id"},
    "div": {"class", "aria-hidden", "data-code-language"},
    "ol": {"start"},
    "span": {"class", "data-user-id", "data-user-group-id", "aria-label", "role", "title"},
    "td": {"align"},
    "th": {"align"},
    "time": {"datetime"},
}


@dataclass
class Mentions:
    """Whom a message addresses: ids of users and groups, everybody in the channel, everybody in the topic."""

    users: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    everyone: bool = False
    topic: bool = False


@dataclass
class Rendered:
    """HTML of a message, and its mentions."""

    html: str
    mentions: Mentions


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"breaks": True, "html": False})
    parser.enable(["code", "fence", "blockquote", "heading", "hr", "list", "table"])
    parser.enable(["backticks", "emphasis", "entity", "link", "newline", "strikethrough"])
    # These pair up marks in CommonMark's way; here each mark is found whole.
    parser.inline.ruler2.enableOnly(["fragments_join"])
    markdown_blocks.extend(parser)
    markdown_marks.extend(parser)
    markdown_inline.extend(parser)
    return parser


_PARSER = _parser()


def render(world: "World", content: str) -> Rendered:
    """Render a message's content; the HTML holds nothing that a page would execute or load."""
    env: dict[str, Any] = {"world": world}
    tokens = _PARSER.parse(content, env)
    mentions = _collect(tokens)
    _align(tokens)
    html = _PARSER.renderer.render(tokens, _PARSER.options, env)
    clean = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None
    )
    return Rendered(clean.strip(), mentions)


def _align(tokens: list[Token]) -> None:
    """Align cells by attribute: an inline style would break a page's content security policy."""
    for token in tokens:
        style = str(token.attrs.pop("style", "")) if token.type in {"td_open", "th_open"} else ""
        if style:
            token.attrSet("align", style.partition(":")[2])


def _collect(tokens: list[Token]) -> Mentions:
    """Note who is addressed; in a quotation nobody is, and the mention is shown as a silent one."""
    mentions = Mentions()
    quoted = 0
    for token in tokens:
        if token.type == "blockquote_open":
            quoted += 1
        elif token.type == "blockquote_close":
            quoted -= 1
        for child in token.children or []:
            if child.type != "mention":
                continue
            if quoted:
                child.meta["silent"] = True
            if not child.meta["silent"]:
                _add(mentions, child.meta)
    return mentions


def _add(mentions: Mentions, target: dict[str, Any]) -> None:
    match target["kind"]:
        case "user":
            mentions.users.add(target["id"])
        case "group":
            mentions.groups.add(target["id"])
        case "everyone":
            mentions.everyone = True
        case _:
            mentions.topic = True
