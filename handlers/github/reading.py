"""What a reader of one kind of delivery is given and gives, and models that take of a payload what is there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from sqlalchemy.orm import Session

from provisioning.fleet import Fleet, Stuf
from stuf_bot.relays import Objects, People, Relay

Json = dict[str, Any]


class Unreadable(Exception):  # noqa: N818 - it says something about the payload, not about this program.
    """A payload that lacks what its kind is about, such as the number of a pull request."""


class Facts(BaseModel):
    """A part of a payload. Every field has a default, which stands for what is missing or of another type."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_default(cls, given: Any, read: ValidatorFunctionWrapHandler, field: ValidationInfo) -> Any:
        try:
            return read(given)
        except ValidationError:
            return cls.model_fields[str(field.field_name)].get_default(call_default_factory=True)

    @classmethod
    def of(cls, given: Any) -> Self:
        """Read from what may be anything; raises nothing."""
        return cls.model_validate(given if isinstance(given, dict) else {})


def _aware(at: datetime | None) -> datetime | None:
    if at is None or at.tzinfo is None:
        return at and at.replace(tzinfo=UTC)
    try:
        at.astimezone(UTC)
    except OverflowError:
        # Before the year 1 or after 9999, by its zone.
        raise ValueError("is no time of the calendar") from None
    return at


Moment = Annotated[datetime | None, AfterValidator(_aware)]
"""A time, in UTC where no zone is given; GitHub writes ISO 8601 or, in pushes, seconds since 1970."""


class Account(Facts):
    """A user, an organization or an App. Its e-mail address is never read."""

    login: str = ""
    html_url: str = ""
    type: str = ""


class Repository(Facts):
    """A repository; `full_name` is owner/name. `pushed_at` is in seconds since 1970 in pushes."""

    name: str = ""
    full_name: str = ""
    html_url: str = ""
    private: bool = False
    default_branch: str = ""
    pushed_at: Moment = None
    updated_at: Moment = None


class Hook(Facts):
    """What all kinds have."""

    action: str = ""
    sender: Account = Account()
    repository: Repository = Repository()
    organization: Account = Account()


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a reader may ask besides the payload. `stuf` is whose repository it is; None belongs to the fleet."""

    session: Session
    stuf: Stuf | None
    objects: Objects
    people: People
    fleet: Fleet
    now: datetime

    @property
    def scope(self) -> str:
        """The STUF's slug, or "" for the fleet."""
        return self.stuf.slug if self.stuf else ""

    def user_id(self, account: Account) -> int | None:
        """The person of the realm who has this GitHub account, where that is known."""
        return self.people.user_id(self.session, "github", account.login) if account.login else None


Reader = Callable[[Json, ReadContext], Iterable[Relay]]
"""Reads one kind of payload. It gives nothing where there is nothing to tell; raises Unreadable, nothing else."""
