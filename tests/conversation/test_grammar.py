"""From typed lines to commands."""

from datetime import UTC, datetime, timedelta

import pytest
from small_realm import ANA, BOB, HERE, LEA
from some_commands import (
    GRAMMAR,
    Abandon,
    Help,
    Invite,
    List,
    Log,
    Make,
    Move,
    Mute,
    Note,
    Share,
    Status,
    Unshare,
)

from stuf_bot.chat.fields import hint, usage
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command


def said(line: str) -> Command:
    return GRAMMAR.parse(line, HERE).command


def refused(line: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        GRAMMAR.parse(line, HERE)
    return caught.value


def test_words_have_no_case_and_several_forms() -> None:
    assert said("LIST") == said("ls") == List()
    assert said("Viewer ADD acme-audit bob o'neill") == said('viewer add stuf=acme-audit who="Bob O\'Neill"')
    assert said("make stuf") == said("make") == Make()
    assert GRAMMAR.is_command("Viewer add x")
    assert not GRAMMAR.is_command("viewer")
    assert not GRAMMAR.is_command('"list"')
    assert not GRAMMAR.is_command('"a" list')


@pytest.mark.parametrize(
    "typed",
    ["acme-audit", "Acme-Audit", "`acme-audit`", '"acme-audit"', "stuf=acme-audit", "--stuf=acme-audit"],
)
def test_a_stuf_is_typed_as_it_is_shown(typed: str) -> None:
    assert said(f"status {typed}") == Status(stuf="acme-audit")


def test_a_duration_may_be_several_words() -> None:
    week = timedelta(days=7)
    assert said("mute acme-audit 1 week") == Mute(stuf="acme-audit", length=week)
    assert said("mute acme-audit 6 days and 24 hours it isn't so") == Mute(
        stuf="acme-audit", length=week, why="it isn't so"
    )
    assert said("mute length=7 days acme-audit") == Mute(stuf="acme-audit", length=week)
    assert said("mute acme-audit 1h30m").length == timedelta(minutes=90)


def test_the_rest_is_one_text_as_it_stands() -> None:
    assert said('mute acme-audit 2h  he said:  "no"  x=1').why == 'he said:  "no"  x=1'
    assert said('mute acme-audit 2h "too loud"').why == "too loud"
    assert said("mute acme-audit 2h why=loud").why == "loud"


def test_a_moment_is_typed_with_its_name_anywhere() -> None:
    at = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    for line in ("log since 2h ago", "log since=2h ago", "log SINCE=<time:2026-11-23T08:30:00Z>"):
        assert said(line) == Log(since=at)
    assert said("log since 2h ago acme-audit") == Log(stuf="acme-audit", since=at)
    assert said("log acme-audit 3 since 2026-11-23 08:30") == Log(stuf="acme-audit", since=at, days=3)
    assert said("log when=yesterday").since == datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (f"@**Ana Lopez|{ANA}**", ANA),
        (f"@_**Somebody Else|{ANA}**", ANA),
        (f"@**|{ANA}**", ANA),
        (str(ANA), ANA),
        ("@**Lea Marlow**", LEA),
        ("lea marlow", LEA),
        ('"Lea  Marlow"', LEA),
        ("bob o'neill", BOB),
        ("me", 9),
    ],
)
def test_a_person_by_mention_id_and_name(typed: str, number: int) -> None:
    asked = said(f"viewer add acme-audit {typed} writer")
    assert isinstance(asked, Share)
    assert (asked.who.user_id, asked.level) == (number, "writer")


@pytest.mark.parametrize(
    ("typed", "code", "text"),
    [
        ("@**Ana Lopez**", "namesakes", "Two people are called `Ana Lopez`"),
        ("ana lopez", "namesakes", "pick one from the autocompletion"),
        ("Robo", "no-such-person", "is a bot"),
        ("@**Gone Person|26**", "no-such-person", "deactivated"),
        ("25", "no-such-person", "deactivated"),
        ("Nobody", "unknown-person", "`Nobody`"),
        ("999", "unknown-person", "`999`"),
    ],
)
def test_who_cannot_be_meant_is_refused_with_the_reason(typed: str, code: str, text: str) -> None:
    refusal = refused(f"viewer add acme-audit {typed}")
    assert (refusal.code, refusal.offer) == (code, False)
    assert text in refusal.what


@pytest.mark.parametrize(
    ("typed", "number"),
    [("gone person", 26), ("@**Gone Person|26**", 26), ("26", 26), ("lea marlow", LEA), ("25", 25)],
)
def test_who_has_left_can_be_named_where_something_is_taken_away(typed: str, number: int) -> None:
    assert said(f"viewer remove acme-audit {typed}") == Unshare(
        stuf="acme-audit", who=HERE.person(typed, gone=True)
    )
    assert HERE.person(typed, gone=True).user_id == number


def test_bots_and_namesakes_cannot_be_named_anywhere() -> None:
    assert refused("viewer remove acme-audit Robo").code == "no-such-person"
    assert refused("viewer remove acme-audit Ana Lopez").code == "namesakes"


@pytest.mark.parametrize("typed", ["stuf news", "#stuf news", "#**STUF news**", "#**STUF news>a topic**"])
def test_a_channel(typed: str) -> None:
    assert said(f"move acme-audit {typed}") == Move(stuf="acme-audit", channel="STUF news")


def test_personal_values_are_shown_by_nothing() -> None:
    asked = said("invite acme-audit Ana@EXAMPLE.org +44 7700 900123")
    assert isinstance(asked, Invite)
    assert asked.email.get_secret_value() == "Ana@example.org"
    assert asked.phone.get_secret_value() == "+447700900123"
    shown = f"{asked} {asked!r} {asked.model_dump()} {asked.model_dump_json()}"
    assert "ana" not in shown.lower()
    assert "7700" not in shown
    kept = asked.model_dump(mode="json", context={"reveal": True})
    assert Invite.model_validate(kept) == asked
    assert Invite.personal
    assert not Status.personal


def test_what_waits_in_a_plan_is_read_again_as_it_was() -> None:
    for line in ("mute acme-audit 90s x", "viewer add acme-audit 21 writer", "log since yesterday"):
        asked = said(line)
        kept = asked.model_dump(mode="json", context={"reveal": True})
        assert type(asked).model_validate(kept) == asked


@pytest.mark.parametrize(
    "line", ["abandon acme-audit --plan", "abandon --plan acme-audit", "abandon acme-audit —plan"]
)
def test_a_plan_is_asked_for_anywhere(line: str) -> None:
    parsed = GRAMMAR.parse(line, HERE)
    assert (parsed.command, parsed.plan) == (Abandon(stuf="acme-audit"), True)


def test_a_plan_is_asked_for_behind_a_free_text_but_not_within() -> None:
    assert GRAMMAR.parse("mute acme-audit 2h too loud --plan", HERE).plan
    within = GRAMMAR.parse("mute acme-audit 2h the --plan fails", HERE)
    assert (within.plan, within.command.why) == (False, "the --plan fails")
    assert refused("status acme-audit --force").code == "unknown-option"


def test_a_block_gives_the_arguments() -> None:
    block = "```yaml\nSTUF: acme-audit\nDuration: 2h\nwhy: |\n  one\n  two\n```"
    assert said(f"mute\n{block}") == Mute(stuf="acme-audit", length=timedelta(hours=2), why="one\ntwo\n")
    assert said("log acme-audit\n~~~\ndays: 2\n~~~") == Log(stuf="acme-audit", days=2)
    assert said("make\n```\nphone: +447700900123\nanswer: no\nlist: [1, 2]\n```") == Make(
        given={"phone": "+447700900123", "answer": "no", "list": ["1", "2"]}
    )


def test_what_goes_into_a_block_can_be_typed_on_the_line() -> None:
    assert said('make name="Acme Audit" show-files=no') == Make(
        given={"name": "Acme Audit", "show_files": "no"}
    )
    assert said("make a=1\n```\na: 2\nb: 3\n```") == Make(given={"a": "1", "b": "3"})
    assert refused("make a=1 a=2").code == "given-twice"
    assert refused("make a=1 b").code == "too-many-words"


def test_a_broken_block_is_named_with_its_line() -> None:
    refusal = refused("make\n```yaml\nname: x\n  bad: [\n```")
    assert (refusal.code, "line" in refusal.what) == ("bad-yaml", True)
    assert refusal.next_command == "help make"
    assert refused("make\n```yaml\njust words\n```").code == "bad-yaml"
    assert said("make\n```yaml\n# nothing\n```") == Make()


def test_code_that_is_no_yaml_says_nothing() -> None:
    assert said("list\n```python\nabandon a\n```") == List()
    assert said("log acme-audit\n```python\nx\n```\n```\ndays: 2\n```\n```\ndays: 3\n```").days == 2
    noted = "note acme-audit x\n```python\nx = 1\n```"
    assert said(noted) == Note(stuf="acme-audit", text="x\n```python\nx = 1\n```")


def test_a_block_that_would_become_huge_is_refused() -> None:
    bomb = "a: &a [x, x]\nb: [*a, *a]"
    assert "references" in refused(f"make\n```\n{bomb}\n```").what
    assert "nested too deeply" in refused(f"make\n```\na: {'[' * 9000}\n```").what


def test_lines_below_belong_to_a_text_of_lines() -> None:
    said_lines = ["note acme-audit first", "second line", "status acme-audit", "third"]
    assert GRAMMAR.gather(said_lines) == ["note acme-audit first\nsecond line", "status acme-audit", "third"]
    assert GRAMMAR.gather(["hello", "note acme-audit x"]) == ["hello", "note acme-audit x"]
    assert said("note acme-audit first\n  second\n```\na: [\n```") == Note(
        stuf="acme-audit", text="first\n  second\n```\na: [\n```"
    )
    assert said("note\n```yaml\nstuf: acme-audit\ntext: x\n```") == Note(stuf="acme-audit", text="x")


def test_every_wrong_argument_is_named_at_once_without_its_value() -> None:
    refusal = refused("log acme-audit days=soon since=never")
    assert refusal.code == "bad-arguments"
    assert "**WHEN** must be a day or a time" in refusal.what
    assert "**days** must be a whole number" in refusal.what
    assert "soon" not in refusal.what
    assert refusal.next_command == "help log"
    assert "**DURATION** is missing" in refused("mute acme-audit").what
    assert "greater than or equal to 1" in refused("log acme-audit 0").what


def test_a_wrong_choice_lists_the_choices() -> None:
    assert "**level** must be one of `reader`, `writer`." in refused("viewer add acme-audit 21 king").what
    assert said("viewer add acme-audit 21 WRITER").level == "writer"


def test_words_too_many_and_given_twice() -> None:
    assert "`more`" in refused("status acme-audit more").what
    assert refused("status acme-audit stuf=beta-1").code == "given-twice"
    assert refused("status stuf=acme-audit stuf=beta-1").code == "given-twice"


def test_usage_shows_what_may_be_left_out_and_what_is_typed_as_it_stands() -> None:
    assert usage(Share) == "viewer add STUF PERSON [reader|writer]"
    assert usage(Log) == "log [STUF] [since WHEN] [DAYS]"
    assert usage(Make) == "make"
    assert usage(Help) == "help [COMMAND]"
    assert "autocompletion" in hint(Share.model_fields["who"])
    assert hint(Share.model_fields["level"]) == "one of `reader`, `writer`"
    assert "yesterday" in hint(Log.model_fields["since"])
