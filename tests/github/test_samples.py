"""Every public sample of GitHub's webhooks is accepted, told, and does nothing but be read."""

import hmac
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from github_hearing import Hearing
from github_samples import ABSENT, Sample, one_of_each, samples
from hostile import HOSTILE, SENTINEL
from pydantic import SecretStr
from seen import see

from handlers.github.kinds import READERS
from handlers.github.reading import Unreadable
from sandbox.zulip.content import clean_content, clean_topic
from sandbox.zulip.markdown import render
from sandbox.zulip.widgets import widget_of_command
from sandbox.zulip.world import World
from stuf_bot.chat.outside import EMPTY
from stuf_bot.relays import Relay
from stuf_bot.web.github import github_delivery

pytestmark = pytest.mark.skipif(not samples(), reason=ABSENT)

Json = dict[str, Any]

SECRET = "made up for this test"
# What is said in words of GitHub's own, and decides what is told.
DECIDES = frozenset({
    "action", "state", "status", "conclusion", "ref_type", "type", "merged_at", "state_reason", "event",
    "severity", "permission", "visibility", "privacy",
})  # fmt: skip
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})")
CODE = re.compile(r"(?P<ticks>`+).+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
TOO_QUIET = frozenset({"check_run", "check_suite", "workflow_job", "status"})
"""Kinds that are told by what they belong to: alone they may say nothing."""


def texts(told: list[Relay]) -> Iterator[str]:
    for relay in told:
        yield from filter(None, [relay.card, *(news.text for news in relay.news)])


def filled(value: Any, text: str, *, every: bool, name: str = "") -> Any:
    """The payload with `text` in place of every string; without `every` what decides stays as it is."""
    if isinstance(value, dict):
        return {key: filled(inner, text, every=every, name=key) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, text, every=every, name=name) for inner in value]
    if not isinstance(value, str) or (not every and (name in DECIDES or MOMENT.fullmatch(value))):
        return value
    return text


def hear(hearing: Hearing, sample: Sample, payload: Json | None = None) -> list[Relay]:
    hearing.forget()
    return hearing.hear(sample.kind, sample.payload if payload is None else payload)


def test_every_kind_has_a_reader() -> None:
    assert {sample.kind for sample in samples()} <= set(READERS)


def test_every_sample_is_accepted_at_the_door() -> None:
    for sample in samples():
        body = json.dumps(sample.payload).encode()
        headers = {
            "x-hub-signature-256": "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest(),
            "content-type": "application/json",
            "x-github-event": sample.kind,
            "x-github-delivery": str(uuid.uuid4()),
        }
        delivery = github_delivery(headers, body, (SecretStr(SECRET),)).delivery
        assert (delivery.kind, delivery.body) == (sample.kind, sample.payload), sample.name


def is_known(link: str, known: str) -> bool:
    """Whether it is in the payload, or is a page of what is in it."""
    return any(f'"{link.rsplit("/", cut)[0]}' in known for cut in range(4)) and link.startswith("http")


def test_every_sample_is_told_in_full(hearing: Hearing, world: World) -> None:
    for sample in samples():
        told = hear(hearing, sample)
        said = list(texts(told))
        assert said or sample.kind in TOO_QUIET, sample.name
        for relay in told:
            assert clean_topic(relay.subject.topic) == relay.subject.topic, sample.name
            assert len(relay.subject.topic) <= 50, sample.name
        for text in said:
            assert len(text) <= 10_000, sample.name
            assert EMPTY not in text, (sample.name, text)
            ours = CODE.sub("X", text)
            assert not re.search(r"\bNone\b|\(\)|\[\]|\S  |\S [.,:]|· ·|·$", ours, re.MULTILINE), (
                sample.name,
                ours,
            )
            seen = see(render(world, clean_content(text)).html)
            assert not seen.called, (sample.name, text)
            known = json.dumps(sample.payload)
            assert all(is_known(link, known) for link in seen.links), (sample.name, seen.links)


def test_no_sample_shows_an_address_of_a_person(hearing: Hearing) -> None:
    for sample in samples():
        addresses = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+", json.dumps(sample.payload)))
        for text in texts(hear(hearing, sample)):
            assert not any(address in text for address in addresses), sample.name


def harmless(hearing: Hearing, world: World, sample: Sample, payload: Json) -> None:
    hearing.stuf = "acme-audit"
    try:
        told = hear(hearing, sample, payload)
    except Unreadable:
        return
    for relay in told:
        assert clean_topic(relay.subject.topic) == relay.subject.topic, sample.name
        assert len(relay.subject.topic) <= 50, sample.name
    for text in texts(told):
        content = clean_content(text)
        seen = see(render(world, content).html)
        assert not seen.called, (sample.name, text)
        assert not seen.links, (sample.name, text, seen.links)
        assert SENTINEL not in seen.prose, (sample.name, text)
        assert widget_of_command(content) is None, (sample.name, text)
        assert not content.lstrip().startswith("/"), (sample.name, text)
        assert len(content) <= 10_000, sample.name


@pytest.mark.parametrize("every", [True, False])
def test_a_hostile_text_in_every_field_does_nothing(hearing: Hearing, world: World, every: bool) -> None:
    for number, sample in enumerate(one_of_each()):
        text = HOSTILE[(number * 7 + every) % len(HOSTILE)]
        harmless(hearing, world, sample, filled(sample.payload, text, every=every))


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_every_hostile_text_in_every_field_does_nothing(hearing: Hearing, world: World, text: str) -> None:
    for sample in one_of_each():
        for every in (True, False):
            harmless(hearing, world, sample, filled(sample.payload, text, every=every))


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x.png",
        "https://evil.example/x.PNG?y=.html",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "javascript:alert(1)",
        "https://evil.example/)[x](https://evil.example/x.png",
    ],
)
def test_no_address_is_shown_as_a_picture_or_a_film(hearing: Hearing, address: str) -> None:
    for sample in one_of_each():
        for text in texts(hear(hearing, sample, filled(sample.payload, address, every=False))):
            assert f"]({address})" not in text, (sample.name, text)


BROKEN: list[Any] = [None, 7, [], {}, "x", True, [None], [7], {"x": "y"}]
WELL_KNOWN = frozenset({"repository", "sender", "organization", "installation", "enterprise"})


def broken(payload: Json, value: Any) -> Iterator[Json]:
    """The payload with this value in place of each of its parts, and of each part of these."""
    for name, part in payload.items():
        yield payload | {name: value}
        if isinstance(part, dict):
            for inner in part:
                yield payload | {name: part | {inner: value}}


def survives(hearing: Hearing, sample: Sample, payload: Json) -> None:
    try:
        hear(hearing, sample, payload)
    except Unreadable:
        return
    except Exception as error:
        raise AssertionError(sample.name) from error


def test_what_is_missing_or_of_another_type_breaks_nothing(hearing: Hearing) -> None:
    for number, sample in enumerate(one_of_each()):
        known = {name: part for name, part in sample.payload.items() if name in WELL_KNOWN}
        own = {name: part for name, part in sample.payload.items() if name not in WELL_KNOWN}
        for at, payload in enumerate(broken(own, BROKEN[number % len(BROKEN)])):
            if not at % 2:
                survives(hearing, sample, known | payload)
        survives(hearing, sample, own)


@pytest.mark.slow
@pytest.mark.parametrize("value", BROKEN, ids=str)
def test_no_value_of_another_type_breaks_anything(hearing: Hearing, value: Any) -> None:
    for sample in samples():
        for payload in broken(sample.payload, value):
            survives(hearing, sample, payload)


def test_long_addresses_and_names_leave_every_message_within_the_limit(hearing: Hearing) -> None:
    for text in ("https://github.com/" + "a" * 380, "https://github.com/" + "a" * 5000, "x" * 5000):
        for sample in one_of_each():
            payload = filled(sample.payload, text, every=False)
            many = {name: part * 50 if isinstance(part, list) else part for name, part in payload.items()}
            try:
                said = list(texts(hear(hearing, sample, many)))
            except Unreadable:
                continue
            assert all(len(one) <= 10_000 for one in said), (sample.name, max(map(len, said)))


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-02-30T00:00:00Z",
        "2026-11-23T09:00:00",
        -62135596800,
        10**18,
    ],
)
def test_times_at_the_ends_of_the_calendar_break_nothing(hearing: Hearing, moment: Any) -> None:
    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [moved(inner) for inner in value]
        return moment if isinstance(value, str) and MOMENT.fullmatch(value) else value

    for sample in one_of_each():
        survives(hearing, sample, moved(sample.payload))
