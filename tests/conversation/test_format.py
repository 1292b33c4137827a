"""Outside text stays in its place."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stuf_bot.chat import format as fmt

HOSTILE = st.text(alphabet=st.sampled_from(list("`~@*#|_[]()<>!:/\\\n\r\t ab\u202e\u200b")), max_size=60)


@given(HOSTILE)
def test_a_span_is_one_code_span_and_nothing_else(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(fmt.span(text))
    if not text.split() or fmt.span(text) == "*(empty)*":
        return
    inline = next(token for token in tokens if token.type == "inline")
    assert [child.type for child in inline.children or []] == ["code_inline"]


@given(HOSTILE)
def test_a_block_is_one_fence_and_nothing_else(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(fmt.block(text))
    assert [token.type for token in tokens] == ["fence"]


@given(HOSTILE)
def test_a_spoiler_cannot_be_left_from_inside(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(fmt.spoiler("Log", fmt.block(text)))
    assert [token.type for token in tokens] == ["fence"]


@given(st.text())
def test_a_span_holds_no_character_that_changes_direction_or_is_invisible(text: str) -> None:
    assert not set(fmt.span(text)) & {"\u202e", "\u202d", "\u200b", "\u2028", "\n", "\x00"}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (41.7, "42 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (360_000, "4 d 4 h")],
)
def test_durations_read_aloud(seconds: float, expected: str) -> None:
    assert fmt.duration(seconds) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (8_400_000, "8.4 MB"), (3e12, "3.0 TB")],
)
def test_sizes_read_aloud(count: int, expected: str) -> None:
    assert fmt.size(count) == expected


def test_a_moment_is_read_in_the_readers_time_zone() -> None:
    assert fmt.moment(datetime(2026, 11, 23, 9, 5, tzinfo=UTC)) == "<time:2026-11-23T09:05:00+0000>"


def test_a_table_keeps_its_columns_whatever_a_cell_says() -> None:
    assert fmt.table(("A", "B"), [("x|y", "z")]).splitlines()[-1] == "| x/y | z |"
