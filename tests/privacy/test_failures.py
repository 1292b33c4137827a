"""What fails with a marked value in its hands tells nobody what it was; and a planted leak is found."""

import logging
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from marked import DATABASE_PASSWORD, FILE_NAME, MAIL, PHONE, PHONE_TYPED, STUF_SECRET, TOKEN, WEBHOOK_SECRET
from private_house import House, opened, settings
from pydantic import Field, SecretBytes, SecretStr
from sqlalchemy import text
from talk import TESS, TOPIC

import handlers
from provisioning.github import AppKey
from provisioning.personal import Personal
from provisioning.storage import AwsAccess
from provisioning.verification import derive_key
from stuf_bot import messages
from stuf_bot.acts import Act, Card, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.grammar import Rest
from stuf_bot.chat.zulip_calls import Rejected, Unavailable
from stuf_bot.context import Context, EventContext
from stuf_bot.messages import Command, DeliveryReceived
from stuf_bot.places import Direct, Topic
from stuf_bot.sealed import Sealed
from stuf_bot.telemetry import LineFormatter, Redaction

planted = Router()


class Plant(Command, words="plant", tag=Tag.HELP_SHOWN, examples=("plant anything",)):
    """Do what no behaviour does: only these tests know it."""

    how: Annotated[str, Rest(), Field(title="how")]


@planted.command
def plant(asked: Plant, ctx: Context) -> list[Act]:
    """Fail, or leak."""
    return list(DEEDS[asked.how](ctx))


@planted.event
def heard(delivery: DeliveryReceived, ctx: EventContext) -> list[Act]:
    """Fail in a relay."""
    del ctx
    if delivery.kind == "plant":
        raise ValueError(f"cannot take {Personal(str(delivery.body['file_name']))} of {delivery!r}")
    return []


def _raise(error: Exception) -> Iterable[Act]:
    raise error


def _insert(ctx: Context, table: str) -> Iterable[Act]:
    ctx.session.execute(text(f"insert into {table} (name, message_id) values (:x, null)"), {"x": FILE_NAME})
    return []


def _invalid(ctx: Context) -> Iterable[Act]:
    yield Card.model_validate({"to": ctx.place, "key": [MAIL, FILE_NAME], "content": [FILE_NAME]})


def _secrets() -> str:
    """Whatever holds a secret, as a careless line of a log would show it."""
    held = (
        settings(),
        AppKey(1, SecretStr(STUF_SECRET)),
        AwsAccess(None, "id", SecretStr(STUF_SECRET)),
        SecretBytes(STUF_SECRET.encode()),
        derive_key(SecretBytes(STUF_SECRET.encode()), "notify"),
        Personal(FILE_NAME),
        Sealed([{"email": FILE_NAME}]),
    )
    return f"{held} {' '.join(str(one) for one in held)}"


DEEDS: dict[str, Any] = {
    "typed": lambda _: _raise(ValueError(f"{Personal(FILE_NAME)} {Sealed(FILE_NAME)} {_secrets()}")),
    "plain": lambda _: _raise(
        RuntimeError(f"{MAIL} {PHONE} {PHONE_TYPED} {TOKEN} {WEBHOOK_SECRET} {DATABASE_PASSWORD}")
    ),
    "caused": lambda _: _raise(KeyError(Personal(FILE_NAME))),
    "integrity": lambda ctx: _insert(ctx, "cursor"),
    "operational": lambda ctx: _insert(ctx, "nothing"),
    "invalid": _invalid,
    "refused": lambda ctx: [ctx.tell(f"for you: {MAIL} {FILE_NAME}")],
    "leak": lambda ctx: [Post(to=Topic(channel=5, topic="x"), content=f"new: {MAIL}")],
    "leak by reply": lambda ctx: [ctx.reply(f"`{FILE_NAME}`")],
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    routers = handlers.routers()
    monkeypatch.setattr(handlers, "routers", lambda: [*routers, planted])
    monkeypatch.setattr("stuf_bot.hall._PAUSE", 0.001)
    with opened(tmp_path, monkeypatch) as house:
        yield house


@pytest.mark.parametrize("how", ["typed", "plain", "caused", "integrity", "operational", "invalid"])
def test_whatever_a_handler_stumbles_over(house: House, how: str) -> None:
    house.says(TESS, f"plant {how}")
    house.says(TESS, f"plant {how}", TOPIC)
    assert "internal-error" in " ".join(house.zulip.direct)
    assert "internal-error" in " ".join(house.zulip.public)
    assert "reference" in house.log.getvalue()
    assert house.sentry.events
    assert house.leaks() == []
    assert house.leaks(*house.zulip.direct) == []
    assert house.unfinished() == []


def test_a_relay_that_stumbles(house: House) -> None:
    house.deliver("stuf", "plant", {"file_name": FILE_NAME, "by": MAIL, "secret": STUF_SECRET}, "acme-audit")
    assert "a handler of DeliveryReceived failed" in house.log.getvalue()
    assert house.sentry.events
    assert house.leaks() == []


@pytest.mark.parametrize(
    "error",
    [Rejected("BAD_REQUEST", f"cannot reach {MAIL}, call {PHONE}"), Rejected("X", TOKEN), Unavailable(MAIL)],
    ids=["refused", "refused with a secret", "away"],
)
def test_what_zulip_does_not_take(house: House, error: Exception) -> None:
    house.zulip.refuse["send"] = error  # type: ignore[assignment]
    house.says(TESS, "plant refused")
    assert "outbox" in house.log.getvalue()
    assert house.leaks() == [] or isinstance(error, Unavailable)
    # What is to be tried again still holds its text, and nothing else does.
    assert [line for line in house.leaks() if not line.startswith("table outbox")] == []


def test_what_nobody_caught_goes_by_the_log(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ValueError(f"{MAIL} {TOKEN} {Personal(FILE_NAME)}")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(PHONE_TYPED), None)
    assert house.log.getvalue().count("nobody caught this") == 2
    assert house.leaks(*capfd.readouterr()) == []


def test_a_misfit_of_the_log_shows_no_values() -> None:
    entry = {"msg": "took %d of %s", "args": (FILE_NAME, MAIL), "pathname": "handlers/x.py", "lineno": 7}
    written = LineFormatter(Redaction([])).format(logging.makeLogRecord(entry))
    assert written.endswith("the values of the entry at handlers/x.py:7 do not fit its text")


def test_warnings_go_by_the_log(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    warnings.showwarning(UserWarning(f"for {MAIL}"), UserWarning, "x.py", 7)
    assert "UserWarning" in house.log.getvalue()
    assert house.leaks(*capfd.readouterr()) == []


def test_an_event_that_cannot_be_read_again(house: House) -> None:
    with house.database.session() as session:
        house.inbox.put(session, _message(f"{MAIL} {FILE_NAME}"))
        session.execute(text("update inbox set payload = replace(payload, 'sent_at', 'sent_when')"))
    house.deliver("github", "ping", {})
    assert "ValidationError" in house.log.getvalue()
    assert house.leaks() == []


def test_a_post_that_cannot_be_read_again(house: House) -> None:
    with house.database.session() as session:
        house.outbox.put(session, Post(to=Direct(user_ids=(TESS,)), content=f"{MAIL} {FILE_NAME}"), "x", 0)
        session.execute(text("update outbox set payload = replace(payload, 'content', 'contents')"))
    house.deliver("github", "ping", {})
    assert "ValidationError" in house.log.getvalue()
    assert house.leaks() == []


def _message(content: str) -> messages.MessageReceived:
    return messages.MessageReceived.model_validate(
        {
            "message_id": 1,
            "sender_id": TESS,
            "sender_name": "",
            "place": Direct(user_ids=(TESS,)),
            "content": content,
            "sent_at": "2026-11-23T09:00:00Z",
        }
    )


@pytest.mark.parametrize("how", ["leak", "leak by reply"])
def test_a_leak_is_found(house: House, how: str) -> None:
    house.says(TESS, f"plant {how}", TOPIC)
    [found] = [line for line in house.leaks() if line.startswith("channels: ")]
    assert "send (Topic(" in found


def test_a_leak_into_the_log_is_found(house: House) -> None:
    logging.getLogger("handlers.x").warning("took %s", FILE_NAME)
    assert [line.partition(":")[0] for line in house.leaks()] == ["log"]
