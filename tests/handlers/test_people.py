"""Participants as they are typed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers._create_form import CreateForm
from handlers._people import read_people
from stuf_bot.chat.forms import check_value, read_answer
from stuf_bot.sealed import Sealed

ANA = {"email": "ana@example.org", "phone": "+447700900123"}


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.org, +44 7700 900123",
        "ana@example.org +447700900123",
        "+44 7700 900123; ana@example.org",
        'email,phone\n"ana@example.org","+44 7700 900123"',
        "E-Mail\tPhone\nana@example.org\t+44 7700 900123\n\n",
        "`ana@example.org, +44 7700 900123`",
    ],
)
def test_every_usual_way_to_write_a_pair(text: str) -> None:
    assert read_answer(CreateForm, "participants", text) == Sealed([ANA])


@pytest.mark.parametrize(
    "given",
    [["ana@example.org +44 7700 900123"], [{"email": "ana@example.org", "phone": "+44 7700 900123"}]],
)
def test_lists_of_a_yaml_block(given: object) -> None:
    assert check_value(CreateForm, "participants", given) == Sealed([ANA])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ana@example.org, 12", "line 1"),
        ("ana@example.org, +44 7700 900199\nben@example.org", "line 2"),
        ("ana@example.org, +44 7700 900199\n+44 7700 900124", "line 2"),
        ("ana@example.org, +44 7700 900199\nANA@example.org, +44 7700 900124", "same e-mail"),
        ("ana@example, +44 7700 900199", "e-mail"),
        ("email,phone", "at least one"),
    ],
)
def test_every_mistake_says_where_and_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        read_answer(CreateForm, "participants", text)
    assert "900199" not in str(caught.value)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert all(pair["email"] and pair["phone"] for pair in read_people(text))


@pytest.mark.parametrize("field", ["name", "description", "channel", "display_name", "welcome_text"])
@pytest.mark.parametrize("personal", ["ask ana@example.org", "ring +44 7700 900123"])
def test_what_is_published_takes_no_personal_data(field: str, personal: str) -> None:
    with pytest.raises(ValueError, match=r"e-mail addresses and phone numbers|characters") as caught:
        read_answer(CreateForm, field, personal)
    assert personal not in str(caught.value)
