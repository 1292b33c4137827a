"""Declarations that cannot be right are refused at start, with both names."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from stuf_bot.chat.arguments import Block, Duration, Named, Rest, StufName, When
from stuf_bot.chat.grammar import Grammar
from stuf_bot.messages import Command


class Free(Command, words="make"):
    """Has a free first argument."""

    name: str = ""


class Chosen(Command, words="set"):
    """Has a first argument of few choices."""

    what: Literal["on", "off"] = "on"


class Taking(Command, words="ask", aliases=("ask stuf",)):
    """Has no argument that a word could be."""

    given: Annotated[dict[str, Any], Block()] = Field(default_factory=dict)


def refused(*commands: type[Command]) -> str:
    with pytest.raises(ValueError, match=r"\w") as caught:
        Grammar(commands)
    return str(caught.value)


def test_the_same_words_twice() -> None:
    class Other(Command, words="build", aliases=("make",)):
        """Something else."""

    class Twice(Command, words="twice", aliases=("twice",)):
        """The same as itself."""

    assert refused(Free, Other) == "'make' is both Free and Other"
    assert refused(Twice) == "Twice declares 'twice' twice"


def test_one_commands_words_could_be_anothers_argument() -> None:
    class MakeStuf(Command, words="make stuf"):
        """Its second word could be Free's argument."""

    class SetOff(Command, words="switch", aliases=("set off now",)):
        """Its second word is one of Chosen's choices."""

    class SetUp(Command, words="set up"):
        """Its second word is none of Chosen's choices."""

    class AskAll(Command, words="ask all"):
        """Taking has no argument for its second word."""

    assert refused(Free, MakeStuf) == "'make stuf' is MakeStuf, but could be Free with 'name' as well"
    assert refused(MakeStuf, Free) == "'make stuf' is MakeStuf, but could be Free with 'name' as well"
    assert refused(Chosen, SetOff) == "'set off now' is SetOff, but could be Chosen with 'what' as well"
    grammar = Grammar([Chosen, SetUp, Taking, AskAll])
    assert type(grammar.parse("set up").command) is SetUp
    assert type(grammar.parse("ask all").command) is AskAll


def test_types_that_read_words_take_them() -> None:
    class Pause(Command, words="pause"):
        """Takes a duration."""

        length: Duration

    class PauseAll(Command, words="pause all"):
        """Is no duration."""

    class Since(Command, words="log"):
        """Takes a moment, with its name."""

        since: Annotated[When | None, Named()] = None

    class LogSince(Command, words="log since"):
        """Is that name."""

    class Show(Command, words="show"):
        """Takes a STUF."""

        stuf: StufName

    class ShowAll(Command, words="show all"):
        """Could be a STUF."""

    Grammar([Pause, PauseAll])
    assert "'log since' is LogSince" in refused(Since, LogSince)
    assert "'show all' is ShowAll" in refused(Show, ShowAll)


def test_fields_that_cannot_be_filled() -> None:
    class TwoRests(Command, words="a"):
        """Both take the rest."""

        one: Annotated[str, Rest()]
        two: Annotated[str, Rest()]

    class Behind(Command, words="b"):
        """Nothing is left for the second."""

        one: Annotated[str, Rest()]
        two: str

    class TwoBlocks(Command, words="c"):
        """Both take the block."""

        one: Annotated[dict[str, Any], Block()]
        two: Annotated[dict[str, Any], Block()]

    class Late(Command, words="d"):
        """The second has to be given, the first not."""

        one: str = ""
        two: str

    assert refused(TwoRests) == "TwoRests: 'one' and 'two' both take the rest of the line"
    assert refused(Behind) == "Behind: 'two' stands behind 'one', which takes the rest of the line"
    assert refused(TwoBlocks) == "TwoBlocks: 'one' and 'two' both take the block"
    assert refused(Late) == "Late: 'two' is required, but stands behind 'one', which is not"


def test_words_roles_help_and_names_of_fields() -> None:
    class Loud(Command, words="Make it"):
        """Capitals."""

    class Nobody(Command, words="a", role="king"):
        """No such role."""

    class Silent(Command, words="b"):
        pass

    assert refused(Loud) == "Loud: 'Make it' are no words of lower-case letters and digits"
    assert refused(Nobody) == "Nobody: there is no role 'king'"
    assert refused(Silent) == "Silent has no line of help"
    with pytest.warns(UserWarning, match="shadows"):

        class Shadow(Command, words="c"):
            """A field is called as a part of the declaration."""

            role: str  # type: ignore[misc]

    assert refused(Shadow) == "Shadow: 'role' is part of the declaration and cannot be an argument"


def test_an_example_is_the_command() -> None:
    class Wrong(Command, words="a", examples=("a", "a b")):
        """Takes nothing."""

    class Foreign(Command, words="c", examples=("make it",)):
        """Shows another's example."""

    assert "Wrong: the example 'a b' is refused" in refused(Wrong)
    assert refused(Free, Foreign) == "Foreign: the example 'make it' is Free"
