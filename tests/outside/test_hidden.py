"""What is personal is taken out of finished Markdown, and no mark of the Markdown with it."""

import re

import pytest
from hostile import HOSTILE
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stuf_bot.chat.outside import inline
from stuf_bot.relays.impersonal import told

PIECES = st.sampled_from(
    [
        "@",
        "a",
        "example.org",
        ".",
        "`",
        "``",
        "*",
        "~~~",
        "+44 7700 900123",
        "020 7946 0018",
        " ",
        "\n",
        "@**all**",
        "0",
    ]
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.lists(PIECES, max_size=12).map("".join), st.text(max_size=40))


def is_one_span(text: str) -> bool:
    """Whether all of it stands between two runs of as many backticks, with no such run within."""
    if text == "*(empty)*":
        return True
    runs = [len(run) for run in re.findall(r"`+", text)]
    ticks = len(text) - len(text.lstrip("`"))
    return ticks > 0 and text.endswith("`" * ticks) and runs.count(ticks) == 2


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
@example("@example.org @**all** [click](https://evil.example)")
@example("+44 7700 900123`@**all**")
@example("`a@example.org` @**all**")
def test_code_stays_code(text: str) -> None:
    assert is_one_span(inline(text))
    assert is_one_span(told(inline(text)))


@settings(max_examples=200, deadline=None)
@given(one=TEXTS, other=TEXTS)
@example("@example.org", "x @**all** y")
def test_what_stands_side_by_side_is_hidden_each_for_itself(one: str, other: str) -> None:
    assert told(f"{inline(one)} · {inline(other)}") == f"{told(inline(one))} · {told(inline(other))}"


@pytest.mark.parametrize(
    "text", ["**ana@example.org** wrote", "*ana@example.org*", "[x](https://example.org/a) ana@example.org"]
)
def test_the_bots_own_marks_stay(text: str) -> None:
    assert told(text) == text.replace("ana@example.org", "…")
