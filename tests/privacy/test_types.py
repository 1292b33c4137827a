"""Personal data and private answers show themselves nowhere but at the places that are named here."""

import ast
import copy
import importlib
import json
import logging
import pickle
import pkgutil
import pprint
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import handlers
import provisioning
import stuf_bot
from handlers._people import Invitee
from provisioning.models import Email, Participant, Phone, check_email
from provisioning.pending import pending_rows
from provisioning.personal import SHOWN, Personal, plain, stored
from stuf_bot.acts import Post
from stuf_bot.chat.outbox import READ
from stuf_bot.places import Direct
from stuf_bot.sealed import Sealed

ROOT = Path(__file__).parents[2]
MAIL, PHONE = "marked.ana@example.org", "+447700900123"
WRITE: list[Callable[[object], str]] = [
    str,
    repr,
    "{}".format,
    "{:>20}".format,
    "{!r:.200}".format,
    lambda value: f"{value}",
    lambda value: f"{[value]} {(value,)} { {'key': value} }",
    lambda value: logging.Formatter().format(logging.makeLogRecord({"msg": "%s %r", "args": (value, value)})),
    ascii,
    pprint.pformat,
    lambda value: json.dumps(value, default=str),
    lambda value: TypeAdapter(object).dump_json(value).decode(),
    lambda value: str(ValueError(value)),
    lambda value: repr(KeyError(value)),
    lambda value: logging.LogRecord("x", 10, "x", 1, "%s", (value,), None).getMessage(),
]
REFUSED: list[Callable[[object], object]] = [
    json.dumps,
    pickle.dumps,
    list,
    bytes,
    lambda value: "mail to " + value,  # type: ignore[operator]
    "".join,
    lambda value: Post(to=Direct(user_ids=(1,)), content=value),  # type: ignore[arg-type]
]


@pytest.fixture(params=[Personal(MAIL), Sealed(MAIL), Sealed([{"email": MAIL}])], ids=repr)
def value(request: pytest.FixtureRequest) -> object:
    return request.param


@pytest.mark.parametrize("write", WRITE)
def test_written_anywhere_it_hides(value: object, write: Callable[[object], str]) -> None:
    text = write(value)
    assert MAIL not in text
    assert SHOWN in text or SHOWN[:20] in text


@pytest.mark.parametrize("use", REFUSED)
def test_whatever_would_take_it_out_is_refused(value: object, use: Callable[[object], object]) -> None:
    with pytest.raises((TypeError, ValidationError)) as caught:
        use(value)
    assert MAIL not in str(caught.value)


def test_it_can_be_compared_kept_and_copied() -> None:
    one, same, other = Personal(MAIL), Personal(MAIL), Personal("ben@example.org")
    assert one == same != other
    assert {one, same} == {one}
    assert copy.deepcopy(one) == copy.copy(one) == one
    assert one.reveal() == MAIL
    assert Sealed([MAIL]) == Sealed([MAIL]) != Sealed([])
    assert len({Sealed([MAIL]), Sealed([MAIL])}) == 1


def participant() -> Participant:
    return Participant.model_validate(
        {
            "id": "u-1",
            "email": MAIL,
            "phone": "+44 7700 900123",
            "created_at": datetime(2026, 11, 23, tzinfo=UTC),
        }
    )


def test_a_participant_shows_itself_in_storage_alone() -> None:
    one = participant()
    for shown in (
        str(one),
        repr(one),
        one.model_dump_json(),
        str(one.model_dump()),
        repr(one.model_copy(deep=True)),
    ):
        assert MAIL not in shown
        assert PHONE not in shown
    assert json.loads(stored(one))["email"] == plain(one)["email"] == MAIL
    assert json.loads(stored(one))["phone"] == plain(one)["phone"] == PHONE
    assert Participant.model_validate_json(stored(one)) == one
    [row] = pending_rows(7, [one], None)
    assert json.loads(row.content)["email"] == MAIL
    assert MAIL not in repr(row)


@pytest.mark.parametrize(
    "wrong", [{"email": "marked ana@", "phone": PHONE}, {"email": MAIL, "phone": "0199marked"}]
)
def test_a_mistake_quotes_nothing(wrong: dict[str, str]) -> None:
    for kind in (Invitee, Participant):
        with pytest.raises(ValidationError) as caught:
            kind.model_validate(wrong | ({} if kind is Invitee else {"id": "u", "created_at": "2026-11-23"}))
        assert "marked" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    "address",
    ["a na@example.org", "ana@exa mple.org", "ana@☃marked.org", "ana@-x.org", '"a"b@x.org', "ana@[1.2.3.4]"],
)
def test_why_an_address_is_wrong_quotes_nothing_of_it(address: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address") as caught:
        check_email(address)
    assert not any(part in str(caught.value) for part in ("'", "☃", "marked", "1.2.3"))


def test_the_checks_of_both_types_hold() -> None:
    assert TypeAdapter(Email).validate_python("Ana@EXAMPLE.org").reveal() == "Ana@example.org"
    assert TypeAdapter(Phone).validate_python(Personal("+44 7700 900123")).reveal() == PHONE


def models() -> Iterator[type[BaseModel]]:
    for package in (handlers, provisioning, stuf_bot):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not {"template", "migrations", "__main__"} & set(found.name.split(".")):
                importlib.import_module(found.name)
    waiting = [BaseModel]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.partition(".")[0] in {"handlers", "provisioning", "stuf_bot"}:
                yield kind


def test_no_model_quotes_what_it_refuses() -> None:
    kinds = list(models())
    assert len(kinds) > 60
    assert [kind for kind in kinds if not kind.model_config.get("hide_input_in_errors")] == []


def test_no_act_of_another_version_is_quoted() -> None:
    with pytest.raises(ValidationError) as caught:
        READ.validate_json(json.dumps({"kind": "post", "content": MAIL, "unknown": MAIL, "to": [MAIL]}))
    assert MAIL not in str(caught.value)


# Who may ask for the value, and what for.
OPENED = {
    "handlers/_people.py:distinct": "compares addresses",
    "handlers/uploads.py:_text": "names the file where the TA chose so",
    "stuf_bot/chat/forms.py:written": "keeps the answers of a dialogue in the database",
    "provisioning/models.py:_within": "checks it",
    "provisioning/personal.py:_written": "what is stored and what is plain",
}
ASKS = {"reveal", "opened"}
# Who may have a whole model written out, by the context of its serializer.
WRITERS = {"provisioning/personal.py"} | {
    f"stuf_bot/chat/{name}.py" for name in ("arguments", "forms", "plans")
}


def test_nobody_else_asks_for_the_value() -> None:
    found = {
        f"{name}:{function.name}"
        for name, tree in sources()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and _asks(function)
    }
    assert found == set(OPENED) | {"stuf_bot/sealed.py:__eq__"}


def test_nobody_else_has_a_model_written_out() -> None:
    found = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == "reveal"
    }
    assert found <= WRITERS


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("handlers", "provisioning", "stuf_bot"):
        for file in (ROOT / folder).rglob("*.py"):
            if "template" not in file.parts:
                yield str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8"))


def _asks(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr in ASKS for node in ast.walk(function))
