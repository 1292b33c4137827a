"""How spoken and expected texts are read: mentions, names in braces, marks that nobody reads aloud."""

import pytest

from stuf_bot.play.wording import Unknown, Wording


@pytest.fixture
def wording() -> Wording:
    return Wording({"Tess": "Tess Architect", "bot": "STUF Bot"}, {"run": "abcd"})


def test_people_are_mentioned_by_their_name_in_the_file(wording: Wording) -> None:
    assert wording.spoken("@bot create, says @tess to ana@example.org and @nobody") == (
        "@**STUF Bot** create, says @**Tess Architect** to ana@example.org and @nobody"
    )


def test_a_mention_is_expected_with_or_without_id_loud_or_silent(wording: Wording) -> None:
    for written in (
        "@**Tess Architect**: ready",
        "@**Tess Architect|9**: ready",
        "@_**Tess Architect|9**: ready",
    ):
        assert wording.met(("@Tess: ready",), written)
    assert not wording.met(("@Tess",), "@**Pat Plain|10**")


def test_braces_are_filled_by_an_answer_and_used_from_then_on(wording: Wording) -> None:
    assert wording.met(("ready at {address}",), "Your STUF is **ready at** <https://x.example.org/a-b>.")
    assert wording.known["address"] == "https://x.example.org/a-b"
    assert wording.spoken("open {address} {run}") == "open https://x.example.org/a-b abcd"
    assert wording.met(("{address}",), "see https://x.example.org/a-b")
    assert not wording.met(("{address}",), "see https://y.example.org")


def test_a_captured_word_leaves_the_full_stop_to_the_sentence(wording: Wording) -> None:
    assert wording.met(("operation {op} of",), "operation `op-k3f9` of")
    assert wording.met(("is {what}",), "It is ready.")
    assert wording.known == {"run": "abcd", "op": "op-k3f9", "what": "ready"}


def test_an_answer_that_fails_captures_nothing(wording: Wording) -> None:
    assert not wording.met(("at {address}", "never there"), "at https://x.example.org")
    with pytest.raises(Unknown, match=r"\{address\} is not known yet"):
        wording.spoken("{address}")


def test_texts_have_to_come_in_order(wording: Wording) -> None:
    assert wording.met(("one", "two"), "one\n\ntwo")
    assert not wording.met(("two", "one"), "one two")
    assert not wording.met(("one", "one"), "only one")


def test_marks_and_line_breaks_do_not_count_but_letters_do(wording: Wording) -> None:
    assert wording.met(("type confirm to start",), "Type or\n**type** `confirm`\nto start")
    assert not wording.met(("Confirm",), "confirm")
    assert wording.met(("costs {*} a month",), "costs 1 to 2 USD a month")
