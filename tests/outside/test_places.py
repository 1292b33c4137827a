"""Each function of `outside.py` holds any text in its place, in everything that may stand around it."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hostile import HOSTILE
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from seen import see

from sandbox.zulip.content import clean_content, clean_topic
from sandbox.zulip.markdown import render
from sandbox.zulip.widgets import widget_of_command
from sandbox.zulip.world import World
from stuf_bot.chat import outside
from stuf_bot.chat.content import fit_topic
from stuf_bot.chat.format import listing, spoiler

SIGNS = st.sampled_from(list("`~@*#|_[]()<>!:/\\$&=-+.{}\"'\n\r\t \x00\x1b\u202e\u200b\u2028✔0aZ"))
PIECES = st.sampled_from(
    [*HOSTILE, "@**all**", "```", "https://evil.example", "](", "/me ", "**", "#**general**"]
)
ANY = st.text(max_size=80) | st.text(alphabet=SIGNS, max_size=60) | st.lists(PIECES, max_size=3).map(" ".join)
EVERY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

PLACES: dict[str, Callable[[str], str]] = {
    "alone": outside.inline,
    "in a sentence": lambda text: f"**Before** {outside.inline(text)} after, `code` and {outside.inline(text)}.",
    "in brackets": lambda text: f"({outside.inline(text)})",
    "after a mention": lambda text: f"@_**|9** says {outside.inline(text)}, see #**general>x**.",
    "in a list": lambda text: listing([outside.inline(text), "second"]),
    "in a numbered list": lambda text: f"1. {outside.inline(text)}\n2. second",
    "in a quotation": lambda text: f"> {outside.inline(text)}\n\nafter",
    "in a block": lambda text: f"Before:\n{outside.block(text)}\nafter",
    "in a spoiler": lambda text: spoiler("Log", outside.block(text)) + "\nafter",
    "in a spoiler's line": lambda text: spoiler("Log", outside.inline(text)) + "\nafter",
    "in a block in another language": lambda text: outside.block(text, "json"),
    "in a link": lambda text: f"see {outside.link(outside.link_label(text), 'https://good.example/x')}, and on",
    "as a file's name": lambda text: f"📥 {outside.file_name(text)} arrived.",
    "as a topic": lambda text: f"see {outside.channel('general', outside.topic(text))}, and on",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@given(text=ANY)
@example(text="")
@example(text="\\")
@EVERY
def test_the_rest_stays_as_it_is_around_a_harmless_text(world: World, place: str, text: str) -> None:
    write = PLACES[place]
    content = clean_content(write(text))
    ours, harmless = see(render(world, content).html), see(render(world, write("harmless")).html)
    if place == "as a topic":
        # The topic is the link itself.
        assert len(ours.links) == 1
        assert len(ours.shape) == len(harmless.shape)
        assert not ours.called
        return
    assert ours.prose == harmless.prose
    assert ours.shape == harmless.shape
    assert ours.links == harmless.links
    assert ours.called == harmless.called
    assert widget_of_command(content) is None
    assert not content.lstrip().startswith("/")


@given(text=ANY)
def test_an_inline_text_is_one_code_span_in_common_markdown_too(text: str) -> None:
    if outside.inline(text) != outside.EMPTY:
        inline = next(
            token for token in MarkdownIt("commonmark").parse(outside.inline(text)) if token.type == "inline"
        )
        assert [child.type for child in inline.children or []] == ["code_inline"]


@given(text=ANY)
def test_a_block_is_one_fence_in_common_markdown_too(text: str) -> None:
    assert [token.type for token in MarkdownIt("commonmark").parse(outside.block(text))] == ["fence"]


@pytest.mark.parametrize(
    "write",
    [
        outside.inline,
        outside.block,
        outside.topic,
        outside.link_label,
        outside.file_name,
        outside.channel,
    ],
)
@given(text=ANY)
def test_nothing_is_shown_that_nobody_sees_or_that_turns_the_text_round(
    write: Callable[[str], str], text: str
) -> None:
    shown = write(text).replace("\n", "")
    hidden = [mark for mark in shown if unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert not hidden
    assert not re.search(r"[\u0300-\u036f]{4}", shown)
    shown.encode()


@given(text=ANY)
def test_a_topic_fits_and_is_the_same_when_it_is_made_again(text: str) -> None:
    made = outside.topic(text)
    assert 1 <= len(made) <= 50
    assert clean_topic(made) == made
    assert fit_topic(made) == made
    assert outside.topic(made) == made


@given(text=ANY)
def test_a_topic_is_neither_done_nor_a_link(text: str) -> None:
    made = outside.topic(text)
    assert not made.startswith("✔")
    assert "://" not in made
    assert not re.search(r"\w\.[A-Za-z]{2}", made)
    assert not set(made) & set("*`>@")


@given(text=ANY, topic=ANY)
@example(text="", topic="https://evil.example")
@example(text="no such channel", topic="evil.example/x")
@EVERY
def test_a_link_to_a_channel_leads_there_or_is_no_link(world: World, text: str, topic: str) -> None:
    for content in (outside.channel(text), outside.channel("general", topic), outside.channel(text, topic)):
        ours = see(render(world, f"see {content} and on").html)
        assert not ours.called
        assert len(ours.links) <= 1
        assert all(link.startswith("/#narrow/stream/") for link in ours.links)


@given(address=ANY)
@example(address="https://good.example/a_b?c=d&e=%20#f")
@example(address="https://good.example/@**Pat Plain**")
@example(address="https://good.example/) [x](https://evil.example")
@example(address="https://good.example:99999999/")
@example(address="https://user@evil.example/")
@EVERY
def test_an_address_is_one_link_or_none(world: World, address: str) -> None:
    for content in (outside.web_address(address), outside.link("here", address)):
        ours = see(render(world, f"see {content} and on").html)
        assert ours.links <= {address}
        assert not ours.called
        assert ours.prose.startswith("see")
        assert ours.prose.endswith("and on")


def test_an_address_that_is_one_can_be_clicked(world: World) -> None:
    address = "https://git.example.org/acme/stuf-acme-audit/actions/runs/7?check=1#step"
    assert outside.web_address(address) == address
    assert see(render(world, outside.link("run 7", address)).html).links == {address}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ledger.pdf", "`ledger.pdf`"),
        ("../../etc/passwd", "`passwd`"),
        ("C:\\Users\\ana\\ledger.pdf", "`ledger.pdf`"),
        ("invoice\u202efdp.exe", "`invoice fdp.exe`"),
        ("a" * 200 + ".tar.gz", "`" + "a" * 59 + "…" + "a" * 13 + ".tar.gz`"),
        ("", "*(empty)*"),
        ("/", "*(empty)*"),
    ],
)
def test_a_file_name_shows_what_kind_of_file_it_is(name: str, shown: str) -> None:
    assert outside.file_name(name) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Fix main.py (v1.2)", "Fix main\u2024py (v1.2)"),
        ("see https://evil.example/x", "see https:\u2215\u2215evil\u2024example/x"),
        ("✔ ✔ done already", "done already"),
        ("@**all** > `x`", "\uff20\u2217\u2217all\u2217\u2217 \u203a 'x'"),
        ("two\nlines", "two lines"),
        ("", "(no topic)"),
        ("✔", "(no topic)"),
        ("x" * 60, "x" * 49 + "…"),
    ],
)
def test_how_a_topic_reads(text: str, shown: str) -> None:
    assert outside.topic(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "`plain`"),
        ("two\n  lines", "`two lines`"),
        ("a `b` c", "`` a `b` c ``"),
        ("", "*(empty)*"),
        ("\u200b", "*(empty)*"),
        ("x" * 300, "`" + "x" * 199 + "…`"),
    ],
)
def test_how_an_inline_text_reads(text: str, shown: str) -> None:
    assert outside.inline(text) == shown


def test_a_block_keeps_lines_and_columns_and_drops_colours() -> None:
    assert outside.block("a\tb\n\x1b[31mred\x1b[0m") == "```text\na   b\nred\n```"


def test_a_channel_reads_as_a_link() -> None:
    assert outside.channel("acme-audit") == "#**acme-audit**"
    assert outside.channel("acme-audit", "uploads") == "#**acme-audit>uploads**"
    assert outside.channel("a*b", "c") == "`#a*b > c`"
