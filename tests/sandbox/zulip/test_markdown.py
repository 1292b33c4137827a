"""How messages are rendered and whom they notify: as on the real server, hostile texts included."""

import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from comparing import SITE, index, load
from recorded_realm import BOT, INCIDENTS, NOW, PAT, TESS
from replay import Replay

from sandbox.zulip.content import clean_content
from sandbox.zulip.delivery import mention_flags
from sandbox.zulip.markdown import render
from sandbox.zulip.records import Message
from sandbox.zulip.world import World

_ABSENT = pytest.param("", marks=pytest.mark.skip(reason="the recorded exchanges are not here"))
HOSTILE = [one["file"] for one in index() if one["file"].startswith("R")] or [_ABSENT]

# Texts whose HTML differs, with the reason; their flags agree all the same.
_QUOTED_FENCE = "in a '>' quotation Zulip knows no fences, and puts a line break behind one in a quote block"
_SILENCED = "Zulip writes an underscore into every '@**' of a quotation, also where nobody is meant"
_PREVIEW = "a preview of an outside address; nothing is fetched here"
DIFFERENT = {
    "![img](https://evil.example/x.png)": _PREVIEW,
    "https://evil.example/x.png": _PREVIEW,
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ": _PREVIEW,
    "https://evil.example/@**Pat Plain**": "Zulip's own placeholder shows in the address",
    "[click me](https://evil.example/)": "with zero-width spaces in it, the address is none and is removed",
    "[https://good.example](https://evil.example/)": "with zero-width spaces in it, the address is removed",
    "[@**Pat Plain**](https://evil.example)": "with zero-width spaces in it, the address is removed",
    "@*hamletcharacters*": _SILENCED,
    "@**al\u200bl** hi": _SILENCED,
    "@**Pat\\ Plain** hi": _SILENCED,
    "`code @**Pat Plain**`": _SILENCED,
    "``co`de @**Pat Plain**``": _SILENCED,
    "    four blanks @**Pat Plain**": _SILENCED,
    "\ttab @**Pat Plain**": _SILENCED,
    "```\n nested ```` fences\n```": _QUOTED_FENCE,
    "````\n```\ninner @**all**\n```\n````": _QUOTED_FENCE,
    "~~~\ntilde @**all**\n~~~": _QUOTED_FENCE,
    "```spoiler Title @**all**\nhidden @**Pat Plain**\n```": _QUOTED_FENCE,
    "```quote\n@**all** @**Pat Plain**\n```": _QUOTED_FENCE,
    "```math\nx^2\n```": _QUOTED_FENCE,
    "```python\nprint('@**all**')\n```": _QUOTED_FENCE,
    "``` \nunclosed fence @**Pat Plain**": _QUOTED_FENCE,
    "```\n```\n@**Pat Plain** after empty fence": _QUOTED_FENCE,
    "- item\n- item\n1. one\n2. two": "in a '>' quotation Zulip does not change from one kind of list to the other",
}


class _Page(HTMLParser):
    """HTML as a browser takes it: elements, attributes and text, blanks collapsed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, sorted(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.parts += re.sub(r"\s+", " ", data).strip() and [re.sub(r"\s+", " ", data).strip()]


def page(html: str) -> list[Any]:
    parsed = _Page()
    parsed.feed(html)
    parsed.close()
    return parsed.parts


def flags(world: World, content: str, user_id: int) -> list[str]:
    rendered = render(world, content)
    message = Message(
        id=9999,
        sender_id=BOT,
        channel_id=INCIDENTS,
        topic="new",
        content=content,
        rendered=rendered.html,
        sent=NOW,
        client="test",
    )
    return sorted(mention_flags(world, message, rendered.mentions, user_id))


@pytest.fixture
def world(tmp_path: Path) -> World:
    async def make() -> World:
        return Replay(tmp_path, SITE).world

    return asyncio.run(make())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_notify_as_recorded(name: str, world: World) -> None:
    for case in load(name)["cases"]:
        content = clean_content(case["sent"])
        assert flags(world, content, PAT) == sorted(case["flags_for_pat"]), case["sent"]
        assert flags(world, content, TESS) == sorted(case["flags_for_tess"]), case["sent"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_look_as_recorded(name: str, world: World) -> None:
    for case in load(name)["cases"]:
        if case["input"] not in DIFFERENT:
            ours = render(world, clean_content(case["sent"])).html
            assert page(ours) == page(case["rendered_html"]), case["sent"]


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("a\nb", "<p>a<br>\nb</p>"),
        (
            "@**Pat Plain|11** @_**Tess Architect**",
            (
                '<p><span class="user-mention" data-user-id="11">@Pat Plain</span> '
                '<span class="user-mention silent" data-user-id="9">Tess Architect</span></p>'
            ),
        ),
        (
            "#**general>a.b c**",
            (
                '<p><a class="stream-topic" data-stream-id="3" href="/#narrow/stream/3-general/topic/a.2Eb.20c">'
                "#general &gt; a.b c</a></p>"
            ),
        ),
        (
            "<time:2026-11-23T21:00:00+01:00>",
            '<p><time datetime="2026-11-23T20:00:00Z">2026-11-23T21:00:00+01:00</time></p>',
        ),
        (
            "|a|\n|:-:|\n|1|",
            (
                '<table>\n<thead>\n<tr>\n<th align="center">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n'
                '<td align="center">1</td>\n</tr>\n</tbody>\n</table>'
            ),
        ),
        ("<time:soon>", '<p><span class="timestamp-error">Invalid time format: soon</span></p>'),
        (
            ":thumbs_up: :no_such_emoji:",
            (
                '<p><span aria-label="thumbs up" class="emoji emoji-1f44d" role="img" title="thumbs up">'
                ":thumbs_up:</span> :no_such_emoji:</p>"
            ),
        ),
        (
            "```yaml\na: 1\n```",
            (
                '<div class="codehilite" data-code-language="YAML"><pre><span></span><code>'
                '<span class="nt">a</span><span class="p">:</span><span class="w"> </span>'
                '<span class="l l-Scalar l-Scalar-Plain">1</span>\n</code></pre></div>'
            ),
        ),
    ],
)
def test_rendering(world: World, content: str, html: str) -> None:
    assert render(world, content).html == html
