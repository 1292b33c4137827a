"""From raw messages to what is said to the bot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuf_bot.chat.reading import Said, read
from stuf_bot.places import Person

BOT = Person(12, "STUF Bot", is_bot=True)
AT = "@**STUF Bot**"
REPLY = "@_**STUF Bot|12** [said](https://chat.example.org/#narrow/channel/5/topic/x/near/7):\n"


def lines(content: str, *, direct: bool = True) -> list[str]:
    return read(content, BOT, direct=direct).lines


@pytest.mark.parametrize("mention", [AT, "@**STUF Bot|12**", "@**|12**", "@**stuf bot**", f"{AT}:", f"{AT},"])
def test_every_way_to_write_the_mention_is_one(mention: str) -> None:
    assert read(f"{mention} list", BOT) == Said(mentioned=True, lines=["list"], text="list")


@pytest.mark.parametrize(
    "content",
    [
        "@_**STUF Bot** list",
        "@**STUF Bot|99** list",
        "@**STUF Bots** list",
        "x@**STUF Bot** list",
        f"`{AT} list`",
        f"look: `` {AT} list ` ``",
        f"`two\nlines {AT}`",
        f"```\n{AT} list\n```",
        f"~~~~text\n{AT} list\n~~~\n~~~~",
        f"```quote\n{AT} list\n```",
        f"```spoiler Title\n{AT} list\n```",
        f"> {AT} list",
        f"    {AT} list",
        f"Look:\n\n\t{AT} list",
        f"Look: ```text\n{AT} list\n``` (end)",
        f"> said before\n{AT} list",
        f"{REPLY}```quote\n{AT} list\n```",
        f"```quote\n```python\n{AT} list\n```\n{AT} list\n```",
        f"```yaml\n{AT} list",
    ],
)
def test_what_only_looks_like_a_mention_is_none(content: str) -> None:
    assert not read(content, BOT).mentioned


@pytest.mark.parametrize(
    "content",
    [
        "```quote\nabandon acme-audit\n```",
        "````quote\n```quote\nabandon a\n```\nabandon acme-audit\n````",
        "```quote\n~~~\nabandon a\n~~~\nabandon acme-audit\n```",
        "```spoiler Title here\nabandon acme-audit\n```",
        "> abandon acme-audit",
        "    abandon acme-audit\n\n    abandon acme-audit",
        "  > abandon acme-audit\nabandon acme-audit",
        "```\nabandon acme-audit\n```",
        "```text\nabandon acme-audit",
        "````\n```\n````text\nabandon acme-audit\n````",
        f"{REPLY}```quote\nabandon acme-audit\n```",
        f"{REPLY}\n```quote\nabandon acme-audit\n```",
        "@_**Tess|9** [sagte](https://chat.example.org/x):\n```quote\nabandon acme-audit\n```",
    ],
)
def test_what_others_said_is_no_command(content: str) -> None:
    assert lines(content) == []
    assert lines(f"{content}\n\nlist") in (["list"], [])


def test_after_a_quote_one_speaks_again() -> None:
    assert lines(f"{REPLY}```quote\nabandon acme-audit\n```\nstatus acme-audit") == ["status acme-audit"]
    assert lines("> abandon acme-audit\n\nstatus acme-audit") == ["status acme-audit"]
    assert lines("```quote\n~~~\n```\n~~~\n```\nstatus acme-audit") == ["status acme-audit"]


def test_each_line_is_a_command() -> None:
    assert lines(f"{AT} list\n\n  {AT} status acme-audit \nhelp") == ["list", "status acme-audit", "help"]


def test_what_stands_above_the_mention_is_said_to_others() -> None:
    content = f"Folks, this is broken:\n\nlist of things\n{AT} status acme-audit\nhelp"
    assert lines(content, direct=False) == ["status acme-audit", "help"]
    assert len(lines(content)) == 4
    assert read(content, BOT).text.startswith("Folks")


@pytest.mark.parametrize("fence", ["```yaml", "```", "~~~~yml", "``` YAML"])
def test_a_yaml_block_stays_with_its_line(fence: str) -> None:
    end = fence.rstrip("yamlYAML ")
    block = f"{fence}\nname: Acme\n\nlist: [a]\n{end}"
    assert lines(f"{AT} create\n{block}\nlist") == [f"create\n{block}", "list"]
    assert lines(f"{AT} create\n\n{block}") == [f"create\n{block}"]


def test_a_block_without_an_end_goes_to_the_last_line() -> None:
    assert lines("create\n```yaml\nname: Acme") == ["create\n```yaml\nname: Acme\n```"]


def test_code_belongs_to_the_line_above_and_is_no_line_itself() -> None:
    assert lines("list\n```python\nabandon a\n```\nhelp") == ["list\n```python\nabandon a\n```", "help"]
    two = "create\n```\na: 1\n```\n```\nb: 2\n```"
    assert lines(two) == [two]
    assert lines("create\n```quote\na\n```\n```\na: 1\n```") == ["create"]
    assert lines("create\n> quoted\n\n```\na: 1\n```") == ["create"]
    assert lines("```\na: 1\n```\ncreate") == ["create"]


def test_an_answer_is_taken_whole_but_without_what_it_quotes() -> None:
    assert read("ana@example.org, +44 7700 900123\n\n> x\n```\nben\n```", BOT).text.count("\n") == 5
    assert read(f"{AT} Acme Audit", BOT).text == "Acme Audit"
    assert read(f"{REPLY}```quote\nWhat is it called?\n```\nAcme Audit", BOT).text == "Acme Audit"


def test_a_mention_alone_says_nothing() -> None:
    assert read(AT, BOT) == Said(mentioned=True, lines=[], text="")


_PIECES = st.lists(
    st.sampled_from(
        (
            *(AT, "@_**STUF Bot**", "```", "````", "~~~", "```quote", "```yaml", "```spoiler x", "`", "> "),
            *("\n", " ", "abandon acme", "a: 1", "\\", "\r\n", REPLY),
        )
    ),
    max_size=25,
).map("".join)


@given(st.one_of(st.text(max_size=300), _PIECES))
def test_any_message_can_be_read(content: str) -> None:
    said = read(content, BOT)
    assert all(line.strip() for line in said.lines)
    assert all(line.split("\n")[0].strip() in content for line in said.lines if AT not in content)
    assert said.mentioned <= ("**" in content)


@given(_PIECES, st.integers(3, 6))
def test_nothing_comes_out_of_a_block_whose_fence_is_longer(content: str, longer: int) -> None:
    fence = "~" * (longer + 4)
    for language in ("quote", "text", "spoiler"):
        inner = content.replace("~~~", "").replace("`", "'")
        said = read(f"{fence}{language}\n{inner}\n{fence}", BOT, direct=True)
        assert said == Said(mentioned=False, lines=[], text=said.text)


@given(_PIECES)
def test_a_code_block_holds_whatever_is_in_it(content: str) -> None:
    fence = "~" * (len(content) + 3)
    first, second = lines(f"list\n{fence}python\n{content}\n{fence}\nhelp")
    assert (first.split("\n")[0], second) == ("list", "help")
