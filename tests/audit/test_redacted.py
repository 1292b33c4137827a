"""Names of things are kept; what people wrote, and who participants are, is not."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from stuf_bot.audit.chain import _clean
from stuf_bot.audit.redacted import kept
from stuf_bot.chat.arguments import (
    Block,
    ChannelArg,
    Duration,
    EmailArg,
    PersonArg,
    PhoneArg,
    Rest,
    StufName,
    When,
)
from stuf_bot.messages import Command
from stuf_bot.places import Person


class Colour(StrEnum):
    RED = "red"


class Everything(Command, words="do everything"):
    """Do everything."""

    stuf: StufName | None = None
    person: PersonArg | None = None
    channel: ChannelArg | None = None
    lasting: Duration | None = None
    since: When | None = None
    email: EmailArg | None = None
    phone: PhoneArg | None = None
    colour: Colour | None = None
    files: Literal["", "adopt"] = ""
    why: Annotated[str, Rest()] = ""
    block: Annotated[dict[str, Any], Block()] = Field(default_factory=dict)
    emails: tuple[EmailArg, ...] = ()
    count: int = 0
    code: SecretStr | None = None
    other: Any = None


def test_names_of_things_are_kept() -> None:
    asked = Everything(
        stuf="acme-audit",
        person=Person(9, "Tess Architect"),
        channel="stuf-admin",
        lasting=timedelta(minutes=15),
        since=datetime(2026, 11, 23, tzinfo=UTC),
        colour=Colour.RED,
        files="adopt",
        count=3,
    )
    assert kept(asked) == {
        "command": "do everything",
        "stuf": "acme-audit",
        "arguments": {
            "stuf": "acme-audit",
            "person": 9,
            "channel": "stuf-admin",
            "lasting": "900 s",
            "since": "2026-11-23T00:00:00+00:00",
            "colour": "red",
            "files": "adopt",
            "count": 3,
        },
    }


def test_what_people_wrote_and_who_they_are_is_not() -> None:
    asked = Everything(
        email=SecretStr("ana@example.org"),
        phone=SecretStr("+44 7700 900123"),
        why="because Ana said so",
        block={"name": "Ana", "phone": "+44 7700 900123"},
        emails=(SecretStr("ana@example.org"),),
        code=SecretStr("123456"),
        other=PurePath("/home/ana"),
    )
    assert kept(asked)["arguments"] == {
        "email": "[personal]",
        "phone": "[personal]",
        "why": "[text, 19 characters]",
        "block": "[block, 2 lines]",
        "emails": "[personal]",
        "code": "[hidden]",
        "other": "[hidden]",
    }


def test_bare_words_have_no_arguments() -> None:
    assert kept(Everything()) == {"command": "do everything"}


@given(st.text())
def test_a_stuf_that_is_none_is_text(typed: str) -> None:
    """A field of a name keeps a name only, whatever was typed into it."""

    class Loose(Command, words="loose"):
        """Take anything."""

        stuf: Annotated[str, Field(title="STUF")]

    found = kept(Loose(stuf=f"Ana {typed}"))
    assert "stuf" not in found
    assert "Ana" not in str(found)


@pytest.mark.parametrize(
    "value", ["ana@example.org", ["ana"], {"a": "ana"}, {"ana"}, b"ana", SecretStr("ana")]
)
def test_an_unknown_type_is_hidden(value: object) -> None:
    class Form(BaseModel):
        thing: Any

    assert "ana" not in str(kept(Form(thing=value)))


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.org",
        "call 07700 900123",
        "topic:5:+44 7700 900123",
        "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
        "https://ana:password@git.example.org/x",
    ],
)
def test_what_slips_through_is_hidden_by_the_log_itself(text: str) -> None:
    kept_text = _clean({"a": [text, {"b": (text,)}]})
    assert text not in str(kept_text)
    assert "[hidden]" in str(kept_text)


@pytest.mark.parametrize("text", ["zulip:message:447700900123", "acme-audit", "f" * 64, "", "0" * 64])
def test_keys_and_names_stay_whole(text: str) -> None:
    assert _clean(text) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_anything_is_made_fit_for_both_databases(value: object) -> None:
    stored = json.dumps(_clean({"it": value, "half": "\ud800\0"}))
    assert "\\u0000" not in stored
    assert "\\ud800" not in stored
