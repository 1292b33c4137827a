"""Participants as a TA types them: pairs of e-mail and phone, in lines, as CSV, or in YAML."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from provisioning.models import Email, Phone

_EMAIL = re.compile(r"[^\s,;<>\"']+@[^\s,;<>\"']+")
_BETWEEN = re.compile(r"[,;\t\"'<>]+")
MOST = 500


class Invitee(BaseModel):
    """One person who may upload. Both show themselves in storage only."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True
    )

    email: Email
    phone: Phone


def read_people(text: str) -> list[dict[str, str]]:
    """Lines of `e-mail phone` (any of comma, semicolon, tab or space between) as raw pairs.

    A header line and empty lines are passed over. Raises ValueError that names the line, not its content.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.strip().strip("`").strip()
        if not entry:
            continue
        email = _EMAIL.search(entry)
        if email is None:
            if number == 1 and re.search(r"mail", entry, re.IGNORECASE):
                continue
            raise ValueError(
                f"line {number}: has no e-mail address; write `ana@example.org, +44 7700 900123`"
            )
        phone = _BETWEEN.sub(" ", entry[: email.start()] + " " + entry[email.end() :]).strip()
        if not phone:
            raise ValueError(f"line {number}: has no phone number; write `ana@example.org, +44 7700 900123`")
        found.append({"email": email.group(), "phone": phone})
    return found


def spread(value: Any) -> Any:
    """What a YAML block may hold (a text, a list of texts, a list of mappings) as raw pairs."""
    if isinstance(value, str):
        return read_people(value)
    if isinstance(value, Sequence):
        return [_pair(each) for each in value]
    raise ValueError("must be lines of e-mail and phone")


def _pair(entry: Any) -> Any:
    if not isinstance(entry, str):
        return entry if isinstance(entry, Mapping | Invitee) else {"email": str(entry), "phone": ""}
    pairs = read_people(entry)
    if len(pairs) != 1:
        raise ValueError("each entry must be one e-mail and one phone number")
    return pairs[0]


def distinct(people: tuple[Invitee, ...]) -> tuple[Invitee, ...]:
    """The same people. Raises ValueError when nobody or too many are named, or an e-mail comes twice."""
    if not people:
        raise ValueError("must name at least one person")
    if len(people) > MOST:
        raise ValueError(f"can name at most {MOST} people at once")
    seen: dict[str, int] = {}
    for number, person in enumerate(people, start=1):
        address = person.email.reveal().lower()
        if address in seen:
            raise ValueError(f"entries {seen[address]} and {number} have the same e-mail address")
        seen[address] = number
    return people
