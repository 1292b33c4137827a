"""`deliveries`: what nobody handled is seen, counted, and handled again, without what it said."""

from datetime import timedelta
from pathlib import Path

import pytest
from delivery_desk import Desk
from sqlalchemy import select
from talk import ADA, OMAR, PAT, TOPIC, Talk, open_talk

from stuf_bot import deliveries
from stuf_bot.acts import Act, Post
from stuf_bot.audit import entries
from stuf_bot.audit.deliveries import Unwanted
from stuf_bot.audit.faults import Faults
from stuf_bot.bus import Router
from stuf_bot.context import EventContext
from stuf_bot.deliveries import KEEP, MOST, MOST_BYTES, MOST_BYTES_TOGETHER, MOST_OF_A_KIND
from stuf_bot.messages import DeliveryReceived
from stuf_bot.places import Topic
from stuf_bot.store.delivery_tables import KeptDelivery

SECRET = "what the body says"
router = Router()
cured: set[str] = set()


@router.event
def relayed(delivery: DeliveryReceived, ctx: EventContext) -> list[Act]:
    """A handler that says something before another one fails."""
    del ctx
    where = Topic(channel="fleet", topic="news")
    return [Post(to=where, content="told once", key="news:1")] if delivery.kind == "upload.completed" else []


@router.event
def stumbles(delivery: DeliveryReceived, ctx: EventContext) -> list[Act]:
    """A handler that fails until its cause is gone."""
    del ctx
    if delivery.kind == "upload.completed" and delivery.kind not in cured:
        raise ValueError(str(delivery.body))
    where = Topic(channel="fleet", topic="news")
    return [Post(to=where, content="told at last", key="news:2")] if delivery.kind in cured else []


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    import handlers  # noqa: PLC0415 - to be changed for this test alone.

    own = handlers.routers()
    monkeypatch.setattr(handlers, "routers", lambda: (*own[:-1], router, own[-1]))
    cured.clear()
    return Desk(open_talk(tmp_path / "failing.sqlite"))


def _keep(desk: Desk, number: int, kind: str = "some.thing", size: int = 10) -> None:
    body = {"x": "y" * size}
    with desk.talk.database.session() as session:
        for each in range(number):
            desk.talk.last += 1
            delivery = DeliveryReceived(
                source="stuf", delivery_id=f"k{desk.talk.last}", kind=kind, subject=str(each), body=body
            )
            deliveries.unknown(session, delivery, desk.talk.now)


def _kept(talk: Talk) -> list[KeptDelivery]:
    with talk.database.reading() as session:
        return list(session.scalars(select(KeptDelivery).order_by(KeptDelivery.id)))


def test_nothing_came(desk: Desk) -> None:
    said = desk.says("deliveries")
    assert "Every webhook that I took was understood" in said
    assert "No webhook came in the last 7 days" in said


def test_what_nobody_understands_is_listed_without_what_it_says(desk: Desk) -> None:
    desk.brings("github", "sponsorship_of_tomorrow", {"title": SECRET}, subject="acme/stuf-x")
    desk.brings("stuf", "upload.paused", {"title": SECRET}, subject="acme-audit")
    desk.brings("stuf", "upload.paused", {"title": SECRET}, subject="acme-audit")
    listed = desk.says("deliveries")
    assert "`stuf` `upload.paused`: 2 not understood, last <time:2026-11-23T09:00:00+0000> (`3`)" in listed
    assert "`github` `sponsorship_of_tomorrow`: 1 not understood" in listed
    assert listed.index("upload.paused") < listed.index("sponsorship")
    one = desk.says("deliveries 1")
    assert "about: `acme/stuf-x`" in one
    assert "size: 30 B" in one
    assert "nobody here understands" in one
    assert "`deliveries replay 1`" in one
    assert SECRET not in listed + one


UPLOAD = {"upload_id": "u1", "file_name": "a.txt", "size": 3}
ALARM = {"Message": '{"AlarmName": "a", "NewStateValue": "OK"}'}


@pytest.mark.parametrize(
    ("source", "kind", "body"),
    [("github", "ping", {}), ("stuf", "upload.completed", UPLOAD), ("cloud", "sns.alarm", ALARM)],
)
def test_what_is_understood_is_not_kept(desk: Desk, source: str, kind: str, body: dict[str, str]) -> None:
    desk.brings(source, kind, body)
    assert _kept(desk.talk) == []
    desk.brings(source, kind, {"upload_id": "../.."})
    assert len(_kept(desk.talk)) == (source != "github")


def test_accepted_refused_and_repeated_are_counted_by_source(desk: Desk) -> None:
    unwanted = Unwanted(desk.talk.database, clock=lambda: desk.talk.now)
    for source, code in [
        ("github", "forged"),
        ("github", "forged"),
        ("stuf", "late"),
        ("github", "known-already"),
    ]:
        unwanted.note(source, code)
    unwanted.finish()
    desk.brings("github", "ping", {})
    desk.brings("github", "ping", {})
    said = desk.says("deliveries")
    assert "- `github`: 2 accepted, 1 repeated; 2 refused (`forged` 2)" in said
    assert "- `stuf`: 0 accepted; 1 refused (`late` 1)" in said
    desk.talk.now += timedelta(days=7)
    assert "No webhook came in the last 7 days" in desk.says("deliveries")


def test_a_failed_one_is_handled_again_and_says_nothing_twice(failing: Desk) -> None:
    body = {"upload_id": "u1", "file_name": SECRET}
    failing.brings("stuf", "upload.completed", body, subject="acme-audit", id="acme:1")
    assert "`stuf` `upload.completed`: 1 failed" in failing.says("deliveries")
    one = failing.says("deliveries 1")
    assert "handling it failed on my side (reference `" in one
    failing.says("deliveries replay 1")
    assert "tried again: once" in failing.says("deliveries 1")
    assert "handling it failed" in failing.says("deliveries 1")
    cured.add("upload.completed")
    assert "It is being handled again" in failing.says("deliveries replay 1")
    assert "handled when it was tried again" in failing.says("deliveries 1")
    assert [content["content"] for kind, content in failing.said if kind == "post"] == [
        "told once",
        "told at last",
    ]
    assert _kept(failing.talk)[0].body == ""
    assert "Every webhook that I took was understood" in failing.says("deliveries")
    refused = failing.says("deliveries replay 1")
    assert "it was handled when it was tried again" in refused
    assert "replayed" in failing.says("deliveries")
    with failing.talk.database.reading() as session:
        outcomes = [entry.outcome for entry in entries(session) if entry.tag.startswith("hook:delivery")]
    assert outcomes == ["accepted", "replayed", "replayed"]


def test_the_reference_leads_to_the_log(failing: Desk, caplog: pytest.LogCaptureFixture) -> None:
    failing.brings("stuf", "upload.completed", {"x": 1})
    (kept,) = _kept(failing.talk)
    assert f"reference {kept.reference}: a handler of DeliveryReceived failed" in caplog.text


def test_what_the_hall_gives_up_is_kept(desk: Desk) -> None:
    delivery = DeliveryReceived(source="stuf", delivery_id="a:1", kind="upload.completed", body={"a": SECRET})
    with desk.talk.database.session() as session:
        Faults(lambda: desk.talk.now).note(session, delivery, "ab12cd34")
    assert "reference `ab12cd34`" in desk.says("deliveries 1")


def test_one_that_is_delivered_again_by_its_sender_is_known(desk: Desk) -> None:
    assert desk.brings("stuf", "upload.paused", {}, id="same")
    assert not desk.brings("stuf", "upload.paused", {}, id="same")
    desk.says("deliveries replay 1")
    assert not desk.brings("stuf", "upload.paused", {}, id="same")
    (kept,) = _kept(desk.talk)
    assert (kept.state, kept.why, kept.replays) == ("kept", "unknown", 1)


def test_a_flood_of_one_kind_pushes_out_its_own(desk: Desk) -> None:
    _keep(desk, 1, "rare.thing")
    _keep(desk, MOST_OF_A_KIND + 5)
    kept = _kept(desk.talk)
    assert [row.kind for row in kept].count("some.thing") == MOST_OF_A_KIND
    assert kept[0].kind == "rare.thing"
    assert kept[1].subject == "5"


def test_there_are_never_too_many(desk: Desk) -> None:
    for kind in range(MOST // MOST_OF_A_KIND + 1):
        _keep(desk, MOST_OF_A_KIND, f"kind.{kind}")
    assert len(_kept(desk.talk)) == MOST
    said = desk.says("deliveries")
    assert said.count("not understood") == MOST // MOST_OF_A_KIND


def test_one_that_is_too_large_is_named_but_not_replayed(desk: Desk) -> None:
    _keep(desk, 1, size=MOST_BYTES)
    assert "its content is no longer kept" in desk.says("deliveries 1")
    assert "its content is no longer kept" in desk.says("deliveries replay 1")


def test_what_is_old_or_too_much_goes(desk: Desk) -> None:
    large = MOST_BYTES - 100
    for number in range(MOST_BYTES_TOGETHER // large + 2):
        _keep(desk, 1, f"kind.{number}", large)
    _tidy(desk)
    kept = _kept(desk.talk)
    assert [bool(row.body) for row in kept[:3]] == [False, False, True]
    assert all(row.body for row in kept[3:])
    desk.talk.now += KEEP + timedelta(seconds=1)
    _tidy(desk)
    assert _kept(desk.talk) == []


def test_numbers_are_given_once(desk: Desk) -> None:
    _keep(desk, 1)
    desk.talk.now += KEEP * 2
    _tidy(desk)
    _keep(desk, 1)
    assert _kept(desk.talk)[0].id == 2
    assert "There is no kept delivery `1`" in desk.says("deliveries 1")


def test_only_administrators_may(desk: Desk) -> None:
    _keep(desk, 1)
    for who in (OMAR, PAT):
        for line in ("deliveries", "deliveries 1", "deliveries replay 1"):
            assert "some.thing" not in desk.says(line, who)
    assert _kept(desk.talk)[0].state == "kept"
    assert "some.thing" in desk.talk.says(ADA, "@**STUF Bot** deliveries", TOPIC)


def test_names_from_outside_do_nothing(desk: Desk) -> None:
    desk.brings("stuf", "x.@**all**`*[a](https://example.org)", {}, subject="@**all** `` \n/poll")
    said = desk.says("deliveries") + desk.says("deliveries 1")
    assert "`` x.@**all**`*[a](https://example.org) ``" in said
    assert "``` @**all** `` /poll ```" in said


def _tidy(desk: Desk) -> None:
    with desk.talk.database.session() as session:
        deliveries.tidy(session, desk.talk.now)
