"""The types of a command's arguments: how each is called, typed and read.

They are used as annotations of a command's fields. What they look up comes with the validation's
context, as `Known`; a value that is of the final type already is taken as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from stuf_bot.chat.outside import inline
from stuf_bot.chat.times import read_duration, read_moment
from stuf_bot.errors import Refusal
from stuf_bot.personal_text import hidden
from stuf_bot.places import Person

_STORED_DURATION = re.compile(r"P[0-9T]")

# A part of a phone number, where its words were dealt out to several arguments.
_DIGITS = re.compile(r"[0-9](?:[ ().]*[0-9]){6,}")

UNKNOWN_NAME = "unknown_name"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Argument:
    """Marks a type of argument: its label in a usage line, and a line that says how it is typed.

    `noun`: whose names are proposed where none was met. `most_words`: how many words without quotes can
    make one value. `personal`: its values are personal data, so its command is for direct messages.
    """

    label: str
    hint: str
    noun: str = ""
    most_words: int = 1
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """Marks the field that takes all remaining words as one text; with `lines`, the lines below, too.

    With `whole` it takes the rest of the message, also lines that begin with the words of a command.
    """

    lines: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Marks the field that takes a fenced YAML block as a mapping."""


@dataclass(frozen=True, slots=True)
class Named:
    """Marks a field that is typed with its name: `since yesterday` or `since=yesterday`, anywhere behind."""


class Known(Protocol):
    """What the arguments of one person's command can refer to, at the moment it is read."""

    @property
    def now(self) -> datetime:
        """The time now, aware, UTC."""
        ...

    def person(self, text: str, *, gone: bool = False) -> Person:
        """Who is meant by a mention, an id or a name; with `gone` also who has left.

        Raises Refusal where it is nobody or not one person.
        """
        ...

    def names(self, noun: str) -> Sequence[str]:
        """All names of a 'stuf', 'person' or 'channel' that this person may know of."""
        ...


def without_code_marks(text: str) -> str:
    """A name as it is, where it was typed as code, as the bot itself shows names."""
    bare = text.strip()
    return bare.strip("`").strip() if bare.startswith("`") and bare.endswith("`") else bare


def said(text: str) -> str:
    """What somebody typed, to be shown again: as code, and without e-mail addresses and phone numbers."""
    return inline(_DIGITS.sub("…", hidden(text, "…")))


def _known(info: ValidationInfo) -> Known | None:
    known: Known | None = (info.context or {}).get("known")
    return known


def _stuf(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    slug = without_code_marks(value).lower()
    known = _known(info)
    if known is not None and slug not in known.names("stuf"):
        what = f"There is no STUF {said(slug)} that you may see."
        raise PydanticCustomError(UNKNOWN_NAME, "{what}", {"what": what, "code": "unknown-stuf"})
    return slug


def _channel(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    # As the autocompletion writes it, with or without a topic, or the bare name.
    bare = without_code_marks(value).removeprefix("#").removeprefix("**").removesuffix("**")
    name = bare.partition(">")[0].strip()
    known = _known(info)
    if known is None:
        return name
    names = known.names("channel")
    met = [name] if name in names else [each for each in names if each.casefold() == name.casefold()]
    if not met:
        what = f"There is no public channel {said(name)}."
        raise PydanticCustomError(UNKNOWN_NAME, "{what}", {"what": what, "code": "unknown-channel"})
    return met[0]


def _person(value: Any, info: ValidationInfo) -> Any:
    return _somebody(value, info, gone=False)


def _person_ever(value: Any, info: ValidationInfo) -> Any:
    return _somebody(value, info, gone=True)


def _somebody(value: Any, info: ValidationInfo, *, gone: bool) -> Any:
    known = _known(info)
    if not isinstance(value, str) or known is None:
        return value
    try:
        return known.person(without_code_marks(value), gone=gone)
    except Refusal as refusal:
        kind = UNKNOWN_NAME if refusal.code == "unknown-person" else REFUSED
        raise PydanticCustomError(kind, "{what}", {"what": refusal.what, "code": refusal.code}) from None


def _duration(value: Any) -> Any:
    # As it was stored with a plan, pydantic reads it itself.
    typed = isinstance(value, str) and not _STORED_DURATION.match(value)
    return read_duration(value) if typed else value


def _moment(value: Any, info: ValidationInfo) -> Any:
    known = _known(info)
    return read_moment(value, known.now) if isinstance(value, str) and known is not None else value


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _email(value: SecretStr) -> SecretStr:
    try:
        address = validate_email(value.get_secret_value().strip(), check_deliverability=False)
    except EmailNotValidError:
        # The reason may quote the address.
        raise ValueError("must be an e-mail address, such as ana@example.org") from None
    return SecretStr(address.normalized)


def _stored(value: SecretStr, info: SerializationInfo) -> str:
    """Hidden, but where the dump is for the bot's own store: a plan is carried out with what was asked."""
    return value.get_secret_value() if (info.context or {}).get("reveal") else str(value)


def _phone(value: SecretStr) -> SecretStr:
    problem = "must be a phone number with its country code, such as +44 7700 900123"
    try:
        number = phonenumbers.parse(value.get_secret_value(), None)
    except phonenumbers.NumberParseException:
        raise ValueError(problem) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(problem)
    return SecretStr(str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)))


StufName = Annotated[
    str, BeforeValidator(_stuf), Argument("STUF", "the STUF's slug, as `list` shows it", noun="stuf")
]
"""The slug of a STUF that this person may see."""

_PERSON = Argument(
    "PERSON",
    "a person: type `@` and pick from the autocompletion, or type the whole name",
    noun="person",
    most_words=5,
)

PersonArg = Annotated[Person, BeforeValidator(_person), _PERSON]
"""One active person of the organisation."""

FormerPersonArg = Annotated[Person, BeforeValidator(_person_ever), _PERSON]
"""One person, also one whose account is deactivated: to take away what they had."""

ChannelArg = Annotated[
    str,
    BeforeValidator(_channel),
    Argument("CHANNEL", "a channel: type `#` and pick, or type its name", noun="channel", most_words=4),
]
"""The name of a public channel: of private ones not everybody may know that they exist."""

Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    Argument("DURATION", "how long: `90s`, `15m`, `2h`, `1h30m`, `3 days`", most_words=5),
]
"""More than nothing, at most ten years."""

When = Annotated[
    datetime,
    BeforeValidator(_moment),
    AfterValidator(_aware),
    Argument(
        "WHEN", "a day or a time (UTC): `2026-11-23 14:30`, `yesterday`, `monday`, `2h ago`", most_words=4
    ),
]
"""A moment, aware, UTC; a day is its beginning."""

EmailArg = Annotated[
    SecretStr,
    AfterValidator(_email),
    PlainSerializer(_stored),
    Argument("E-MAIL", "an e-mail address: in direct messages only", personal=True),
]
"""An e-mail address that no text shows; `get_secret_value()` gives it, its domain in lower case."""

PhoneArg = Annotated[
    SecretStr,
    AfterValidator(_phone),
    PlainSerializer(_stored),
    Argument(
        "PHONE",
        "a phone number with its country code, such as `+44 7700 900123`: in direct messages only",
        most_words=6,
        personal=True,
    ),
]
"""A phone number that no text shows; `get_secret_value()` gives it in E.164."""
