"""A line as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuf_bot.chat.words import quoted, split


def texts(line: str) -> list[str]:
    return [word.text for word in split(line)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a  b\tc\nd", ["a", "b", "c", "d"]),
        ('say "a b" c', ["say", "a b", "c"]),
        ("say 'a b' c", ["say", "a b", "c"]),
        ("say “a b” c", ["say", "a b", "c"]),
        ('"a \\"b\\" \\\\ c"', ['a "b" \\ c']),
        ("a\\ b", ["a b"]),
        ("C:\\dir", ["C:\\dir"]),
        ("it isn't so, it's fine", ["it", "isn't", "so,", "it's", "fine"]),
        ("the boys' club 'now'", ["the", "boys'", "club", "now"]),
        ('5" is short', ['5"', "is", "short"]),
        ("@**Ana Lopez|21** x", ["@**Ana Lopez|21**", "x"]),
        ("@_**Ana Lopez** #**STUF news>a topic** <time:2026-11-23T10:00:00+01:00>", None),
        ('""', [""]),
        ("", []),
    ],
)
def test_words_are_quoted_as_in_a_shell_and_prose_keeps_its_apostrophes(
    line: str, words: list[str] | None
) -> None:
    expected = words or ["@_**Ana Lopez**", "#**STUF news>a topic**", "<time:2026-11-23T10:00:00+01:00>"]
    assert texts(line) == (expected if line else [])


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("days=3", "days", "3"),
        ('name="Acme Audit"', "name", "Acme Audit"),
        ("name='Acme Audit'", "name", "Acme Audit"),
        ("show-file-names=yes", "show_file_names", "yes"),
        ("--Days=3", "days", "3"),
        ("text=a=b", "text", "a=b"),
        ('"days=3"', "", ""),
        ('d"ays=3"', "", ""),
        ("=3", "", ""),
        ("3=3", "", ""),
        ("days\\=3", "", ""),
    ],
)
def test_a_key_stands_outside_quotes(line: str, key: str, value: str) -> None:
    (word,) = split(line)
    assert (word.key, word.value) == (key, value)


@pytest.mark.parametrize("typed", ["--plan", "—plan", "–plan", "--PLAN"])  # noqa: RUF001 - phones do this.
def test_a_phone_may_have_joined_the_hyphens_of_an_option(typed: str) -> None:
    (word,) = split(typed)
    assert word.flag == "plan"
    (word,) = split(f'"{typed}"')
    assert word.flag == ""


@given(st.text(max_size=60))
def test_a_quoted_text_is_read_as_itself(text: str) -> None:
    line = " ".join(text.split())
    (word,) = split(quoted(line))
    assert word.text == line
    assert not word.flag


@given(st.text(alphabet=" '\"\\“”„‘’`=ab@*#<>\n", max_size=80))  # noqa: RUF001 - phones type these quotes.
def test_every_word_has_its_place_in_the_line(line: str) -> None:
    at = 0
    for word in split(line):
        assert at <= word.start < word.end <= len(line)
        assert not line[at : word.start].strip()
        at = word.end
    assert not line[at:].strip()
