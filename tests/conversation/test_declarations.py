"""All commands as they are declared: together, with their examples, and on the page that lists them."""

from pathlib import Path

import pytest

import handlers
from stuf_bot.bus import Bus
from stuf_bot.chat.declared import ANYTHING
from stuf_bot.chat.grammar import Grammar
from stuf_bot.chat.manual import page
from stuf_bot.chat.reading import read
from stuf_bot.cli import main
from stuf_bot.messages import Command
from stuf_bot.places import Person

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
COMMANDS = Bus(handlers.routers()).commands
GRAMMAR = Grammar(COMMANDS)


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.words)
def test_every_command_is_wholly_declared(kind: type[Command]) -> None:
    assert kind.examples
    assert kind.tag
    assert kind.help_line().endswith(".")


@pytest.mark.parametrize(
    ("kind", "example"), [(kind, example) for kind in COMMANDS for example in kind.examples], ids=str
)
def test_every_example_is_the_command_wherever_it_is_typed(kind: type[Command], example: str) -> None:
    assert type(GRAMMAR.parse(example, ANYTHING).command) is kind
    (line,) = read(f"@**STUF Bot**: {example}", Person(12, "STUF Bot", is_bot=True)).lines
    assert GRAMMAR.parse(line, ANYTHING) == GRAMMAR.parse(example, ANYTHING)


def test_the_page_of_commands_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(COMMANDS), "make docs writes it again"


def test_the_page_lists_every_command_on_one_line_of_four_cells() -> None:
    text = page(COMMANDS)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len([row for row in rows if row.replace("\\|", "").count("|") == 5]) == len(COMMANDS)
    for kind in COMMANDS:
        assert f"| `{kind.words}" in text


def test_the_page_is_shown_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["commands"]) == 0
    assert capsys.readouterr().out == page(COMMANDS)
