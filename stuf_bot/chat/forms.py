"""A form is a pydantic model asked field by field; its `Question` marks are what people read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from stuf_bot.chat.grammar import reason
from stuf_bot.chat.outside import inline
from stuf_bot.sealed import Sealed

Answers = Mapping[str, Any]

# Personal data shows itself to whoever keeps it; what is private is sealed at once.
_REVEAL = {"reveal": True}
_YES = frozenset({"yes", "y", "true", "on", "1"})
_NO = frozenset({"no", "n", "false", "off", "0"})


def plain(text: str) -> Any:
    """What one typed, as it is."""
    return text.strip()


def yes_or_no(text: str) -> bool:
    """`yes` or `no` as a bool; ValueError says what is expected."""
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError("must be yes or no")
    return word in _YES


def shown(value: Any) -> str:
    """A value as safe Markdown."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return inline(str(value))


@dataclass(frozen=True, slots=True)
class Question:
    """How a field is asked for.

    `read` turns typed text into what the field's type validates, `suggest` makes a default from
    earlier answers, `private` asks in a direct message whatever the place and keeps the answer sealed,
    `upload` names what an attached file is taken as: 'text' (its content is the answer) or 'image' (kept
    as a data URI).
    """

    ask: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    private: bool = False
    upload: str = ""
    read: Callable[[str], Any] = plain
    suggest: Callable[[Answers], str] | None = None
    show: Callable[[Any], str] = shown


class Form(BaseModel):
    """Base of forms. Declared as `class CreateForm(Form, form="create", heading="A new STUF", role="architect")`.

    `role` is what one needs to finish it, as for a command.
    """

    # Answers may be personal: an error that reaches the log must not quote them.
    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True
    )

    form: ClassVar[str]
    heading: ClassVar[str]
    role: ClassVar[str] = "member"

    @property
    def words(self) -> str:
        """The command that begins it."""
        return self.form

    def __init_subclass__(cls, **declared: Any) -> None:
        """Take the declaration from the class line."""
        super().__init_subclass__()
        for name, value in declared.items():
            setattr(cls, name, value)


def question(form: type[Form], name: str) -> Question:
    """The question of a field. Raises TypeError where a form forgot one."""
    for mark in form.model_fields[name].metadata:
        if isinstance(mark, Question):
            return mark
    raise TypeError(f"{form.__name__}.{name} has no Question")


def label(form: type[Form], name: str) -> str:
    """The field's name as people read it."""
    return form.model_fields[name].title or name.replace("_", " ")


def read_answer(form: type[Form], name: str, text: str) -> Any:
    """What was typed, validated, as `check_value` gives it. Raises ValueError with the reason."""
    return check_value(form, name, question(form, name).read(text))


def check_value(form: type[Form], name: str, raw: Any) -> Any:
    """A raw value validated by the field's type, in a shape that JSON can hold; sealed where it is private.

    Raises ValueError with the reason.
    """
    adapter = _adapter(form.model_fields[name])
    try:
        value = adapter.dump_python(adapter.validate_python(raw), mode="json", context=_REVEAL)
    except ValidationError as error:
        found = [
            _position(problem["loc"]) + reason(problem["type"], problem["msg"])
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise ValueError(" ".join(found)) from None
    return Sealed(value) if question(form, name).private else value


def written(answers: Answers) -> str:
    """The answers as the database keeps them."""
    return json.dumps(
        {name: value.opened() if isinstance(value, Sealed) else value for name, value in answers.items()}
    )


def read_back(form: type[Form], text: str) -> dict[str, Any]:
    """The answers from the database, the private ones sealed."""
    answers: dict[str, Any] = json.loads(text)
    return {name: Sealed(value) if question(form, name).private else value for name, value in answers.items()}


F = TypeVar("F", bound=Form)


def finished(form: type[F], answers: Answers) -> F:
    """The form with all its answers."""
    return form.model_validate_json(written(answers))


@dataclass(frozen=True, slots=True)
class Default:
    """What a field gets when it is skipped; with a `problem` it is only suggested and cannot be taken."""

    value: Any
    problem: str = ""


def default(form: type[Form], name: str, answers: Answers) -> Default | None:
    """What the field gets when it is skipped, from earlier answers or its declaration; None if it may not be."""
    mark = question(form, name)
    if mark.suggest is not None:
        suggested = mark.suggest(answers)
        if suggested:
            try:
                return Default(check_value(form, name, mark.read(suggested)))
            except ValueError:
                return None
    field = form.model_fields[name]
    if field.is_required():
        return None
    return Default(check_value(form, name, field.get_default(call_default_factory=True)))


def next_field(form: type[Form], answers: Answers) -> str | None:
    """The first field without an answer."""
    return next((name for name in form.model_fields if name not in answers), None)


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    return TypeAdapter(
        field.rebuild_annotation(), config=ConfigDict(str_strip_whitespace=True, hide_input_in_errors=True)
    )


def _position(location: tuple[int | str, ...]) -> str:
    numbers = [part for part in location if isinstance(part, int)]
    words = [part for part in location if isinstance(part, str)]
    if not numbers:
        return ""
    return f"line {numbers[0] + 1}: " + (f"{_shown_key(words[0])} " if words else "")


def _shown_key(key: str) -> str:
    """A field's name as it is; what somebody made up as code."""
    return key if key.isascii() and key.isidentifier() else inline(key)
