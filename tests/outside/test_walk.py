"""No text of others, in any field that the bot reads, does anything in what the bot writes."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zulip
from hostile import HOSTILE, SENTINEL
from seen import Seen, see
from talk import Talk, open_talk
from walk import Said, Walk

from sandbox.zulip import ZulipRealm, seed
from sandbox.zulip.content import clean_content
from sandbox.zulip.markdown import render
from sandbox.zulip.widgets import widget_of_command
from sandbox.zulip.world import World

Begin = Callable[[str], Walk]
_LENGTHS = ((60, 50), (500, 400), (1000, 900), (10_000, 5000))
QUICK = random.Random(20261123).sample(HOSTILE, 2)


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Begin]:
    talks: list[Talk] = []

    def begin(text: str) -> Walk:
        talks.append(open_talk(tmp_path / f"{len(talks)}.sqlite"))
        return Walk(talks[-1], text)

    yield begin
    for talk in talks:
        talk.database.close()


def harmless(text: str) -> str:
    """Harmless letters; as long where it matters for what a form takes."""
    return "x" * next(length for limit, length in _LENGTHS if len(text) <= limit)


@dataclass
class Shown:
    """Something that was said, as the realm shows it."""

    said: Said
    content: str
    seen: Seen


def show(world: World, walk: Walk, name: str = "") -> dict[str, list[Shown]]:
    """All that was said, by its field, on a realm where the people have this name."""
    for channel in walk.channels:
        if world.channel_by_name(channel) is None:
            seed.add_channel(world, channel, "", [])
    for user_id, full_name in seed.PEOPLE.values():
        world.users[user_id].full_name = name or full_name
    shown: dict[str, list[Shown]] = {}
    for said in walk.said:
        content = clean_content(said.content)
        shown.setdefault(said.field, []).append(Shown(said, content, see(render(world, content).html)))
    return shown


def check(hostile: dict[str, list[Shown]], tame: dict[str, list[Shown]]) -> None:
    """Everything is where it would be with a harmless text, and nothing is called, linked or run."""
    problems = [
        f"{name}: {what}: {one.content!r}"
        for name, shown in hostile.items()
        for position, one in enumerate(shown)
        for what in wrong(one, tame.get(name, []), position)
    ]
    assert not problems, "\n".join(problems)


def wrong(one: Shown, tame: list[Shown], position: int) -> Iterator[str]:
    twins = [twin.seen for twin in tame]
    ours = one.seen
    if not ours.called <= {call for twin in twins for call in twin.called}:
        yield "mentions"
    own = {link for twin in twins for link in twin.links}
    if any(link not in own and not link.startswith("/#narrow/") for link in ours.links):
        yield "links"
    if SENTINEL in ours.prose:
        yield "is read outside of code"
    if widget_of_command(one.content) is not None or one.content.lstrip().startswith("/"):
        yield "is a command"
    if one.said.free and (position >= len(twins) or ours.shape != twins[position].shape):
        yield "changes what stands around it"
    elif one.said.free and ours.prose != twins[position].prose:
        yield "changes the words around it"


_tame: dict[str, dict[str, list[Shown]]] = {}


def in_every_field(world: World, begin: Begin, text: str) -> None:
    hostile = begin(text)
    hostile.everything()
    twin = harmless(text)
    if twin not in _tame:
        tame = begin(twin)
        tame.everything()
        _tame[twin] = show(world, tame)
    check(show(world, hostile), _tame[twin])


def as_every_name(world: World, begin: Begin, text: str) -> None:
    hostile, tame = begin(text), begin("harmless")
    hostile.names()
    if "name" not in _tame:
        tame.names()
        _tame["name"] = show(world, tame, "harmless")
    check(show(world, hostile, text), _tame["name"])


@pytest.mark.parametrize("text", QUICK)
def test_a_text_in_every_field_does_nothing(walk: Begin, world: World, text: str) -> None:
    in_every_field(world, walk, text)


@pytest.mark.parametrize("text", QUICK)
def test_a_text_as_every_name_does_nothing(walk: Begin, world: World, text: str) -> None:
    as_every_name(world, walk, text)


@pytest.mark.slow
@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in QUICK])
def test_every_text_in_every_field_does_nothing(walk: Begin, world: World, text: str) -> None:
    in_every_field(world, walk, text)


@pytest.mark.slow
@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in QUICK])
def test_every_text_as_every_name_does_nothing(walk: Begin, world: World, text: str) -> None:
    as_every_name(world, walk, text)


@pytest.fixture
def realm(tmp_path: Path) -> Iterator[ZulipRealm]:
    realm = ZulipRealm(tmp_path / "realm", 0, rate_limit=1_000_000)
    realm.start()
    yield realm
    realm.stop()


def client(realm: ZulipRealm, name: str) -> zulip.Client:
    account = realm.accounts[name]
    return zulip.Client(site=realm.url, email=account.email, api_key=account.api_key, retry_on_errors=False)


@pytest.mark.parametrize("text", QUICK[:1])
def test_a_bystander_is_neither_called_nor_asked_by_what_is_posted(
    walk: Begin, realm: ZulipRealm, text: str
) -> None:
    bot, pat = client(realm, "bot"), client(realm, "pat")
    said = walk(text).everything()
    for one in said:
        request = {"type": "stream", "to": "general", "topic": one.topic or "walk", "content": one.content}
        assert bot.send_message(request)["result"] == "success", one
    narrow = [{"operator": "sender", "operand": realm.accounts["bot"].user_id}]
    request = {"anchor": "newest", "num_before": 4000, "num_after": 0, "narrow": narrow}
    read = pat.get_messages(request)["messages"]
    assert len(read) == len(said)
    for message, one in zip(read, said, strict=True):
        assert not {"mentioned", "wildcard_mentioned"} & set(message["flags"]), one
        assert not message["is_me_message"], one
        assert not message["submessages"], one
        assert not message["topic_links"], one
