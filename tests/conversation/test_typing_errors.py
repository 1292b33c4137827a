"""Typing errors are answered with the whole line that was meant; sentences are not guessed at."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_realm import HERE
from some_commands import COMMANDS, GRAMMAR

import handlers
from stuf_bot.bus import Bus
from stuf_bot.chat.grammar import Grammar
from stuf_bot.chat.nearest import distance, nearest
from stuf_bot.errors import Refusal
from stuf_bot.messages import Effect

REAL = Grammar(Bus(handlers.routers()).commands)


def refused(line: str, grammar: Grammar = GRAMMAR) -> Refusal:
    with pytest.raises(Refusal) as caught:
        grammar.parse(line, HERE)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lsit", "list"),
        ("lst", "list"),
        ("lists", "list"),
        ("list!", "list"),
        ("staus acme-audit", "status acme-audit"),
        ("status acme-adit", "status acme-audit"),
        ("staus acme-adit", "status acme-audit"),
        ("status acme audit", None),
        ("status of acme-audit", "status acme-audit"),
        ("status acme-audit?", "status acme-audit"),
        ("`status acme-audit`", "status acme-audit"),
        ("status stuf=acme-adit", "status stuf=acme-audit"),
        ("mute acme-adit 3 days so long", "mute acme-audit 3 days so long"),
        ("viewr add acme-audit 24", "viewer add acme-audit 24"),
        ("viewer ad acme-audit 24", "viewer add acme-audit 24"),
        ("viewr ad acme-audit 24", "viewer add acme-audit 24"),
        ("add viewer acme-audit 24", "viewer add acme-audit 24"),
        ("vieweradd acme-audit 24", "viewer add acme-audit 24"),
        ("sta tus acme-audit", "status acme-audit"),
        ("viewer add acme-audit lea marlo writer", 'viewer add acme-audit "Lea Marlow" writer'),
        ("viewer add acme-audit @**Lea Marlo** writer", 'viewer add acme-audit "Lea Marlow" writer'),
        ("viewer add acme-audit 24 writr", "viewer add acme-audit 24 writer"),
        ("move acme-audit #genral", "move acme-audit general"),
        ("move acme-audit stuf nws", 'move acme-audit "STUF news"'),
        ("log acme-adit since yesterday", "log acme-audit since yesterday"),
        ("abandn acme-audit", "abandon acme-audit"),
    ],
)
def test_the_whole_line_is_offered(typed: str, meant: str | None) -> None:
    refusal = refused(typed)
    assert refusal.offer is (meant is not None)
    if meant:
        assert refusal.next_command == meant
        GRAMMAR.parse(meant, HERE)


@pytest.mark.parametrize(
    ("typed", "what", "following"),
    [
        ("status beta-3", "`beta-1` or `beta-2`", "list"),
        ("mtue acme-audit", "Did you mean `mute`?", "help mute"),
        ("mak\n```\na: 1\n```", "Did you mean `make`?", "help make"),
        ("invit acme-audit ana@example.org +44 7700 900123", "Did you mean `invite`?", "help invite"),
        ("status nothing-like-it", "There is no STUF `nothing-like-it`", "list"),
    ],
)
def test_where_no_one_line_can_be_meant_none_is_offered(typed: str, what: str, following: str) -> None:
    refusal = refused(typed)
    assert (refusal.offer, refusal.next_command) == (False, following)
    assert what in refusal.what


def test_what_is_private_is_not_offered_with_its_arguments() -> None:
    refusal = refused("cdoe verify 123456", REAL)
    assert (refusal.offer, refusal.next_command) == (False, "help code verify")
    assert "123456" not in refusal.what
    assert refused("cdoe enrol", REAL).next_command == "code enrol"


@pytest.mark.parametrize(
    "typed",
    [
        "status ben@example.org",
        "status x +44 7700 900456",
        "status +44 7700 900456",
        "viewer add acme-audit 7700900456",
    ],
)
def test_a_refusal_repeats_nothing_personal(typed: str) -> None:
    refusal = refused(typed)
    assert not re.search(r"ben@|900456", refusal.what + refusal.next_command)


@pytest.mark.parametrize(
    "prose",
    [
        "",
        "hello",
        "thanks!",
        "how are you today?",
        "could you look at acme-audit please",
        "I think we should abandon acme-audit",
        "lets abandon acme-audit",
        "abandoned acme-audit was, by all of us, long ago",
        "sting acme-audit",
        "great",
        "homi",
        "make me a sandwich, please do",
        "list of all that is wrong here",
    ],
)
def test_a_sentence_is_not_guessed_at(prose: str) -> None:
    refusal = refused(prose)
    assert refusal.what == "I did not recognise a command in that."
    assert refusal.next_command.startswith("help")
    assert not refusal.offer


def test_the_most_harmless_of_equally_near_commands_is_offered() -> None:
    assert refused("mist").next_command == "list"


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("list", "list", 0), ("lsit", "list", 1), ("lis", "list", 1), ("mist", "list", 1), ("tsil", "list", 3)],
)
def test_distance(one: str, other: str, slips: int) -> None:
    assert distance(one, other, 4) == distance(other, one, 4) == slips
    assert distance(one, other, 0) == min(slips, 1)


@given(st.text(max_size=8), st.text(max_size=8))
def test_distance_is_symmetric_and_small_only_for_near_words(one: str, other: str) -> None:
    slips = distance(one, other, 8)
    assert slips == distance(other, one, 8)
    assert (slips == 0) == (one == other)
    assert abs(len(one) - len(other)) <= slips <= max(len(one), len(other))


def test_nearest_names_are_all_that_are_equally_near() -> None:
    assert nearest("Beta-3", ["beta-1", "beta-2", "gamma"]) == ["beta-1", "beta-2"]
    assert nearest("ab", ["ac"]) == []


PIECES = [
    *(
        "list",
        "status",
        "lsit",
        "abandon",
        "abandn",
        "mute",
        "viewer",
        "add",
        "invite",
        "note",
        "log",
        "help",
    ),
    *("acme-audit", "acme-adit", "beta-1", "since", "yesterday", "2h", "3", "days", "writer", "me", "--plan"),
    *("@**Ana Lopez|21**", "@**all**", "ben@example.org", "+44 7700 900456", "+12025550123", "stuf=", "who="),
    *(
        '"',
        "'",
        "`",
        "``",
        "\n",
        "```\n",
        "```yaml\n",
        "a: 1\n",
        "[x](https://example.org)",
        "\u202e",
        "/me",
        "?",
    ),
]
LINES = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)
_WORDS = {tuple(words.split()) for kind in COMMANDS for words in (kind.words, *kind.aliases)}


@settings(max_examples=200)
@given(LINES)
def test_whatever_is_typed_is_a_command_that_was_typed_or_a_harmless_refusal(line: str) -> None:
    try:
        parsed = GRAMMAR.parse(line, HERE)
    except Refusal as refusal:
        check_refusal(refusal, line)
        return
    if parsed.command.effect is not Effect.READS:
        typed = line.lower().split()
        assert any(tuple(typed[: len(words)]) == words for words in _WORDS)


def check_refusal(refusal: Refusal, line: str, grammar: Grammar = GRAMMAR) -> None:
    """It ends with a way on, echoes nothing personal, and what it echoes stays in code."""
    assert refusal.next_command
    assert "\n" not in refusal.next_command
    assert "`" not in refusal.next_command
    for text in (refusal.what, refusal.next_command):
        assert "ben@example.org" not in text
        assert "7700 900456" not in text
        assert "2025550123" not in text
    outside_code = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", refusal.what)
    for mark in ("@**", "](", "\u202e", "`"):
        assert mark not in outside_code, line
    if refusal.offer:
        grammar.parse(refusal.next_command, HERE)


@settings(max_examples=100)
@given(LINES)
def test_the_real_commands_do_not_guess_either(line: str) -> None:
    try:
        parsed = REAL.parse(line, HERE)
    except Refusal as refusal:
        check_refusal(refusal, line, REAL)
        return
    first = line.lower().split()[0]
    assert any(words.split()[0] == first for words in (parsed.command.words, *parsed.command.aliases))
