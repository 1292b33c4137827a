"""Every documented webhook is told; whatever stands in one, nothing fails and nothing is called, linked or begun."""

import copy
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from documented import DOCUMENTED, Json
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from little_sentry import Webhook
from sentry_room import Room
from sqlalchemy import func, select
from talk import OMAR

from sandbox.zulip import seed
from sandbox.zulip.content import clean_content, clean_topic
from sandbox.zulip.markdown import render
from sandbox.zulip.queues import EventQueues
from sandbox.zulip.widgets import widget_of_command
from sandbox.zulip.world import World
from stuf_bot.chat.outside import EMPTY
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.delivery_tables import KeptDelivery

sys.path.insert(0, str(Path(__file__).parents[1] / "outside"))

from hostile import HOSTILE, SENTINEL
from seen import see

# What is in words of Sentry's own, and decides what is told.
DECIDES = frozenset({"status", "substatus", "type", "slug"})
CODE = re.compile(r"(?P<ticks>`+).+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
ODD = st.sampled_from((None, "", 0, -1, 1.5, True, [], {}, [None], {"id": None}, "x" * 3000, "1e9", "\u0000"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A realm in memory, to render with."""
    world = World(tmp_path_factory.mktemp("realm"), lambda: 0.0, EventQueues(lambda: 0.0, 50, 600))
    seed.seed_demo(world)
    yield world
    world.store.close()


def texts(room: Room) -> list[str]:
    return [*room.cards.values(), *room.said.values()]


def filled(value: Any, text: str, *, every: bool, name: str = "") -> Any:
    """The payload with `text` in place of every string; without `every` what decides stays as it is."""
    if isinstance(value, dict):
        return {key: filled(inner, text, every=every, name=key) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, text, every=every, name=name) for inner in value]
    kept = name in DECIDES or name.endswith(("id", "Seen", "identifier", "datetime", "_url"))
    return text if isinstance(value, str) and (every or not kept) else value


def faults(room: Room) -> int:
    """How often a behaviour failed."""
    with room.talk.database.session() as session:
        query = select(func.count()).where(AuditEntry.tag == "bot:event:failed")
        return session.scalar(query) or 0


def without_api(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what webhooks tell."""

    def unknown(*_: object, **__: object) -> bool:
        raise KeyError("sentry.details")

    monkeypatch.setattr(room.talk.errands, "put", unknown)


def test_every_documented_webhook_is_told_in_full(
    room: Room, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_api(room, monkeypatch)
    for number, (kind, body) in enumerate(DOCUMENTED):
        room.deliver(Webhook(kind, body, f"documented-{number}"))
        assert faults(room) == 0, kind
    with room.talk.database.session() as session:
        assert session.scalar(select(func.count()).select_from(KeptDelivery)) == 0
    assert len(room.cards) == 4
    for text in texts(room):
        assert EMPTY not in text
        assert not re.search(r"\bNone\b|\(\)|\[\]|· ·|·$", CODE.sub("X", text), re.MULTILINE), text
        seen = see(render(world, clean_content(text)).html)
        assert not seen.called
        assert all(link.startswith("https://") and "sentry.example.org/" in link for link in seen.links)
        assert "ana@" not in text
        assert "203.0.113" not in text
    assert "🔔 Sentry's alert `Very important rule` went off" not in "".join(texts(room))
    assert "/js/runner.js:1" in room.card("1117540176")


@pytest.mark.parametrize("every", [True, False])
def test_a_hostile_text_in_every_field_does_nothing(
    room: Room, world: World, monkeypatch: pytest.MonkeyPatch, *, every: bool
) -> None:
    without_api(room, monkeypatch)
    for number, (kind, body) in enumerate(DOCUMENTED):
        text = HOSTILE[(number * 7 + every) % len(HOSTILE)]
        room.deliver(Webhook(kind, filled(body, text, every=every), f"hostile-{number}"))
    assert faults(room) == 0
    room.said["errors"] = room.says(OMAR, "errors all")
    for text in texts(room):
        content = clean_content(text)
        seen = see(render(world, content).html)
        assert not seen.called, text
        assert SENTINEL not in seen.prose, text
        assert not any("evil" in link for link in seen.links), text
        assert widget_of_command(content) is None
        assert len(content) <= 10_000
    for place in room.topics.values():
        assert clean_topic(place.topic) == place.topic
        assert len(place.topic) <= 50


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _paths(inner, (*path, key))


def _with(body: Json, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    if not path:
        return value if isinstance(value, dict) else {}
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_field_nothing_fails(room: Room, data: st.DataObject) -> None:
    kind, body = data.draw(st.sampled_from(DOCUMENTED))
    paths = list(_paths(body))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(paths))
        try:
            body = _with(body, path, data.draw(ODD))
        except (KeyError, IndexError, TypeError):
            # What was above it is gone already.
            continue
    room.deliver(Webhook(kind, body, f"odd-{len(room.talk.errands.put_in)}-{room.talk.last}"))
    assert faults(room) == 0
