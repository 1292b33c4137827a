"""Also what is cut, closed or folded holds the texts of others in their place."""

import pytest
from hostile import HOSTILE, SENTINEL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seen import see

from sandbox.zulip.content import clean_content
from sandbox.zulip.markdown import render
from sandbox.zulip.world import World
from stuf_bot.acts import Post
from stuf_bot.chat import outside
from stuf_bot.chat.content import closed, fit_content
from stuf_bot.chat.folding import folded
from stuf_bot.chat.format import spoiler
from stuf_bot.places import Topic

EVERY = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4)
PIECES = [outside.inline, outside.block, outside.file_name, lambda text: spoiler("x", outside.block(text))]


def harmless(world: World, content: str) -> None:
    ours = see(render(world, clean_content(content)).html)
    assert not ours.called, content
    assert not ours.links, content
    assert SENTINEL not in ours.prose, content


@given(texts=TEXTS, length=st.integers(100, 400))
@EVERY
def test_a_cut_opens_no_code(world: World, texts: list[str], length: int) -> None:
    for write in PIECES:
        inline = "\n" not in write("")
        for between in (" ", "\n", "\n\n") if inline else ("\n", "\n\n"):
            content = fit_content(between.join(write(text) for text in texts), length)
            assert len(content) <= length
            harmless(world, content)


@pytest.mark.parametrize("between", [" ", "\n"])
@pytest.mark.parametrize("text", HOSTILE[::25])
def test_a_long_answer_stays_safe_where_it_is_cut(world: World, text: str, between: str) -> None:
    content = fit_content(between.join([outside.inline(text)] * 400))
    assert len(content) <= 10_000
    harmless(world, content)


@given(texts=TEXTS)
@EVERY
def test_code_that_begins_a_line_is_no_open_block(world: World, texts: list[str]) -> None:
    content = "\n".join(outside.inline(text) for text in texts)
    assert closed(content) == content


@given(texts=TEXTS, times=st.integers(1, 12))
@EVERY
def test_a_fold_shows_all_in_its_place(world: World, texts: list[str], times: int) -> None:
    place = Topic(channel=3, topic="x")
    said = [write(text) for text in texts for write in PIECES] * times
    post = folded([Post(to=place, content=content, key=str(at)) for at, content in enumerate(said)])
    assert len(post.content) <= 10_000
    harmless(world, post.content)
