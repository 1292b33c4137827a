"""What is said fits, and nothing goes silently."""

from hypothesis import given
from hypothesis import strategies as st

from stuf_bot.chat.content import CONTENT_LENGTH, CUT_NOTE, fit_content, fit_topic
from stuf_bot.places import TOPIC_LENGTH

LONG = st.tuples(
    st.text(st.sampled_from("ab \n`~😀"), max_size=50), st.integers(0, 1200), st.text(max_size=30)
).map(lambda parts: parts[0] * parts[1] + parts[2])


@given(LONG)
def test_content_fits_and_is_never_empty(content: str) -> None:
    fitted = fit_content(content)
    assert 0 < len(fitted) <= CONTENT_LENGTH
    assert "\x00" not in fitted
    plain = content.replace("\x00", "").strip()
    if len(plain) <= CONTENT_LENGTH:
        assert fitted == (plain or "(empty)")
    else:
        assert fitted.endswith(CUT_NOTE)


def test_ten_thousand_characters_go_as_they_are() -> None:
    assert fit_content("x" * CONTENT_LENGTH) == "x" * CONTENT_LENGTH


def test_an_open_fence_is_closed_with_its_own_kind() -> None:
    for fence in ("```", "~~~~", "``````"):
        fitted = fit_content(f"{fence}text\n" + "a line\n" * 3000)
        assert fitted.removesuffix("\n\n" + CUT_NOTE).endswith("\n" + fence)


def test_a_closed_fence_stays_closed() -> None:
    fitted = fit_content("```\nx\n```\n" + "a line\n" * 3000)
    assert fitted.removesuffix("\n\n" + CUT_NOTE).endswith("a line")


@given(st.text(max_size=200))
def test_topics_fit_on_one_line(topic: str) -> None:
    fitted = fit_topic(topic)
    plain = fitted.removeprefix("✔ ")
    assert 0 < len(plain) <= TOPIC_LENGTH
    assert plain.isprintable()
    assert fit_topic(fitted) == fitted


def test_a_resolved_topic_stays_resolved() -> None:
    assert fit_topic("✔ " + "x" * 60).startswith("✔ xxx")
